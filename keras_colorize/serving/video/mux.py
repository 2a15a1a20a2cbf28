"""Writing the film: encoded segments and the copied streams of the source."""

import io
import math
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from keras_colorize.errors import OutputError
from keras_colorize.serving.video.codecs import CONTAINERS
from keras_colorize.serving.video.codecs import container_of
from keras_colorize.serving.video.codecs import file_url
from keras_colorize.serving.video.headers import display_size
from keras_colorize.serving.video.headers import tells_delay
from keras_colorize.serving.video.headers import write_avi_aspect
from keras_colorize.serving.video.headers import write_matroska_fields
from keras_colorize.serving.video.luma import TRANSFER_NAMES
from keras_colorize.serving.video.luma import is_usual_matrix
from keras_colorize.serving.video.segments import Encoding
from keras_colorize.serving.video.segments import Segment
from keras_colorize.serving.video.segments import tag_colors
from keras_colorize.serving.video.side_data import CAPTIONS
from keras_colorize.serving.video.side_data import display_matrix
from keras_colorize.serving.video.side_data import lost_words
from keras_colorize.serving.video.side_data import side_data_of
from keras_colorize.serving.video.source import VideoSource
from keras_colorize.serving.video.source import clock

# Those to name to somebody whose stream does not fit, in this order.
_WIDE_CONTAINERS = (".mkv", ".mov", ".avi", ".nut")
# FFmpeg's least ticks per second of MP4, and frames that it fills up in AVI.
_MP4_TICKS, _AVI_FRAMES = 10_000, 60_000
_LATE_SECONDS = 0.1  # that a picture may come after its sound
# A film may be this much shorter than its frames at the usual rate.
_LENGTH_SECONDS, _LENGTH_SHARE = 1.0, 0.1
_MATROSKA = ("matroska", "webm")
# How FFmpeg and PyAV refuse a stream or packet.
_REFUSALS = (ValueError, OSError, FFmpegError)
# What containers say of themselves, which is not true of the new one.
_STALE_TAGS = (
    "major_brand",
    "minor_version",
    "compatible_brands",
    "encoder",
    "duration",
    "bps",
    "number_of_frames",
    "number_of_bytes",
    "vendor_id",
)


def mux_video(
    path: Path,
    folder: Path,
    segments: list[Segment],
    encoding: Encoding,
    source: VideoSource,
    copied: frozenset[int],
    matrix: list[int] | None,
    comment: str,
) -> list[str]:
    """Writes segments as one film, with all else that the source carries.

    Audio, subtitles, cover pictures, chapters and tags are copied, not
    encoded again.

    Args:
        path: File to write; its suffix says the container.
        folder: Where the segments are.
        segments: In order.
        encoding: Of the segments.
        source: The film they were made from.
        copied: Indices of the streams to copy, of `try_copies`.
        matrix: Display matrix, or None.
        comment: Tag that says how the colors were made.

    Returns:
        Notes on what the new film cannot hold.
    """
    with _open_output(path) as output:
        with av.open(file_url(folder / segments[0].file)) as first:
            template = first.streams.video[0]
            video = output.add_stream_from_template(template, opaque=True)
            _describe(video, output, source, encoding, matrix)
        copies = {
            stream.index: _add_copy(output, stream)
            for stream in source.others
            if stream.index in copied
        }
        _copy_tags(output, source, comment)
        packets = _video_packets(folder, segments, encoding)
        if output.format.name == "avi":
            packets = _numbered(packets, encoding)
        delays = _delays(source, output.format.name, copies)
        copied_packets = _copied_packets(source, copies, delays)
        for packet, stream in _in_order(packets, copied_packets):
            packet.stream = stream or video
            output.mux(packet)
    numbers = {index: copy.index for index, copy in copies.items()}
    _write_fields(
        path, encoding, {numbers[i]: delay for i, delay in delays.items()}
    )
    return _lost(path, segments, encoding, matrix, source.side_data)


