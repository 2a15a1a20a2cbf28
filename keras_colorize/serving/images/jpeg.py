"""JPEG files that lack their last marker, and kinds that are not read."""

import contextlib
import io
import struct
from typing import IO

from PIL import Image

from keras_colorize.serving.images.exif import DECODE_ERRORS
from keras_colorize.serving.images.exif import quiet_pillow

_END = b"\xff\xd9"
_FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC))
_FRAMES = (*_FRAMES, *range(0xCD, 0xD0))
_LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)
_ANY_NUMBER = 2**62  # of pixels


def with_its_end(file: IO[bytes]) -> IO[bytes] | None:
    """Adds the marker of its end to a file, if nothing else is missing.

    What stands behind the last pixel does not change a picture. So two ends
    are tried: a picture that is cut short differs, as a decoder makes pixels
    of what follows.

    Returns:
        A file that Pillow opens; None if pixels are missing.
    """
    file.seek(0)
    data = file.read().rstrip(b"\xff")  # of the mark, its first half
    plain, noisy = data + _END, data + b"\x55\xaa" * 64 + _END
    with contextlib.suppress(*DECODE_ERRORS):
        if _pixels(plain) == _pixels(noisy):
            return io.BytesIO(plain)
    return None


def describe_jpeg(file: IO[bytes]) -> str:
    """Says "a JPEG of 12 bits" or so; empty where its frame is not found."""
    file.seek(2)
    while len(head := file.read(4)) == 4 and head[0] == 0xFF:
        (size,) = struct.unpack(">H", head[2:])
        if head[1] in _FRAMES:
            bits = file.read(1)
            lossless = "lossless " if head[1] in _LOSSLESS else ""
            return f"a {lossless}JPEG of {bits[0]} bits" if bits else ""
        file.seek(size - 2, io.SEEK_CUR)
    return ""


def _pixels(data: bytes) -> bytes:
    with quiet_pillow(_ANY_NUMBER):
        image = Image.open(io.BytesIO(data), formats=["JPEG"])
    with image:
        return image.tobytes()
