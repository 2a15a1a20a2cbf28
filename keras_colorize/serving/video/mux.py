"""Writing the film: encoded segments and the copied streams of the source."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from keras_colorize.serving.video.codecs import container_of
from keras_colorize.serving.video.segments import Encoding
from keras_colorize.serving.video.segments import Segment
from keras_colorize.serving.video.segments import tag_colors
from keras_colorize.serving.video.source import VideoSource
from keras_colorize.serving.video.source import display_matrix

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
        matrix: Display matrix, or None.
        comment: Tag that says how the colors were made.

    Returns:
        Notes on what the new film cannot hold.
    """
    with _open_output(path) as output:
        with av.open(str(folder / segments[0].file)) as first:
            template = first.streams.video[0]
            video = output.add_stream_from_template(template, opaque=True)
            _describe(video, output, source, encoding, matrix)
        copies, notes = _add_copies(output, source)
        _copy_tags(output, source, comment)
        packets = _video_packets(folder, segments, encoding)
        for item in _in_order(packets, _copied_packets(source, copies)):
            packet, stream = item
            packet.stream = stream or video
            output.mux(packet)
    return notes + _lost(path, segments, encoding, matrix)


def _open_output(path: Path) -> Any:
    format = container_of(path)
    # AVI knows frame numbers and no times: when sound that begins before 0
    # moves the picture, a frame is shown twice.
    options = {"avoid_negative_ts": "disabled"} if format == "avi" else {}
    return av.open(str(path), "w", format=format, container_options=options)


def _describe(video, output, source, encoding, matrix) -> None:
    video.time_base = encoding.time_base
    if output.format.name == "avi":  # its times are frame numbers
        video.time_base = 1 / encoding.rate
    video.codec_context.framerate = encoding.rate
    tag_colors(video.codec_context, encoding)  # segments hold no tags
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


def _packets_of(path: Path, segment: Segment, encoding: Encoding) -> list[Any]:
    """Packets in the order of coding, `pts` in ticks of the film."""
    with av.open(str(path)) as container:
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


def _add_copies(
    output, source: VideoSource
) -> tuple[dict[int, Any], list[str]]:
    copies, notes = {}, []
    for stream in source.others:
        if _can_hold(output.format.name, stream):
            copy = output.add_stream_from_template(stream, opaque=True)
            copy.metadata.update(_kept_tags(stream.metadata))
            copy.disposition = stream.disposition
            copies[stream.index] = copy
        else:
            notes.append(
                f"{stream.type} stream {stream.index} ({_codec_name(stream)}) "
                f"left out: {output.format.name} cannot hold it; .mkv may."
            )
    return copies, notes


def _can_hold(format: str, stream: Any) -> bool:
    """Tries: what FFmpeg says beforehand of a container is not reliable."""
    try:
        with av.open(io.BytesIO(), "w", format=format) as trial:
            trial.add_stream_from_template(stream, opaque=True)
            trial.start_encoding()
    except (ValueError, FFmpegError):
        return False
    return True


def _codec_name(stream: Any) -> str:
    context = stream.codec_context
    return context.name if context else "unknown codec"


def _copied_packets(
    source: VideoSource, copies: dict[int, Any]
) -> Iterator[tuple[Any, Any]]:
    """Pairs of a packet and the stream it goes to, in the source's order."""
    if not copies:
        return
    source.rewind()
    packets = source.container.demux()
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError:  # told already when the video was read
            return
        if packet is None:
            return
        stream = copies.get(packet.stream_index)
        if stream is None or packet.pts is None or not packet.size:
            continue
        if packet.dts is None:
            packet.dts = packet.pts
        yield packet, stream


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
) -> list[str]:
    """Looks at the film written: not every container holds everything."""
    with av.open(str(path)) as written:
        frame = next(written.decode(video=0))
        name = written.format.name
    lost = []
    if display_matrix(frame) != matrix:
        lost.append(f"rotation lost: {name} cannot hold it; .mp4 and .mkv can.")
    is_full = frame.color_range == encoding.layout.color_range
    if encoding.layout.is_full_range and not is_full:
        lost.append(
            f"full range of luma not told: {name} with {encoding.codec.name} "
            "cannot, so players show too much contrast; .mp4 and .mkv can."
        )
    ticks = segments[-1].last_pts - segments[0].first_pts
    steps = sum(segment.num_frames for segment in segments) - 1
    if name == "avi" and abs(ticks / encoding.frame_ticks - steps) > 1:
        lost.append(
            "times of frames of changing length are rounded: AVI counts "
            f"{encoding.rate} frames per second; .mp4 and .mkv hold times."
        )
    return lost
