"""The codecs and containers in which films are written."""

import dataclasses
import os
from pathlib import Path

import av
import numpy as np

from keras_colorize.errors import OutputError
from keras_colorize.errors import SettingError


@dataclasses.dataclass(frozen=True)
class VideoCodec:
    """One way to encode.

    Attributes:
        name: What users call it.
        encoder: FFmpeg's name of the encoder.
        quality: Default of the quality number, None for a lossless codec;
            smaller is better and larger.
        worst_quality: Largest number allowed.
        options: The encoder's other options.
        takes_odd_sizes: Whether it takes an odd width or height in 4:2:0.
        max_depth: Largest number of bits per sample.
        takes_fields: Whether it encodes interlaced frames as such.
        takes_captions: Whether it encodes the closed captions of frames.
        most_ticks: Largest number of ticks per second.
    """

    name: str
    encoder: str
    quality: int | None
    worst_quality: int
    options: dict[str, str]
    takes_odd_sizes: bool
    max_depth: int
    takes_fields: bool = False
    takes_captions: bool = False
    most_ticks: int = 2**31 - 1


# "faster" with less of a search: on a 1920 x 1080 film with grain it takes half
# the time of "medium", for 6 % more bytes (at 17; "medium" at 18) and 0.8 dB of
# 45.7 less. At 16 it is as near to the source as "medium" is.
_X264 = {"preset": "faster", "x264-params": "subme=3:trellis=0"}
_CODECS = (
    VideoCodec("h264", "libx264", 17, 51, _X264, False, 10, True, True),
    VideoCodec(
        "h265",
        "libx265",
        20,
        51,
        {"preset": "medium", "x265-params": "log-level=none", "a53cc": "1"},
        False,
        10,
        takes_captions=True,
    ),
    VideoCodec(
        "vp9",
        "libvpx-vp9",
        24,
        63,
        {"b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"},
        True,
        8,
    ),
    VideoCodec("av1", "libsvtav1", 26, 63, {"preset": "8"}, False, 10),
    VideoCodec("ffv1", "ffv1", None, 0, {"level": "3"}, True, 10, True),
    VideoCodec(
        "mpeg4", "mpeg4", 3, 31, {}, True, 8, True, most_ticks=2**16 - 1
    ),
)
_ALL = ("h264", "h265", "vp9", "av1", "ffv1", "mpeg4")


@dataclasses.dataclass(frozen=True)
class VideoContainer:
    """One kind of file.

    Attributes:
        format: FFmpeg's name of it.
        usual: Codecs to try where none is asked for.
        holds: Codecs that come out of it as they went in: FFmpeg writes some
            others, too, and cannot read them.
    """

    format: str
    usual: tuple[str, ...]
    holds: tuple[str, ...]


_MP4 = VideoContainer("mp4", ("h264", "mpeg4"), _ALL)
# By suffix of the file name.
CONTAINERS = {
    ".mp4": _MP4,
    ".m4v": _MP4,
    ".mov": VideoContainer("mov", ("h264", "mpeg4"), ("h264", "h265", "mpeg4")),
    ".mkv": VideoContainer("matroska", ("h264", "mpeg4"), _ALL),
    ".ts": VideoContainer("mpegts", ("h264",), ("h264", "h265")),
    ".nut": VideoContainer("nut", ("h264", "mpeg4"), _ALL),
    ".avi": VideoContainer(
        "avi", ("mpeg4",), ("h264", "vp9", "av1", "ffv1", "mpeg4")
    ),
    ".webm": VideoContainer("webm", ("vp9", "av1"), ("vp9", "av1")),
}
CODEC_NAMES = tuple(codec.name for codec in _CODECS)
SUFFIXES = tuple(CONTAINERS)


def container_of(output: Path) -> VideoContainer:
    """Returns the container that a file name asks for.

    Raises:
        OutputError: If the suffix is not one of a container we write.
    """
    suffix = output.suffix.lower()
    if suffix not in CONTAINERS:
        raise OutputError(
            f"{output}: the file name says which container to write. Expected "
            f"one of {', '.join(SUFFIXES)}. Received: {suffix or 'none'}."
        )
    return CONTAINERS[suffix]


