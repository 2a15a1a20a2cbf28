"""Which photo files are understood, told from their first bytes.

Imports no TensorFlow, so that listing files is quick.
"""

PHOTO_EXTENSIONS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")
JPEG_START = b"\xff\xd8\xff"
PNG_START = b"\x89PNG\r\n\x1a\n"


def photo_format(first_bytes: bytes) -> str | None:
    """Names the format of a photo file from its first bytes.

    File names lie (text named .jpg), first bytes rarely do.

    Args:
        first_bytes: At least the first 12 bytes of the file.

    Returns:
        One of "jpeg", "png", "webp", "bmp", "gif", or None when the bytes
        start none of them.
    """
    if first_bytes.startswith(JPEG_START):
        return "jpeg"
    if first_bytes.startswith(PNG_START):
        return "png"
    if first_bytes[:4] == b"RIFF" and first_bytes[8:12] == b"WEBP":
        return "webp"
    if first_bytes.startswith(b"BM"):
        return "bmp"
    if first_bytes.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    return None
