"""HEIC photos, as telephones take them: an extra package reads and writes."""

import functools

_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1")
HOW_TO_INSTALL = "pip install 'keras-colorize[heic]'"


def looks_like_heif(start: bytes) -> bool:
    """Whether a file that begins so is a HEIC photo; AVIF has other brands."""
    return start[4:8] == b"ftyp" and start[8:12] in _BRANDS


@functools.cache
def register_heif() -> bool:
    """Lets Pillow read and write HEIC; False where the package is missing."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True
