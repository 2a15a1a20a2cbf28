"""Photos with more color than they have."""

from keras import ops

from keras_colorize.color.checks import float_with_channels

# What gray is made of, of ITU-R BT.601.
_LUMA = (0.299, 0.587, 0.114)


def enhance_color(rgb, factor=1.2):
    """Moves each pixel away from its gray.

        clip(factor * rgb + (1 - factor) * luma, 0, 1)

    Args:
        rgb: float (..., 3), encoded sRGB in [0, 1].
        factor: float; 0 gives gray, 1 the photo itself, 1.2 is DDColor's.

    Returns:
        float (..., 3), encoded sRGB in [0, 1].

    Raises:
        TypeError: If `rgb` is not floating point.
        ValueError: If the last axis of `rgb` is not 3 long.

    Reference: the DDColor release, "color enhancement" of true photos.
    """
    rgb = float_with_channels(rgb, 3, "rgb")
    luma = ops.sum(
        rgb * ops.array(_LUMA, dtype=rgb.dtype), axis=-1, keepdims=True
    )
    return ops.clip(factor * rgb + (1.0 - factor) * luma, 0.0, 1.0)
