"""Encoding a film piece by piece.

A segment is some seconds of encoded video, begun with a key frame of its own
and complete in itself. A film that is interrupted keeps its segments; at the
end their packets are joined without encoding again.
"""

import contextlib
import dataclasses
import os
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.filter import Graph

from keras_colorize.serving.video.codecs import VideoCodec
from keras_colorize.serving.video.codecs import encoder_options
from keras_colorize.serving.video.codecs import file_url
from keras_colorize.serving.video.luma import Layout

# NUT keeps any time base to the tick and holds every codec we write.
CONTAINER = "nut"
_BOTTOM_SHOWN_FIRST = (3, 4)  # AV_FIELD_BB, AV_FIELD_TB
_THREADS = Path("/proc/self/task")  # Linux


@dataclasses.dataclass(frozen=True)
class Segment:
    """One finished piece.

    Attributes:
        file: Name of its file.
        num_frames: Frames in it.
        first_pts: Of its first frame, in ticks of the film's time base.
        last_pts: Of its last frame.
        last_duration: Of its last frame, in ticks.
        delay: Packets by which the encoder puts a frame behind its place in
            the order of showing, at most.
    """

    file: str
    num_frames: int
    first_pts: int
    last_pts: int
    last_duration: int
    delay: int


@dataclasses.dataclass(frozen=True)
class Encoding:
    """How all segments of a film are encoded; equal for each of them.

    Attributes:
        codec: The codec.
        quality: Its quality number, or None.
        layout: Of the frames.
        time_base: Seconds in a tick.
        rate: Average frames per second.
        pixel_aspect: Width of a pixel in heights; None if unknown.
        color_trc: AVColorTransferCharacteristic number of the source.
        field_order: AVFieldOrder number of the source; 0 for whole frames.
    """

    codec: VideoCodec
    quality: int | None
    layout: Layout
    time_base: Fraction
    rate: Fraction
    pixel_aspect: Fraction | None
    color_trc: int
    field_order: int

    @property
    def encoder_time_base(self) -> Fraction:
        """Ticks as the encoder counts them."""
        if self.time_base.denominator <= self.codec.most_ticks:
            return self.time_base
        return 1 / self.rate  # frames of changing length are evened out

    @property
    def fields(self) -> str:
        """Which field is shown first, "tff" or "bff"; empty for frames."""
        if not self.field_order or not self.codec.takes_fields:
            return ""
        return "bff" if self.field_order in _BOTTOM_SHOWN_FIRST else "tff"

    @property
    def frame_ticks(self) -> int:
        """Usual duration of a frame, in ticks of the film."""
        return max(round(1 / (self.rate * self.time_base)), 1)


class SegmentWriter:
    """Encodes the frames of one segment.

    Args:
        path: File to write.
        encoding: Codec, layout and times of the frames.
    """

    def __init__(self, path: Path, encoding: Encoding):
        self.path = path
        self._encoding = encoding
        self._container = av.open(file_url(path), "w", format=CONTAINER)
        self._stream = _add_stream(self._container, encoding)
        self._graph = _field_graph(encoding) if encoding.fields else None
        self._pts: list[int] = []
        self._last_duration = 1
        self._last_tick = -1
        self._coded_pts: list[int] = []  # in the order of coding

    def write(self, frame: Any, pts: int, duration: int) -> None:
        """Encodes a frame.

        Args:
            frame: `av.VideoFrame` in the layout of the encoding.
            pts: When it is shown, in ticks of the film.
            duration: How long, in ticks.
        """
        self._pts.append(pts)
        self._last_duration = duration
        # Counted from the segment's start: NUT knows no negative times.
        ticks = self._encoding.encoder_time_base
        elapsed = (pts - self._pts[0]) * self._encoding.time_base
        self._last_tick = max(round(elapsed / ticks), self._last_tick + 1)
        frame.pts = self._last_tick
        frame.time_base = ticks
        if self._graph is not None:
            self._graph.push(frame)
            frame = self._graph.pull()
        self._mux(self._stream.encode(frame))

    def finish(self) -> Segment:
        """Closes the file."""
        self._mux(self._stream.encode(None))
        self._container.close()
        return Segment(
            self.path.name,
            len(self._pts),
            self._pts[0],
            self._pts[-1],
            self._last_duration,
            _delay(self._coded_pts),
        )

    def _mux(self, packets):
        self._coded_pts += [packet.pts for packet in packets]
        self._container.mux(packets)


def _delay(coded_pts: list[int]) -> int:
    """Measures how far a frame is coded behind its place when shown.

    With a delay d the pts that is d places earlier in the order of showing
    is a valid decoding time for each packet.
    """
    places = {pts: place for place, pts in enumerate(sorted(coded_pts))}
    return max(i - places[pts] for i, pts in enumerate(coded_pts))


def _add_stream(container: Any, encoding: Encoding) -> Any:
    layout = encoding.layout
    stream = container.add_stream(
        encoding.codec.encoder,
        rate=encoding.rate,
        width=layout.width,
        height=layout.height,
        time_base=encoding.encoder_time_base,
        options=encoder_options(
            encoding.codec, encoding.quality, encoding.fields
        ),
    )
    stream.pix_fmt = layout.pix_fmt
    context = stream.codec_context
    context.time_base = encoding.encoder_time_base
    tag_colors(context, encoding)
    with _kept_priority():
        context.open()
    return stream


def _field_graph(encoding: Encoding) -> Graph:
    """Makes a filter that tells of frames that they are interlaced.

    PyAV 18.1 has no other door to these flags of a frame.
    """
    layout, graph = encoding.layout, Graph()
    start = graph.add_buffer(
        width=layout.width,
        height=layout.height,
        format=av.VideoFormat(layout.pix_fmt),
        time_base=encoding.encoder_time_base,
    )
    tell = graph.add("setfield", f"mode={encoding.fields}")
    end = graph.add("buffersink")
    start.link_to(tell)
    tell.link_to(end)
    graph.configure()
    return graph


def tag_colors(context: Any, encoding: Encoding) -> None:
    """Says in an encoder or stream how the pixels are stored."""
    context.colorspace = encoding.layout.matrix
    context.color_range = encoding.layout.color_range
    context.color_primaries = encoding.layout.primaries
    context.color_trc = encoding.color_trc
    if encoding.pixel_aspect:
        context.sample_aspect_ratio = encoding.pixel_aspect


@contextlib.contextmanager
def _kept_priority() -> Iterator[None]:
    """Gives each thread the scheduling that it had at the beginning.

    Threads that are begun inside get that of the calling one. The AV1 encoder
    SVT makes threads real-time ones where it may, which is as root: its own,
    and the thread that opens it. For as long as the process lives these would
    take the cores from everything else on the machine.
    """
    if not _THREADS.is_dir():
        yield
        return
    own = _scheduling(threading.get_native_id())
    before = {thread: _scheduling(thread) for thread in _thread_ids()}
    try:
        yield
    finally:
        for thread in _thread_ids():
            wanted = before.get(thread) or own
            if wanted is not None:
                _set_scheduling(thread, *wanted)


def _thread_ids() -> list[int]:
    return [int(thread.name) for thread in _THREADS.iterdir()]


def _scheduling(thread: int) -> tuple[int, int] | None:
    """Reads policy and real-time priority; None once a thread has ended."""
    with contextlib.suppress(ProcessLookupError):
        return (
            os.sched_getscheduler(thread),
            os.sched_getparam(thread).sched_priority,
        )
    return None


def _set_scheduling(thread: int, policy: int, priority: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has ended
        os.sched_setscheduler(thread, policy, os.sched_param(priority))