def _open_output(path: Path) -> Any:
    format = container_of(path).format
    options = {}
    if format == "avi":
        # It knows frame numbers and no times: when sound that begins before 0
        # moves the picture, a frame is shown twice.
        options["avoid_negative_ts"] = "disabled"
    if format in _MATROSKA:
        # Else it draws a number for each film, and none has the same bytes.
        options["fflags"] = "+bitexact"
    return av.open(
        file_url(path), "w", format=format, container_options=options
    )


def _describe(video, output, source, encoding, matrix) -> None:
    video.time_base = encoding.time_base
    if output.format.name == "avi":  # its times are frame numbers
        video.time_base = 1 / encoding.rate
    video.codec_context.framerate = encoding.rate
    tag_colors(video.codec_context, encoding)  # segments hold no tags
    if encoding.field_order:
        video.codec_context.field_order = encoding.field_order
    video.metadata.update(_kept_tags(source.stream.metadata))
    video.disposition = source.stream.disposition
    if matrix is not None:
        video.set_display_matrix(matrix)
    if encoding.codec.name == "h265" and output.format.name in ("mp4", "mov"):
        video.codec_context.codec_tag = "hvc1"  # the tag that Apple reads


def _video_packets(
    folder: Path, segments: list[Segment], encoding: Encoding
) -> Iterator[Any]:
    """Packets of all segments with the film's times.

    The decoding time of a packet is the pts `delay` places earlier in the
    order of showing, over the whole film: it always grows, and is never
    later than the packet's own pts.
    """
    delay = max(segment.delay for segment in segments)
    step = encoding.frame_ticks
    first = segments[0].first_pts
    earlier = [first - (delay - i) * step for i in range(delay)]
    ends = [s.first_pts for s in segments[1:]]
    ends.append(segments[-1].last_pts + segments[-1].last_duration)
    for segment, end in zip(segments, ends, strict=True):
        packets = _packets_of(folder / segment.file, segment, encoding)
        shown = sorted(packet.pts for packet in packets)
        times = earlier + shown
        next_pts = dict(zip(shown, [*shown[1:], end], strict=True))
        for packet, dts in zip(packets, times, strict=False):
            packet.dts = dts
            packet.duration = next_pts[packet.pts] - packet.pts
            yield packet
        earlier = times[len(packets) :]


def _numbered(packets: Iterator[Any], encoding: Encoding) -> Iterator[Any]:
    """Packets whose times are numbers of frames, each at most once."""
    number = -1
    for packet in packets:
        time = packet.pts * packet.time_base
        number = max(round(time * encoding.rate), number + 1)
        packet.pts = packet.dts = number
        packet.duration, packet.time_base = 1, 1 / encoding.rate
        yield packet


