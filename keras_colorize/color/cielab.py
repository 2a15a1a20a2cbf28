"""sRGB to CIELAB and back, neutral gray to L and back, on any Keras backend.

The formulas are in `color.lab_formulas`. Works on eager tensors, inside
`tf.data`, in exported graphs, and under the JAX and PyTorch backends.
"""

from keras import ops

from keras_colorize.color import lab_formulas as formulas
from keras_colorize.color.checks import float_with_channels

# Smallest and largest a* and b* over all 8-bit sRGB colors.
AB_MIN = (-86.183, -107.857)
AB_MAX = (98.233, 94.478)


def rgb_to_lab(rgb):
    """Converts sRGB to CIELAB (D65, 2 degree observer).

    Args:
        rgb: float (..., 3), encoded sRGB in [0, 1].

    Returns:
        float (..., 3): L* in [0, 100], a* in [-86.2, 98.2] and b* in
        [-107.9, 94.5]. At least float32; gradients are finite everywhere.

    Raises:
        TypeError: If `rgb` is not floating point.
        ValueError: If the last axis of `rgb` is not 3 long, or, outside
            graphs, values are levels up to 255.

    Reference: IEC 61966-2-1 (sRGB); CIE 15:2004 (CIELAB).
    """
    checked = float_with_channels(rgb, 3, "rgb")
    formulas.refuse_levels(rgb, "rgb")
    return formulas.lab_from_rgb(checked, ops)


def linear_to_lab(linear_rgb):
    """Converts linear-light sRGB (..., 3) in [0, 1] to CIELAB (..., 3).

    For callers that removed the sRGB curve themselves, such as pipelines
    that look the 256 values of a uint8 photo up in a table.
    """
    linear_rgb = float_with_channels(linear_rgb, 3, "linear_rgb")
    return formulas.lab_from_linear(linear_rgb, ops)


def lab_to_rgb(lab):
    """Converts CIELAB to sRGB, clipped to the sRGB gamut.

    Args:
        lab: float (..., 3), CIE L*, a*, b*. Values outside the sRGB gamut
            are clipped per channel, where the gradient becomes zero.

    Returns:
        float (..., 3), encoded sRGB in [0, 1]. At least float32.

    Raises:
        TypeError: If `lab` is not floating point.
        ValueError: If the last axis of `lab` is not 3 long.
    """
    return formulas.rgb_from_lab(float_with_channels(lab, 3, "lab"), ops)


def luma_to_L(luma):
    """Converts encoded neutral gray to lightness.

    Args:
        luma: float (..., 1), the common value of R = G = B in [0, 1]. This
            is not L*/100: gray 0.4663 has L* = 50.

    Returns:
        float (..., 1), L* in [0, 100].

    Raises:
        TypeError: If `luma` is not floating point.
        ValueError: If the last axis of `luma` is not 1 long.
    """
    return formulas.L_from_luma(float_with_channels(luma, 1, "luma"), ops)


def L_to_luma(L):
    """Converts lightness to encoded neutral gray; inverse of `luma_to_L`.

    Args:
        L: float (..., 1), L* in [0, 100].

    Returns:
        float (..., 1), encoded gray in [0, 1].

    Raises:
        TypeError: If `L` is not floating point.
        ValueError: If the last axis of `L` is not 1 long.
    """
    return formulas.luma_from_L(float_with_channels(L, 1, "L"), ops)


def clip_ab(ab):
    """Clips chroma to the largest values that sRGB has at any lightness.

    Args:
        ab: float (..., 2), CIE a* and b*.

    Returns:
        float (..., 2), between `AB_MIN` and `AB_MAX`.

    Raises:
        TypeError: If `ab` is not floating point.
        ValueError: If the last axis of `ab` is not 2 long.
    """
    ab = float_with_channels(ab, 2, "ab")
    lowest, highest = (
        ops.convert_to_tensor(x, ab.dtype) for x in (AB_MIN, AB_MAX)
    )
    return ops.minimum(ops.maximum(ab, lowest), highest)
