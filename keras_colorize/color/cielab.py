"""sRGB to CIELAB and back, neutral gray to L and back, on any Keras backend.

The formulas are in `color.lab_formulas`. Works on eager tensors, inside
`tf.data`, in exported graphs, and under the JAX and PyTorch backends.
"""

import keras
from keras import ops

from keras_colorize.color import lab_formulas as formulas


def rgb_to_lab(rgb):
    """Converts sRGB to CIELAB (D65, 2 degree observer).

    Args:
        rgb: float (..., 3), encoded sRGB in [0, 1].

    Returns:
        float (..., 3): L* in [0, 100], a* in [-86.2, 98.2] and b* in
        [-107.9, 94.5]. At least float32; gradients are finite everywhere.

    Raises:
        TypeError: If `rgb` is not floating point.
        ValueError: If the last axis of `rgb` is not 3 long.

    Reference: IEC 61966-2-1 (sRGB); CIE 15:2004 (CIELAB).
    """
    return formulas.lab_from_rgb(_float_with_channels(rgb, 3, "rgb"), ops)


def linear_to_lab(linear_rgb):
    """Converts linear-light sRGB (..., 3) in [0, 1] to CIELAB (..., 3).

    For callers that removed the sRGB curve themselves, such as pipelines
    that look the 256 values of a uint8 photo up in a table.
    """
    linear_rgb = _float_with_channels(linear_rgb, 3, "linear_rgb")
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
    return formulas.rgb_from_lab(_float_with_channels(lab, 3, "lab"), ops)


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
    return formulas.L_from_luma(_float_with_channels(luma, 1, "luma"), ops)


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
    return formulas.luma_from_L(_float_with_channels(L, 1, "L"), ops)


def _float_with_channels(x, num_channels, name):
    x = ops.convert_to_tensor(x)
    dtype = keras.backend.standardize_dtype(x.dtype)
    if not keras.backend.is_float_dtype(dtype):
        raise TypeError(
            f"`{name}` must be floating point (uint8 photos: cast and divide "
            f"by 255 first). Received: dtype={dtype}."
        )
    if x.shape[-1] != num_channels:
        raise ValueError(
            f"`{name}` must have {num_channels} channel(s) on its last axis. "
            f"Received: shape={tuple(x.shape)}."
        )
    # Half precision steps are 0.5 near |ab| = 100: colour needs float32.
    half = dtype in ("float16", "bfloat16")
    return ops.cast(x, "float32") if half else x
