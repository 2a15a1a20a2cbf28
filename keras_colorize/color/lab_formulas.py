"""CIELAB formulas, written once for every array library.

Each function takes the namespace `xp` it computes with: `numpy` or
`keras.ops`, whose functions have the same names. `color.cielab` binds
`keras.ops` (for models, losses and `tf.data`), `color.cielab_numpy` binds
`numpy` (for the deployment path, which has no Keras).

Colors are sRGB (IEC 61966-2-1) under illuminant D65 and the 2 degree
observer; matrices and thresholds are the ones scikit-image uses, so that
numbers can be compared.
"""

import numpy as np

# IEC 61966-2-1, rounded as in the standard's own annex.
XYZ_FROM_LINEAR_RGB = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
LINEAR_RGB_FROM_XYZ = np.linalg.inv(XYZ_FROM_LINEAR_RGB)
WHITE_XYZ = np.array([0.95047, 1.0, 1.08883])  # D65, 2 degrees

_SRGB_KNEE = 0.04045
_LINEAR_KNEE = 0.0031308
_CIE_EPSILON = 0.008856
_CIE_SLOPE = 7.787
_CIE_OFFSET = 16.0 / 116.0
CIE_F_KNEE = 0.2068966


def primaries_from_srgb(primaries):
    """Computes the matrix from linear sRGB to other primaries, white D65.

    Gray stays the same gray exactly.

    Args:
        primaries: CIE x and y of red, green and blue, (3, 2).

    Returns:
        float64 (3, 3), for columns of linear light.
    """
    x, y = np.array(primaries).T
    columns = np.stack([x / y, np.ones(3), (1.0 - x - y) / y])
    white = XYZ_FROM_LINEAR_RGB.sum(axis=1)
    xyz_from_rgb = columns * np.linalg.solve(columns, white)
    return np.linalg.inv(xyz_from_rgb) @ XYZ_FROM_LINEAR_RGB


def known_values(x):
    """Returns numbers that can be looked at: None inside a graph.

    Args:
        x: array, number, or tensor of any library.

    Returns:
        NumPy array, or None for a tensor that has no values yet, or would
        have to be fetched from an accelerator.
    """
    try:
        return np.asarray(x)
    except (TypeError, ValueError, RuntimeError, NotImplementedError):
        return None


def refuse_levels(rgb, name):
    """Refuses photos in [0, 255] where [0, 1] is meant.

    Args:
        rgb: see `known_values`; not looked at inside a graph.
        name: str, how the caller's argument is called.

    Raises:
        ValueError: If a value is above 2: a little above 1 is rounding.
    """
    values = known_values(rgb)
    if values is not None and values.size and values.max() > 2.0:
        raise ValueError(
            f"`{name}` must be in [0, 1]: divide 8-bit levels by 255. "
            f"Received: values up to {values.max():g}."
        )


def linear_from_srgb(rgb, xp):
    """Removes the sRGB curve: encoded [0, 1] to linear light [0, 1]."""
    # The power only ever sees values above the knee: no infinite slope at 0.
    curved = xp.power((xp.maximum(rgb, _SRGB_KNEE) + 0.055) / 1.055, 2.4)
    return xp.where(rgb > _SRGB_KNEE, curved, rgb / 12.92)


# The sRGB curve of the 256 values of a uint8 photo: a look-up instead of a
# power per pixel.
LINEAR_FROM_UINT8 = linear_from_srgb(np.arange(256) / 255.0, np).astype(
    np.float32
)
LINEAR_FROM_UINT8.setflags(write=False)


def srgb_from_linear(linear_rgb, xp):
    """Applies the sRGB curve: linear light to encoded values, unclipped."""
    safe = xp.maximum(linear_rgb, _LINEAR_KNEE)
    curved = 1.055 * xp.power(safe, 1.0 / 2.4) - 0.055
    return xp.where(linear_rgb > _LINEAR_KNEE, curved, 12.92 * linear_rgb)


def f_from_ratio(ratio, xp):
    """Computes CIE f(t): the cube root with a straight line near black."""
    # A cube root as exp(log / 3): four times faster than a power here.
    root = xp.exp(xp.log(xp.maximum(ratio, _CIE_EPSILON)) / 3.0)
    line = _CIE_SLOPE * ratio + _CIE_OFFSET
    return xp.where(ratio > _CIE_EPSILON, root, line)


def ratio_from_f(f, xp):
    """Inverts `f_from_ratio`."""
    line = (f - _CIE_OFFSET) / _CIE_SLOPE
    return xp.where(f > CIE_F_KNEE, f * f * f, line)


def lab_from_linear(linear_rgb, xp):
    """Converts linear light (..., 3) to L*, a*, b* (..., 3)."""
    to_ratio = (XYZ_FROM_LINEAR_RGB / WHITE_XYZ[:, None]).T
    f = f_from_ratio(_matmul(linear_rgb, to_ratio, xp), xp)
    fx, fy, fz = f[..., 0:1], f[..., 1:2], f[..., 2:3]
    return xp.concatenate(
        [116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz)], axis=-1
    )


def lab_from_rgb(rgb, xp):
    """Converts encoded sRGB (..., 3) to L*, a*, b* (..., 3)."""
    return lab_from_linear(linear_from_srgb(rgb, xp), xp)


def linear_from_lab(lab, xp):
    """Converts L*, a*, b* (..., 3) to linear light (..., 3), not clipped."""
    fy = (lab[..., 0:1] + 16.0) / 116.0
    fx = lab[..., 1:2] / 500.0 + fy
    fz = xp.maximum(fy - lab[..., 2:3] / 200.0, 0.0)
    ratio = ratio_from_f(xp.concatenate([fx, fy, fz], axis=-1), xp)
    to_linear = (LINEAR_RGB_FROM_XYZ * WHITE_XYZ[None, :]).T
    return _matmul(ratio, to_linear, xp)


def rgb_from_lab(lab, xp):
    """Converts L*, a*, b* (..., 3) to encoded sRGB, clipped to [0, 1]."""
    linear_rgb = linear_from_lab(lab, xp)
    return xp.clip(srgb_from_linear(linear_rgb, xp), 0.0, 1.0)


def L_from_luma(luma, xp):
    """Converts neutral gray (..., 1) to L*; the row of Y sums to 1."""
    return 116.0 * f_from_ratio(linear_from_srgb(luma, xp), xp) - 16.0


def luma_from_L(L, xp):
    """Converts L* (..., 1) to the encoded gray of that lightness, [0, 1]."""
    linear = ratio_from_f((L + 16.0) / 116.0, xp)
    return xp.clip(srgb_from_linear(linear, xp), 0.0, 1.0)


def _matmul(pixels, matrix, xp):
    return xp.matmul(pixels, xp.array(matrix, dtype=pixels.dtype))
