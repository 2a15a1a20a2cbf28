"""Photo files to uint8 sRGB arrays, as TensorFlow operations.

Decoding happens in parallel inside `tf.data`:

| format | decoder | what becomes of odd files |
| --- | --- | --- |
| JPEG | TensorFlow | gray becomes RGB; CMYK and YCCK become RGB |
| PNG | TensorFlow | 16 bits lose the low byte; palettes become RGB |
| BMP | Pillow | palettes and 32 bits become RGB |
| GIF, WebP | Pillow | the first frame |

TensorFlow's own decoders of the last three are stricter than the formats:
palettes and alpha channels fail there, animations decode every frame.

An alpha channel is dropped, not blended: a training photo is expected to be
opaque. EXIF orientation and ICC profiles are ignored: a sideways photo is as
good for training as an upright one, and serving handles both on its own.
A file that cannot be decoded raises; see `keras_colorize.data.scan` for the
step that finds such files before a training starts.
"""

import io

import numpy as np
import tensorflow as tf

_JPEG_START = b"\xff\xd8\xff"
_PNG_START = b"\x89PNG\r\n\x1a\n"


def photo_format(first_bytes: bytes) -> str | None:
    """Names the format of a photo file from its first bytes.

    File names lie (text named .jpg), first bytes rarely do.

    Args:
        first_bytes: At least the first 12 bytes of the file.

    Returns:
        One of "jpeg", "png", "webp", "bmp", "gif", or None when the bytes
        start none of them.
    """
    if first_bytes.startswith(_JPEG_START):
        return "jpeg"
    if first_bytes.startswith(_PNG_START):
        return "png"
    if first_bytes[:4] == b"RIFF" and first_bytes[8:12] == b"WEBP":
        return "webp"
    if first_bytes.startswith(b"BM"):
        return "bmp"
    if first_bytes.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    return None


def decode_photo(contents: tf.Tensor) -> tf.Tensor:
    """Decodes the bytes of one photo file; eager or inside `tf.data`.

    Args:
        contents: string (). The file's bytes: JPEG, PNG, WebP, BMP or GIF.

    Returns:
        uint8 (H, W, 3), [0, 255]. Gamma-encoded sRGB.

    Raises:
        tf.errors.InvalidArgumentError: If the bytes are truncated, damaged,
            or none of the formats.
        tf.errors.OpError: If Pillow refuses a BMP, GIF or WebP file.
    """
    is_jpeg = tf.strings.substr(contents, 0, 3) == _JPEG_START
    is_png = tf.strings.substr(contents, 0, 8) == _PNG_START
    image = tf.cond(
        is_jpeg,
        lambda: _decode_jpeg(contents),
        lambda: tf.cond(
            is_png,
            lambda: tf.io.decode_png(contents, channels=3),
            lambda: _decode_with_pillow(contents),
        ),
    )
    return tf.ensure_shape(image, (None, None, 3))  # (H, W, 3)


def read_photo(path: tf.Tensor) -> tf.Tensor:
    """Reads and decodes one photo file.

    Args:
        path: string (). Path of the file.

    Returns:
        uint8 (H, W, 3), [0, 255]. Gamma-encoded sRGB.

    Raises:
        tf.errors.OpError: If the file cannot be read or decoded.
    """
    return decode_photo(tf.io.read_file(path))


def _decode_jpeg(contents):
    # The accurate transform is what Pillow uses: training and serving then
    # see the same pixels.
    return tf.io.decode_jpeg(
        contents, channels=3, dct_method="INTEGER_ACCURATE"
    )


def _decode_with_pillow(contents):
    return tf.numpy_function(
        pillow_decode, [contents], tf.uint8, stateful=False
    )


def pillow_decode(contents: bytes) -> np.ndarray:
    """Decodes photo bytes with Pillow: the path of the rarer formats.

    Args:
        contents: The file's bytes.

    Returns:
        uint8 (H, W, 3), [0, 255]. Gamma-encoded sRGB; the first frame of an
        animation.

    Raises:
        ValueError: If the bytes start none of the supported formats.
        OSError: If Pillow cannot decode them.
    """
    from PIL import Image

    detected = photo_format(contents[:12])
    if detected is None:
        raise ValueError(
            "Expected the bytes of a JPEG, PNG, WebP, BMP or GIF photo. "
            f"Received: {len(contents)} bytes starting with "
            f"{contents[:12]!r}. Remove the file or convert it."
        )
    with Image.open(io.BytesIO(contents), formats=[detected]) as photo:
        # RGBA first: a palette with transparency would otherwise be blended.
        return np.asarray(photo.convert("RGBA"))[..., :3].copy()
