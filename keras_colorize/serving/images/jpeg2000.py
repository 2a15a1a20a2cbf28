"""JPEG 2000: what Pillow decodes right, and what it does not.

Pillow 13.0 shifts values up to 8 or 16 bits, so that white is not white (15
of 4 bits becomes 240, 4095 of 12 bits 65520); colors of more than 8 bits, and
gray of 9, overflow: white becomes black.
"""

import struct
from typing import IO

import numpy as np
from PIL import Image

from keras_colorize.serving.images.kinds import UnreadableError

_SIZE_MARKER = b"\xff\x4f\xff\x51"
_SEARCHED = 2**20  # bytes in which the codestream begins


def read_depth(file: IO[bytes]) -> tuple[int, int]:
    """Reads the bits of each value and the number of channels.

    Raises:
        UnreadableError: If Pillow would decode it wrongly.
        ValueError: If the file is damaged.
    """
    file.seek(0)
    data = file.read(_SEARCHED)
    place = data.find(_SIZE_MARKER)
    try:
        (count,) = struct.unpack_from(">H", data, place + 40)
        depths = {data[place + 42 + 3 * i] for i in range(count)}
    except (struct.error, IndexError) as error:
        raise ValueError("it has no JPEG 2000 picture") from error
    if place < 0 or not depths:
        raise ValueError("it has no JPEG 2000 picture")
    bits, is_signed = (max(depths) & 127) + 1, max(depths) > 127
    kind = "gray" if count == 1 else f"{count} channels"
    if is_signed or len(depths) > 1 or bits > 16:
        raise UnreadableError(
            f"a JPEG 2000 of {bits} {'signed ' * is_signed}bits, {kind}"
        )
    if bits > 8 and (count > 1 or bits == 9):
        raise UnreadableError(f"a JPEG 2000 of {bits} bits, {kind}")
    return bits, count


def unshifted(image: Image.Image, bits: int) -> np.ndarray:
    """Scales the levels of a decoded image, so that white is white.

    Returns:
        uint8 (H, W, C) for up to 8 bits, else uint16.
    """
    values = np.asarray(image)
    values = values.reshape(*values.shape[:2], -1)
    dtype = np.uint8 if bits <= 8 else np.uint16
    shift = 8 * dtype().itemsize - bits
    most = float(np.iinfo(dtype).max)
    stored = values.astype(np.float64) // 2**shift
    return np.floor(stored / (2**bits - 1) * most + 0.5).astype(dtype)
