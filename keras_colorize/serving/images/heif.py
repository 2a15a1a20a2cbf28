"""HEIC, as telephones take it: an extra package reads and writes it.

What the boxes of a file say of bits and brightness is the same for AVIF.
"""

import functools
import struct
from typing import IO

import numpy as np

_TRANSFERS = {16: "PQ", 18: "HLG"}
_SEARCHED = 2**18  # bytes in which the boxes that describe a picture lie
HOW_TO_INSTALL = "pip install 'keras-colorize[heic]'"


@functools.cache
def register_heif() -> bool:
    """Lets Pillow read and write HEIC; False where the package is missing."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True


def read_depth(file: IO[bytes]) -> tuple[int, str]:
    """Reads bits of each value of an AVIF, and the transfer of HDR pictures.

    Returns:
        Bits (8 for HEIC, where Pillow's plugin says them), and "PQ", "HLG"
        or "".
    """
    file.seek(0)
    data = file.read(_SEARCHED)
    bits = 8
    if (place := data.find(b"av1C")) > 0 and place + 7 <= len(data):
        flags = data[place + 6]
        is_high, is_twelve = flags & 0x40, flags & 0x20
        bits = 12 if is_twelve else 10 if is_high else 8
    transfer = 2
    if (place := data.find(b"colrnclx")) > 0 and place + 12 <= len(data):
        (transfer,) = struct.unpack_from(">H", data, place + 10)
    return bits, _TRANSFERS.get(transfer, "")


def read_16_bit_heif(file: IO[bytes], bits: int) -> np.ndarray:
    """Decodes a HEIC of more than 8 bits, upright; needs the package.

    Returns:
        uint16 (H, W, 3) or (H, W, 4) with white at 65535.
    """
    import pillow_heif

    file.seek(0)
    image = pillow_heif.open_heif(file, convert_hdr_to_8bit=False)
    # TRICKY: libheif's values are shifted up to 16 bits: white is below
    # 65535.
    values = np.asarray(image).astype(np.uint32) >> (16 - bits)
    white = 2**bits - 1
    levels = ((values * 65535 + white // 2) // white).astype(np.uint16)
    if levels.ndim == 2:
        levels = np.repeat(levels[..., None], 3, axis=2)
    return levels
