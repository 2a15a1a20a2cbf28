"""sRGB to CIELAB and back with NumPy: the deployment path has no Keras.

Same formulas as `color.cielab` (both bind `color.lab_formulas`) and
`color.difference`; tests keep their numbers equal.
"""

import numpy as np

from keras_colorize.color import difference_formulas
from keras_colorize.color import lab_formulas as formulas

_Y_FROM_LINEAR_RGB = formulas.XYZ_FROM_LINEAR_RGB[1].astype(np.float32)


def rgb_to_lab(rgb):
    """Converts sRGB to CIELAB (D65, 2 degrees).

    Args:
        rgb: float array (..., 3), encoded sRGB in [0, 1].

    Returns:
        float array (..., 3), L* in [0, 100] and CIE a*, b*. Same dtype.

    Raises:
        ValueError: If values are levels up to 255.
    """
    formulas.refuse_levels(rgb, "rgb")
    return formulas.lab_from_rgb(rgb, np)


def lab_to_rgb(lab):
    """Converts CIELAB to sRGB, clipped to the sRGB gamut.

    Args:
        lab: float array (..., 3), CIE L*, a*, b*.

    Returns:
        float array (..., 3), encoded sRGB in [0, 1]. Same dtype.
    """
    return formulas.rgb_from_lab(lab, np)


def luma_to_L(luma):
    """Converts encoded neutral gray in [0, 1], (..., 1), to L*."""
    return formulas.L_from_luma(luma, np)


def L_to_luma(L):
    """Converts L* in [0, 100], (..., 1), to encoded neutral gray."""
    return formulas.luma_from_L(L, np)


def delta_e_2000(lab1, lab2):
    """Computes the CIEDE2000 color difference of float arrays (..., 3)."""
    return difference_formulas.delta_e_2000(lab1, lab2, np)


def gray_of_photo(image):
    """Gives the 8-bit gray that has the lightness L* of a photo.

    Args:
        image: uint8 (..., 3), encoded sRGB.

    Returns:
        uint8 (...), encoded neutral gray: the luminance Y of linear light,
        encoded and rounded. L* differs by less than 0.3 from the photo's.
    """
    Y = formulas.LINEAR_FROM_UINT8[image] @ _Y_FROM_LINEAR_RGB
    encoded = np.clip(formulas.srgb_from_linear(Y, np), 0.0, 1.0)
    return np.rint(encoded * 255.0).astype(np.uint8)
