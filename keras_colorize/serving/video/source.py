"""Reading films: what they are, their frames in order, where they stop."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import EOFError as EndOfFile
from av.error import FFmpegError
from av.stream import Disposition

from keras_colorize.errors import VideoError
from keras_colorize.serving.video.codecs import file_url
from keras_colorize.serving.video.luma import TRANSFER_NAMES
from keras_colorize.serving.video.luma import is_full_range
from keras_colorize.serving.video.side_data import side_data_of
from keras_colorize.serving.video.timeline import known_packets
from keras_colorize.serving.video.timeline import read_timeline

# Containers whose header tells the duration: it was written, not guessed.
_TELLS_DURATION = ("mov", "matroska", "avi", "flv", "nut")
# A film may end this much before what its header says of all streams together,
# and each stream before what is told of it alone.
_END_TOLERANCE_SECONDS = 1.0
_STREAM_TOLERANCE_SECONDS = 0.1
_USUAL_RATE = Fraction(25)
_JOINT_SECONDS = 1.0  # around a jump of times, which is noted itself
_COUNTER = "the counter of the transport stream jumps"
# How the comment begins that we write into a film.
OUR_COMMENT = "Colorized by keras-colorize"
_STOPS = "it stops at"
# What Matroska tells of a track, "00:01:23.480000000".
_TOLD_DURATION = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)\Z")
_BOTTOM_FIRST = 3  # AV_FIELD_BB: that of all DV, which does not say


class VideoSource:
    """An open film. To be used by one thread at a time; close it after.

    Args:
        path: The film.

    Attributes:
        stream: `av.VideoStream` that gets color: the first one that is not
            the picture of a cover.
        others: The other streams, which are copied.
        rate: Average frames per second.
        timeline: What makes the times of all streams begin at 0 and go on.
        num_frames: About how many frames there are, None if unknown.
        damage: What went wrong while reading, and when; empty if nothing.
        changes: How later frames differ from the first, and from when on.
        side_data: Names of the kinds that frames carried up to now.

    Raises:
        VideoError: If the file cannot be read or has no video.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        self.container = _open(self.path)
        videos = [
            stream
            for stream in self.container.streams.video
            if not stream.disposition & Disposition.attached_pic
            and stream.codec_context is not None
        ]
        if not videos:
            types = ", ".join(s.type for s in self.container.streams) or "none"
            self.container.close()
            raise VideoError(
                f"{self.path} has no video stream. Expected a film. "
                f"Received: streams of type {types}."
            )
        self.timeline = read_timeline(self.container)
        self.damage = ""
        self.changes: list[str] = []
        self.side_data: set[str] = set()
        self._kind: tuple | None = None  # of the frames up to now
        self._first_aspect: Fraction | None = None
        self._start(videos[0].index)
        self.rate = self.stream.average_rate or _USUAL_RATE
        self.num_frames = self.timeline.num_packets[self.stream.index] or None

    @property
    def is_ours(self) -> bool:
        """Whether its comment says that this library colorized it."""
        tags = {k.lower(): v for k, v in self.container.metadata.items()}
        return OUR_COMMENT in tags.get("comment", "")

    @property
    def field_order(self) -> int:
        """AVFieldOrder number as far as it is known, or 0."""
        order = self.stream.codec_context.field_order
        is_dv = self.stream.codec_context.name == "dvvideo"
        return order or (_BOTTOM_FIRST if is_dv else 0)

    @property
    def pixel_shape(self) -> Fraction:
        """Width of a pixel of the last frame, in those of the first one."""
        return (self._aspect() or 1) / (self._first_aspect or Fraction(1))

    def _aspect(self) -> Fraction | None:
        """Of the last frame decoded, as frames have no door to it."""
        return self.stream.codec_context.sample_aspect_ratio

    @property
    def unread_share(self) -> float:
        """Part of the file that lies behind all that FFmpeg finds in it."""
        size = self.path.stat().st_size
        if self.container.format.name.startswith("mov"):
            end = _end_of_first_mp4(self.path, size)
        else:
            end = self.timeline.end_byte or size
        return max(1.0 - end / size, 0.0)

    def close(self) -> None:
        """Closes the file."""
        self.container.close()

    def first_frame(self) -> Any:
        """Decodes the first frame that can be, then starts again.

        Raises:
            VideoError: If there is none.
        """
        frame = next(self.frames(), None)
        if frame is None:
            raise VideoError(
                f"Not one frame of {self.path} can be decoded"
                f"{': ' + self.damage if self.damage else ''}. Expected a "
                "film that players show; check the file."
            )
        self._first_aspect = self._aspect()
        self.rewind()
        self.damage = ""  # it will be met again
        self._kind = self._kind_of(frame)
        return frame

    def rewind(self) -> None:
        """Goes back to the first packet; `stream` and `others` are new ones."""
        self._start(self.stream.index)

    def frames(self, after: int | None = None) -> Iterator[Any]:
        """Decodes the frames in the order in which they are shown.

        Each has a `pts`, larger than the one before. A packet that cannot be
        decoded is left out; `damage` says so afterwards.

        Args:
            after: Only frames later than this `pts`.
        """
        step = max(round(1 / (self.rate * self.stream.time_base)), 1)
        last = None
        for frame in self._decoded_from(after):
            if frame.pts is None:
                frame.pts = 0 if last is None else last + step
            if last is not None and frame.pts <= last:
                frame.pts = last + 1
            last = frame.pts
            frame.time_base = self.stream.time_base
            self._last_seconds = self.seconds(last + step)
            end = self.seconds(last + max(step, frame.duration or 0))
            self._ends[self.stream.index] = end
            if after is None or last > after:
                self.side_data.update(side_data_of(frame))
                self._compare(frame)
                yield frame
        self._check_end()

    def _kind_of(self, frame) -> tuple:
        return (
            f"{frame.width} x {frame.height} pixels",
            frame.format.name,
            "full range" if is_full_range(frame) else "limited range",
            f"luma as {TRANSFER_NAMES.get(frame.color_trc, 'nearly sRGB')}",
            f"pixels {self._aspect() or 1} as wide as high",
        )

    def _compare(self, frame) -> None:
        kind = self._kind_of(frame)
        if self._kind is None:
            self._kind = kind
        pairs = zip(kind, self._kind, strict=True)
        news = [new for new, old in pairs if new != old]
        if news and not any(", ".join(news) in note for note in self.changes):
            self.changes.append(
                f"from {clock(self.seconds(frame.pts))} on frames are of "
                f"{', '.join(news)}; they are written like the first ones."
            )

    def seconds(self, pts: int) -> float:
        """Converts to time since the start of the film."""
        return float(pts * self.stream.time_base)

    def packets(self) -> Iterator[Any]:
        """Reads packets of all streams from here on, in times of the film.

        What is damaged ends them; `damage` says so.
        """
        for packet in known_packets(self.container):
            if isinstance(packet, Exception):
                self._note_damage(packet)
                continue
            self._set_right(packet)
            if packet.is_corrupt:
                self._note_missing(packet)
            yield packet

    def _set_right(self, packet) -> None:
        index = packet.stream_index
        shift = self.timeline.shift(index, self._passed[index])
        self._passed[index] += 1
        if shift and packet.pts is not None:
            packet.pts += shift
        if shift and packet.dts is not None:
            packet.dts += shift

    def _decoded_from(self, after: int | None) -> Iterator[Any]:
        """Decodes all frames, or those from a key frame before `after`."""
        if after is not None:
            frames = self._sought(after)
            first = next(frames, None)
            if first and first.pts is not None and first.pts <= after:
                yield first
                yield from frames
                return
            # Not every container can be sought in: read what was done again.
            self.rewind()
        yield from self._decoded()

    def _sought(self, after: int) -> Iterator[Any]:
        index = self.stream.index
        if not self.timeline.is_steady(index):
            return
        try:
            raw = after - self.timeline.shift(index, 0)
            self.container.seek(raw, stream=self.stream)
        except FFmpegError:
            return
        yield from self._decoded()

    def _decoded(self) -> Iterator[Any]:
        for packet in self.packets():
            if packet.stream_index == self.stream.index:
                yield from self._frames_of(packet)
            elif packet.pts is not None:
                self._seen(packet)
        yield from self._frames_of(None)  # what the decoder still holds

    def _frames_of(self, packet) -> Iterator[Any]:
        try:
            for frame in self.stream.decode(packet):
                if frame.is_corrupt:
                    self._note_damage("a picture is incomplete")
                yield frame
        except EndOfFile:
            return
        except FFmpegError as error:
            self._note_damage(error)

    def _seen(self, packet) -> None:
        index, ticks = packet.stream_index, packet.pts + (packet.duration or 0)
        end = float(ticks * packet.time_base)
        self._ends[index] = max(self._ends.get(index, 0.0), end)
        self._last_seconds = max(self._last_seconds, end)

    def _note_damage(self, error: Exception | str) -> None:
        if not self.damage:
            reason = getattr(error, "strerror", "") or str(error)
            self.damage = (
                f"it is damaged at {clock(self._last_seconds)} ({reason})"
            )

    def _note_missing(self, packet) -> None:
        if self.container.format.name not in ("mpegts", "hls"):
            self._note_damage("some of its data are missing")
            return
        # A counter in its blocks jumped, which it does at joints as well.
        if packet.pts is None or any(_COUNTER in n for n in self.changes):
            return
        seconds = float(packet.pts * packet.time_base)
        jumps = self.timeline.jumps
        if all(abs(seconds - jump) > _JOINT_SECONDS for jump in jumps):
            self.changes.append(
                f"at {clock(seconds)} {_COUNTER}: pieces were joined there, "
                "or some data are missing."
            )

    def _check_end(self) -> None:
        if self.container.format.name == "avi" and self.stream.frames:
            # The header counts frames; FFmpeg's duration is of what is there.
            expected = float(self.stream.frames / self.rate)
            self._check_stop(
                self._last_seconds, expected, _END_TOLERANCE_SECONDS / 6
            )
            return
        step = 2 * float(1 / self.rate)
        for index, expected in self._told_ends().items():
            end = self._ends.get(index, 0.0)
            self._check_stop(end, expected, step + _STREAM_TOLERANCE_SECONDS)
        duration = self.container.duration
        if duration is None or not self.container.format.name.startswith(
            _TELLS_DURATION
        ):
            return
        # Matroska counts the duration from 0, even if the film starts later.
        late_start = max(float(self.timeline.start), 0.0)
        self._check_stop(
            self._last_seconds,
            duration / av.time_base - late_start,
            _END_TOLERANCE_SECONDS,
        )

    def _told_ends(self) -> dict[int, float]:
        """Seconds at which pictures and sounds end, where the file tells."""
        if self.timeline.jumps:
            return {}
        is_mp4 = self.container.format.name.startswith("mov")
        ends = {}
        for stream in self.container.streams:
            tags = {k.upper(): v for k, v in stream.metadata.items()}
            end = None
            if is_mp4 and stream.duration:
                ticks = (stream.start_time or 0) + stream.duration
                end = float(ticks * stream.time_base)
            elif match := _TOLD_DURATION.match(tags.get("DURATION", "")):
                hours, minutes, seconds = map(float, match.groups())
                end = (hours * 60 + minutes) * 60 + seconds
            is_cover = stream.disposition & Disposition.attached_pic
            if end and stream.type in ("video", "audio") and not is_cover:
                ends[stream.index] = end - float(self.timeline.start)
        return ends

    def _check_stop(
        self, end: float, expected: float, tolerance: float
    ) -> None:
        is_known = self.damage.startswith(_STOPS)  # of an earlier run
        if end < expected - tolerance and not is_known:
            self.damage = f"{_STOPS} {clock(end)} of {clock(expected)}" + (
                f"; {self.damage}" if self.damage else ""
            )

    def _start(self, index: int) -> None:
        """Opens the file again, at its first packet."""
        self.container.close()
        self.container = _open(self.path)
        self.stream = self.container.streams[index]
        self.stream.thread_type = "AUTO"
        self.others = [s for s in self.container.streams if s.index != index]
        self._passed: Counter[int] = Counter()  # packets of each stream
        self._last_seconds = 0.0
        self._ends: dict[int, float] = {}  # of each stream, in seconds


