"""Batches of uint8 photos to the (L, ab) pairs a colorizer is trained on."""

import tensorflow as tf

from keras_colorize.color import lab_formulas
from keras_colorize.color.cielab import linear_to_lab


def images_to_targets(images, ab_stride: int = 4, encoding: str = "srgb"):
    """Turns a batch of photos into network inputs and truths.

    Args:
        images: uint8 (B, h, w, 3). sRGB photos, or 8-bit Lab ones.
        ab_stride: Step at which ab is sampled, without averaging.
        encoding: "srgb", or "lab8" for Lab stored as OpenCV stores it:
            L * 255 / 100, a + 128, b + 128, rounded.

    Returns:
        float32 (B, h, w, 1), CIE L* in [0, 100], and float32
        (B, h / ab_stride, w / ab_stride, 2), CIE a* and b*.

    Raises:
        ValueError: If `encoding` is unknown.
    """
    if encoding == "srgb":
        to_lab = _lab_from_srgb
    elif encoding == "lab8":
        to_lab = _lab_from_lab8
    else:
        raise ValueError(
            '`encoding` must be "srgb" or "lab8". Received: '
            f"encoding={encoding!r}."
        )
    # Converted twice, because ab is needed at few pixels only: compiled, the
    # first line computes nothing but L and the second few pixels.
    L = to_lab(images)[..., :1]
    ab = to_lab(images[:, ::ab_stride, ::ab_stride])[..., 1:]
    return L, ab


def _lab_from_srgb(images):
    linear = tf.gather(
        lab_formulas.LINEAR_FROM_UINT8, tf.cast(images, tf.int32)
    )
    return linear_to_lab(linear)


def _lab_from_lab8(images):
    lab = tf.cast(images, tf.float32) * [100.0 / 255.0, 1.0, 1.0]
    return lab - [0.0, 128.0, 128.0]
