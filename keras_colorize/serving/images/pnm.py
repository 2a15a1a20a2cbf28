"""PGM and PPM files, with all of their bits."""

import dataclasses
import re
from typing import IO

import numpy as np

from keras_colorize.color.luminance import strips

# Magic, width, height and largest value, with comments between them.
_GAP = rb"(?:\s|#[^\n]*\n)+"
_HEADER = re.compile(
    rb"P([2356])" + _GAP + rb"(\d+)" + _GAP + rb"(\d+)" + _GAP + rb"(\d+)\s"
)
_LONGEST_HEADER = 4096
_TEXTS, _COLORS = (2, 3), (3, 6)  # kinds


@dataclasses.dataclass(frozen=True)
class Header:
    """What a file begins with.

    Attributes:
        kind: 2 gray as text, 3 color as text, 5 gray, 6 color.
        width: In pixels.
        height: In pixels.
        white: The largest value.
        size: Of the header, in bytes.
    """

    kind: int
    width: int
    height: int
    white: int
    size: int


def read_header(file: IO[bytes]) -> Header:
    """Reads the header of a PGM or PPM.

    Raises:
        ValueError: If it is damaged.
    """
    file.seek(0)
    found = _HEADER.match(file.read(_LONGEST_HEADER))
    if found is None:
        raise ValueError("its header is not one of PGM or PPM")
    kind, width, height, white = (int(part) for part in found.groups())
    header = Header(kind, width, height, white, found.end())
    if not 0 < header.white < 65536:
        raise ValueError(f"its largest value is {header.white}")
    return header


def read_levels(file: IO[bytes], header: Header) -> np.ndarray:
    """Reads levels with white at 255, or at 65535 for more than 8 bits.

    Returns:
        uint8 or uint16, (H, W, 1) or (H, W, 3).

    Raises:
        ValueError: If the file is cut short.
    """
    channels = 3 if header.kind in _COLORS else 1
    shape = (header.height, header.width, channels)
    stored = np.dtype(">u2" if header.white > 255 else "u1")
    count = header.height * header.width * channels
    file.seek(header.size)
    if header.kind in _TEXTS:
        text = re.sub(rb"#[^\n]*", b"", file.read())
        values = np.array(text.split()[:count], np.int64)
    else:
        values = np.frombuffer(file.read(count * stored.itemsize), np.uint8)
        values = values[: len(values) // stored.itemsize * stored.itemsize]
        values = values.view(stored)
    if len(values) < count:
        raise ValueError("it ends before its pixels do")
    dtype = np.uint16 if header.white > 255 else np.uint8
    most, values = np.iinfo(dtype).max, values.reshape(shape)
    if header.white == most:
        return values.astype(dtype)
    levels = np.empty(shape, dtype)
    for rows in strips(header.height, header.width):
        shares = np.clip(values[rows] / np.float64(header.white), 0.0, 1.0)
        levels[rows] = np.floor(shares * most + 0.5)
    return levels