def _end_of_first_mp4(path: Path, size: int) -> int:
    """Finds where a second file begins in one of MP4, or the size."""
    place, num_heads = 0, 0
    with path.open("rb") as file:
        while place < size - 8:
            file.seek(place)
            head = file.read(16)
            length, name = int.from_bytes(head[:4], "big"), head[4:8]
            num_heads += name == b"ftyp"
            if num_heads == 2:
                return place
            if length == 1:  # 64 bits
                length = int.from_bytes(head[8:16], "big")
            if length < 8:  # up to the end, or damaged
                break
            place += length
    return size


def clock(seconds: float) -> str:
    """Hours, minutes and seconds: 83.5 is 0:01:23.500."""
    milliseconds = max(round(seconds * 1000), 0)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    return (
        f"{minutes // 60}:{minutes % 60:02d}:{milliseconds // 1000:02d}"
        f".{milliseconds % 1000:03d}"
    )


def _open(path: Path) -> Any:
    try:
        container = av.open(file_url(path), metadata_errors="replace")
    except (OSError, ValueError, FFmpegError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VideoError(
            f"{path} cannot be read as a film. Expected a file such as MP4, "
            f"MKV, MOV, AVI or WebM, whole at its start. Received: {reason}."
        ) from error
    if container.format.name == "image2" or container.format.name.endswith(
        "_pipe"
    ):
        container.close()
        raise VideoError(
            f"{path} is a photo. Expected a film; for photos use "
            "`keras-colorize image`."
        )
    return container
