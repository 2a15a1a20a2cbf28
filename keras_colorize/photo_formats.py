"""Formats of photo files: their names, their suffixes and what they hold.

The one list behind training, `folder`, the servers and the web page.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from keras_colorize.errors import OutputError


@dataclass(frozen=True)
class PhotoFormat:
    """A format that is read and written.

    Attributes:
        name: What Pillow calls it.
        suffixes: Of its files, in lower case; the usual one first.
        gray_suffixes: Of files that hold no color: read, and not written.
        can_train: Whether TensorFlow decodes it, so that training reads it.
        holds_alpha: Whether it has room for transparency.
        holds_exif: Whether it has room for an EXIF block.
        holds_dpi: Whether it has room for the resolution of a scan.
        holds_16_bits: Whether colors of 16 bits are written to it.
        longest_side: Most pixels a side, or None for any number.
    """

    name: str
    suffixes: tuple[str, ...]
    gray_suffixes: tuple[str, ...] = ()
    can_train: bool = False
    holds_alpha: bool = True
    holds_exif: bool = True
    holds_dpi: bool = False
    holds_16_bits: bool = False
    longest_side: int | None = None


PHOTO_FORMATS = {
    format.name: format
    for format in (
        PhotoFormat(
            "JPEG",
            (".jpg", ".jpeg", ".jpe", ".jfif"),
            can_train=True,
            holds_alpha=False,
            holds_dpi=True,
            longest_side=65500,
        ),
        PhotoFormat(
            "PNG",
            (".png",),
            can_train=True,
            holds_dpi=True,
            holds_16_bits=True,
        ),
        PhotoFormat(
            "TIFF", (".tif", ".tiff"), holds_dpi=True, holds_16_bits=True
        ),
        PhotoFormat("WEBP", (".webp",), can_train=True, longest_side=16383),
        PhotoFormat(
            "BMP",
            (".bmp",),
            can_train=True,
            holds_alpha=False,
            holds_exif=False,
            holds_dpi=True,
        ),
        PhotoFormat(
            "GIF",
            (".gif",),
            can_train=True,
            holds_exif=False,
            longest_side=65535,
        ),
        PhotoFormat("AVIF", (".avif",), longest_side=65536),
        PhotoFormat("HEIF", (".heic", ".heif")),  # with the extra `heic`
        PhotoFormat(
            "JPEG2000", (".jp2", ".j2k", ".jpf", ".jpx"), holds_exif=False
        ),
        PhotoFormat(
            "PPM",
            (".ppm", ".pnm"),
            gray_suffixes=(".pgm", ".pbm"),
            holds_alpha=False,
            holds_exif=False,
        ),
    )
}
FORMAT_OF_SUFFIX = {
    suffix: format.name
    for format in PHOTO_FORMATS.values()
    for suffix in format.suffixes
}
GRAY_SUFFIXES = tuple(
    suffix
    for format in PHOTO_FORMATS.values()
    for suffix in format.gray_suffixes
)
# Of the photos that are read, by whoever lists a folder.
READABLE_SUFFIXES = (*FORMAT_OF_SUFFIX, *GRAY_SUFFIXES)
# Of the photos that training reads.
TRAINING_SUFFIXES = tuple(
    suffix
    for suffix, name in FORMAT_OF_SUFFIX.items()
    if PHOTO_FORMATS[name].can_train
)


def format_of_path(path: str | os.PathLike) -> str:
    """Reads the format from a file name, such as "JPEG" for `a.jpg`.

    Raises:
        OutputError: If the suffix is not one of a writable format.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMAT_OF_SUFFIX:
        raise OutputError(
            f"{path}: the file name says which format to write. Expected one "
            f"of {', '.join(FORMAT_OF_SUFFIX)}. Received: {suffix or 'none'}."
        )
    return FORMAT_OF_SUFFIX[suffix]
