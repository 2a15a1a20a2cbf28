"""Photos with more color than they have."""

from keras import ops

from keras_colorize.color.checks import float_with_channels
from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.color.cielab import rgb_to_lab

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


def enhance_lab(L, ab, factor):
    """Enhances a photo as `enhance_color`, in CIELAB; clipping may change L.

    Args:
        L: float (..., 1), L* in [0, 100].
        ab: float (..., 2), CIE a* and b*.
        factor: float; 1 returns what was given.

    Returns:
        Pair of L*, float (..., 1), and a*, b*, float (..., 2).
    """
    if factor == 1.0:
        return L, ab
    rgb = lab_to_rgb(ops.concatenate([L, ab], axis=-1))
    lab = rgb_to_lab(enhance_color(rgb, factor))
    return lab[..., :1], lab[..., 1:]
