"""JPEG files in strips, without their last marker, and kinds not read."""

import contextlib
import io
import struct
from collections.abc import Mapping
from typing import IO
from typing import Any

import numpy as np
from PIL import Image

from keras_colorize.serving.images.exif import DECODE_ERRORS
from keras_colorize.serving.images.exif import quiet_pillow

_END = b"\xff\xd9"
_FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC))
_FRAMES = (*_FRAMES, *range(0xCD, 0xD0))
_LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)
_ANY_NUMBER = 2**62  # of pixels
_STRIP_PIXELS = 2**20
_BLOCK = 8  # pixels a side, of a file without chroma subsampling
_SCAN, _FIRST_RESTART = 0xDA, 0xD0


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


def encode_in_strips(rgb: np.ndarray, options: Mapping[str, Any]) -> bytes:
    """Encodes a photo strip by strip, without a copy of all of it.

    A restart marker lets a decoder begin anew, so the scans of strips that
    were encoded alone make one file, when such markers stand between them.
    Its pixels are the same as without.

    Args:
        rgb: uint8 (H, W, 3), sRGB.
        options: Of Pillow, for a baseline file; `subsampling` is "4:4:4".

    Reference: ITU-T T.81, E.1.4 and B.2.4.4.
    """
    height, width = rgb.shape[:2]
    rows = _BLOCK * max(1, _STRIP_PIXELS // (_BLOCK * width))
    if rows >= height:
        return _encode(rgb, options)
    blocks = -(-width // _BLOCK) * rows // _BLOCK
    head, scan = _split(
        _encode(rgb[:rows], {**options, "restart_marker_blocks": blocks})
    )
    plain = {k: options[k] for k in ("quality", "subsampling") if k in options}
    plain["restart_marker_blocks"] = blocks
    file = io.BytesIO()
    file.write(_with_height(head, height))
    file.write(scan)
    for number, top in enumerate(range(rows, height, rows)):
        _, scan = _split(_encode(rgb[top : top + rows], plain))
        file.write(bytes([0xFF, _FIRST_RESTART + number % 8]))
        file.write(scan)
    file.write(_END)
    return file.getvalue()


def _encode(rgb: np.ndarray, options: Mapping[str, Any]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", **options)
    return file.getvalue()


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Splits a file into all before its only scan, and the scan."""
    place, marker = 2, 0
    while marker != _SCAN:
        marker = data[place + 1]
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return data[:place], data[place : -len(_END)]


def _with_height(head: bytes, height: int) -> bytes:
    """Writes the height of all strips into the header of the frame."""
    place = 2
    while head[place + 1] not in _FRAMES:
        place += 2 + int.from_bytes(head[place + 2 : place + 4], "big")
    at = place + 5  # behind the marker, its length and the bits
    return head[:at] + struct.pack(">H", height) + head[at + 2 :]