def _packets_of(path: Path, segment: Segment, encoding: Encoding) -> list[Any]:
    """Packets in the order of coding, `pts` in ticks of the film."""
    with av.open(file_url(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
    # NUT moved all times up, so that no decoding time is negative.
    first = min(packet.pts or 0 for packet in packets)
    for packet in packets:
        elapsed = ((packet.pts or 0) - first) * packet.time_base
        ticks = elapsed / encoding.time_base
        packet.pts = segment.first_pts + round(ticks)
        packet.dts = None
        packet.time_base = encoding.time_base
    return packets


def check_pauses(source: VideoSource, output: Path) -> None:
    """Refuses a film whose pictures come when the container holds none.

    Args:
        source: The open film.
        output: The file to write, later; its suffix says the container.

    Raises:
        OutputError: If its muxer would refuse the frame after a long pause,
            or frames that follow each other faster than its rate.
    """
    format = container_of(output).format
    most = math.inf
    if format in ("mp4", "mov"):  # 31 bits, of ticks as FFmpeg chooses them
        ticks = source.stream.time_base.denominator
        while ticks < _MP4_TICKS:
            ticks *= 2
        most = 2**31 / ticks
    elif format == "avi":  # an empty frame for each that is missing
        most = float(_AVI_FRAMES / source.rate)
        lag = source.timeline.lags.get(source.stream.index, 0.0)
        if lag > _LATE_SECONDS:
            raise OutputError(
                f"{output}: some frames follow each other faster than the "
                f"{float(source.rate):.5g} a second of the whole film, which "
                f"avi counts, so the picture would be up to {lag:.1f} s late. "
                "Write .mkv."
            )
    pause = source.timeline.longest_steps.get(source.stream.index, 0.0)
    if pause >= most:
        raise OutputError(
            f"{output}: the film pauses for {clock(pause)}, and {format} holds "
            f"at most {clock(most)} between two pictures. Write .mkv."
        )


def try_copies(
    source: VideoSource, output: Path
) -> tuple[frozenset[int], list[str]]:
    """Writes the streams to copy into nothing, before any work is done.

    What FFmpeg says beforehand of a container is not reliable, and some of it
    shows at the first packet, or at one in the middle.

    Args:
        source: The open film; rewound before and after.
        output: The file to write, later; its suffix says the container.

    Returns:
        Indices of the streams that its container takes, and notes on others.
    """
    format = container_of(output).format
    trials, refusals = {}, {}
    for stream in source.others:
        try:
            trials[stream.index] = _Trial(format, stream)
        except _REFUSALS as error:
            refusals[stream.index] = error
    if trials:
        source.rewind()
        for packet in _timed(source.packets()):
            if trial := trials.get(packet.stream_index):
                try:
                    trial.mux(packet)
                except _REFUSALS as error:
                    refusals[packet.stream_index] = error
                    del trials[packet.stream_index]
    for index, trial in list(trials.items()):
        try:
            trial.close()
        except _REFUSALS as error:
            refusals[index] = error
    source.rewind()
    notes = [
        note
        for stream in source.others
        if stream.index in refusals
        and (note := _refusal_note(source, stream, format))
    ]
    return frozenset(trials) - frozenset(refusals), notes


class _Trial:
    """One stream on its way into a container that is not kept."""

    def __init__(self, format: str, template: Any):
        self._output = av.open(_Nowhere(), "w", format=format)
        self._stream = _add_copy(self._output, template)
        self._output.start_encoding()

    def mux(self, packet: Any) -> None:
        """Takes a packet, of which only the bytes are looked at later."""
        copy = av.Packet(bytes(packet))
        copy.time_base = packet.time_base
        copy.pts, copy.dts = packet.pts, packet.dts
        copy.duration = packet.duration or 0
        copy.is_keyframe = packet.is_keyframe
        copy.stream = self._stream
        self._output.mux(copy)

    def close(self) -> None:
        """Ends the file."""
        self._output.close()


class _Nowhere(io.RawIOBase):
    """A file that knows its size and keeps nothing."""

    def __init__(self):
        self._place = self._size = 0

    def write(self, data) -> int:
        """Counts the bytes."""
        self._place += len(data)
        self._size = max(self._size, self._place)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves as in a file."""
        start = (0, self._place, self._size)[whence]
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        """Returns where the next byte goes."""
        return self._place

    def writable(self) -> bool:
        """Returns True."""
        return True

    def seekable(self) -> bool:
        """Returns True."""
        return True


def _add_copy(output: Any, template: Any) -> Any:
    copy = output.add_stream_from_template(template, opaque=True)
    copy.metadata.update(_kept_tags(template.metadata))
    copy.disposition = template.disposition
    return copy


def _refusal_note(source: VideoSource, stream: Any, format: str) -> str:
    """Says which stream is left out and what would hold it, if anything."""
    if stream.type == "data" and "timecode" in stream.metadata:
        return ""  # the tag of the video says the same and is kept
    others = [
        suffix
        for suffix in _WIDE_CONTAINERS
        if CONTAINERS[suffix].format != format
        and _holds(CONTAINERS[suffix].format, stream)
    ]
    advice = f"{' and '.join(others)} can" if others else "no other can"
    return (
        f"{stream.type} stream {stream.index} ({_codec_name(stream)}) "
        f"left out: {format} cannot hold it; {advice}."
    )


def _holds(format: str, stream: Any) -> bool:
    try:
        _Trial(format, stream).close()
    except _REFUSALS:
        return False
    return True


def _codec_name(stream: Any) -> str:
    context = stream.codec_context
    return context.name if context else "unknown codec"


def _copied_packets(
    source: VideoSource, copies: dict[int, Any], delays: dict[int, Fraction]
) -> Iterator[tuple[Any, Any]]:
    """Pairs of a packet and the stream it goes to, in the source's order."""
    if not copies:
        return
    source.rewind()
    passed: Counter[int] = Counter()
    for packet in _timed(source.packets()):
        index = packet.stream_index
        stream = copies.get(index)
        if stream is None:
            continue
        passed[index] += 1
        if index in delays:
            if passed[index] <= source.timeline.primers[index]:
                continue  # one packet is enough to prime a decoder
            ticks = round(delays[index] / packet.time_base)
            packet.pts += ticks
            packet.dts += ticks
        yield packet, stream


def _delays(
    source: VideoSource, format: str, copies: dict[int, Any]
) -> dict[int, Fraction]:
    """Seconds of priming packets that Matroska is to be told of.

    MP4 hides them by an edit list, of which FFmpeg's muxer of Matroska does
    not hear: it would move the picture behind them, and they were heard.
    """
    if format not in _MATROSKA:
        return {}
    delays = {}
    source.rewind()
    primers = {i: n for i, n in source.timeline.primers.items() if i in copies}
    templates = {stream.index: stream for stream in source.others}
    passed: Counter[int] = Counter()
    for packet in source.packets() if primers else ():
        index = packet.stream_index
        if primers.get(index) == passed[index]:
            time = packet.pts * packet.time_base
            if time < 0 and not tells_delay(_header(format, templates[index])):
                delays[index] = -time
            del primers[index]
        passed[index] += 1
        if not primers:
            break
    return delays


def _header(format: str, template: Any) -> bytes:
    """Writes the header of a file with a copy of a stream."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as output:
        _add_copy(output, template)
        output.start_encoding()
    return file.getvalue()


def _write_fields(
    path: Path, encoding: Encoding, delays: dict[int, Fraction]
) -> None:
    """Writes what FFmpeg did not; what is lost all the same is noted later."""
    format, shape = container_of(path).format, encoding.pixel_aspect
    width, height = encoding.layout.width, encoding.layout.height
    if shape == 1:
        shape = None
    if format in _MATROSKA and (shape or delays):
        display = display_size(width, height, shape) if shape else None
        write_matroska_fields(path, display, delays)
    if format == "avi" and shape:
        write_avi_aspect(path, Fraction(width, height) * shape)


def _timed(packets: Iterator[Any]) -> Iterator[Any]:
    """Packets whose times grow in each stream: a late one moves a little.

    By a millisecond, as many containers count no finer.
    """
    last: dict[int, int] = {}
    for packet in packets:
        if packet.pts is None:
            continue
        if packet.dts is None:
            packet.dts = packet.pts
        index = packet.stream_index
        if index in last and packet.dts <= last[index]:
            tick = Fraction(1, 1000) / packet.time_base
            packet.dts = last[index] + max(math.ceil(tick), 1)
            packet.pts = max(packet.pts, packet.dts)
        last[index] = packet.dts
        yield packet


def _in_order(video_packets, copied) -> Iterator[tuple[Any, Any]]:
    """Merges by time, so that the muxer has to hold few packets back."""
    video = next(video_packets, None)
    for packet, stream in copied:
        time = packet.dts * packet.time_base
        while video is not None and video.dts * video.time_base <= time:
            yield video, None
            video = next(video_packets, None)
        yield packet, stream
    while video is not None:
        yield video, None
        video = next(video_packets, None)


def _copy_tags(output, source: VideoSource, comment: str) -> None:
    output.metadata.update(_kept_tags(source.container.metadata))
    old = source.container.metadata.get("comment")
    output.metadata["comment"] = f"{old}; {comment}" if old else comment
    chapters = source.container.chapters()
    for chapter in chapters:
        shift = round(source.timeline.start / chapter["time_base"])
        chapter["start"] = max(chapter["start"] - shift, 0)
        chapter["end"] = max(chapter["end"] - shift, 0)
    if chapters:
        output.set_chapters(chapters)


def _kept_tags(tags: dict[str, str]) -> dict[str, str]:
    return {
        key: value
        for key, value in tags.items()
        if key.lower() not in _STALE_TAGS and not key.startswith("_STATISTICS")
    }


def _lost(
    path: Path,
    segments: list[Segment],
    encoding: Encoding,
    matrix: list[int] | None,
    side_data: set[str],
) -> list[str]:
    """Looks at the film written: not every container holds everything."""
    with av.open(file_url(path)) as written:
        frame = next(written.decode(video=0))
        name = container_of(path).format
        shape = written.streams.video[0].sample_aspect_ratio
    lost = []
    if (encoding.pixel_aspect or 1) != (shape or 1):
        lost.append(
            f"shape of pixels lost: {name} with {encoding.codec.name} cannot "
            f"tell that they are {encoding.pixel_aspect} as wide as high, so "
            "the picture looks squeezed; .mp4 and .mkv can."
        )
    if display_matrix(frame) != matrix:
        lost.append(f"rotation lost: {name} cannot hold it; .mp4 and .mkv can.")
    if CAPTIONS in side_data and not encoding.codec.takes_captions:
        lost.append(
            f"closed captions are left out: {encoding.codec.name} cannot hold "
            "them; --codec h264 can."
        )
    if words := lost_words(side_data, side_data_of(frame)):
        lost.append(
            f"left out: {', '.join(words)}, which frames of the source carry "
            "beside the picture."
        )
    if frame.colorspace != encoding.layout.matrix and not is_usual_matrix(
        encoding.layout
    ):
        lost.append(
            f"color matrix not told: {name} with {encoding.codec.name} cannot, "
            "so players show colors a little off; .mp4 and .mkv with h264 can."
        )
    if (
        encoding.layout.has_wide_primaries
        and frame.color_primaries != encoding.layout.primaries
    ):
        lost.append(
            f"wide primaries not told: {name} with {encoding.codec.name} "
            "cannot, so players show colors pale; .mp4 and .mkv with h264 can."
        )
    transfer = TRANSFER_NAMES.get(encoding.color_trc)
    if transfer and frame.color_trc != encoding.color_trc:
        lost.append(
            f"{transfer} not told: {name} with {encoding.codec.name} cannot, "
            "so players show another brightness; .mp4 and .mkv with h264 can."
        )
    is_full = frame.color_range == encoding.layout.color_range
    if encoding.layout.is_full_range and not is_full:
        lost.append(
            f"full range of luma not told: {name} with {encoding.codec.name} "
            "cannot, so players show too much contrast; .mp4 and .mkv with "
            "h264 can."
        )
    ticks = segments[-1].last_pts - segments[0].first_pts
    steps = sum(segment.num_frames for segment in segments) - 1
    length = float((ticks + segments[-1].last_duration) * encoding.time_base)
    usual = float((steps + 1) / encoding.rate)
    if usual - length > max(_LENGTH_SECONDS, _LENGTH_SHARE * usual):
        lost.append(
            f"{steps + 1} frames at {float(encoding.rate):.5g} per second "
            f"would last {clock(usual)}, but their times span {clock(length)}; "
            "if it plays too fast, the times of the source are wrong."
        )
    if name == "avi" and abs(ticks / encoding.frame_ticks - steps) > 1:
        lost.append(
            "times of frames of changing length are rounded: AVI counts "
            f"{encoding.rate} frames per second; .mp4 and .mkv hold times."
        )
    return lost