def file_url(path: str | os.PathLike) -> str:
    """Names a file to FFmpeg, which takes `1912:a.avi` for a protocol."""
    return f"file:{os.fspath(path)}"


def choose_codec(output: Path, name: str | None = None) -> VideoCodec:
    """Chooses the codec for a file.

    Args:
        output: The file; its suffix says the container.
        name: One of `CODEC_NAMES`, or None for the container's usual one.

    Raises:
        OutputError: If the suffix is not one of a container we write.
        SettingError: If the codec is unknown, this PyAV lacks it, or it does
            not go into that container.
    """
    container = container_of(output)
    if name is not None and name not in CODEC_NAMES:
        raise SettingError(
            f"`codec` must be one of {', '.join(CODEC_NAMES)}. Received: "
            f"codec={name!r}."
        )
    wanted = container.usual if name is None else (name,)
    present = [
        codec
        for codec in _CODECS
        if codec.name in wanted and codec.encoder in av.codecs_available
    ]
    if not present:
        raise SettingError(
            f"This PyAV has no encoder for {' or '.join(wanted)}. Choose "
            "another codec, or install the PyAV wheel from its publisher."
        )
    if present[0].name not in container.holds:
        raise SettingError(
            f"{present[0].name} does not go into {container.format}. Received: "
            f"codec={name!r} and {output}. Write .mkv, or leave out the codec."
        )
    if container.format == "avi" and present[0].name == "h264":
        # AVI has frame numbers and no times, so frames come as they are shown.
        options = {**present[0].options, "bf": "0"}
        return dataclasses.replace(present[0], options=options)
    return present[0]


def checked_quality(codec: VideoCodec, quality: int | None) -> int | None:
    """Checks the quality to encode with; None gives the codec's default.

    Raises:
        SettingError: If the codec does not take that number.
    """
    if quality is None:
        return codec.quality
    if codec.quality is None:
        raise SettingError(
            f"{codec.name} is lossless and takes no quality. Received: "
            f"quality={quality}. Leave it out."
        )
    if not 1 <= quality <= codec.worst_quality:
        raise SettingError(
            f"The quality of {codec.name} must be from 1 (best) to "
            f"{codec.worst_quality}; {codec.quality} is usual. Received: "
            f"quality={quality}."
        )
    return quality


def encoder_options(
    codec: VideoCodec, quality: int | None, fields: str = ""
) -> dict[str, str]:
    """Returns what to give to the encoder, so that it is deterministic.

    Args:
        codec: The codec.
        quality: Its quality number, or None.
        fields: "tff" or "bff" for interlaced frames, whose top or bottom
            field is shown first; empty for whole ones.
    """
    options = dict(codec.options)
    if codec.name == "mpeg4" and quality is not None:  # a fixed quantizer
        options = {"qmin": str(quality), "qmax": str(quality), "b": "100M"}
    elif quality is not None:
        options["crf"] = str(quality)
    if fields and codec.name in ("h264", "mpeg4"):  # ffv1 only tells them
        options["flags"] = "+ildct+ilme"
    private = list(filter(None, [options.pop("x264-params", "")]))
    if fields and codec.name == "h264":
        private.append(f"{fields}=1")
    if codec.name == "h264" and _has_avx_512():
        # TRICKY: with AVX-512 x264 reads memory that it has not written, as
        # it spreads bits over a frame (mbtree): of some sizes each run gives
        # other bytes. With AVX2, which such processors have, none does.
        private.append("asm=AVX2")
    if private:
        options["x264-params"] = ":".join(private)
    return options


def _has_avx_512() -> bool:
    core = getattr(np, "_core", None) or np.core  # NumPy 2, and 1
    return bool(core._multiarray_umath.__cpu_features__.get("AVX512F"))
