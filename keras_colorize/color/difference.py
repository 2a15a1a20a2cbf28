"""The color difference CIEDE2000 between CIELAB values.

Usable as a loss: on any Keras backend, with gradients that are finite
everywhere, also between identical colors and on the gray axis. Reports use
`metrics.fidelity.pixel_delta_e_2000`.
"""

from keras import ops

from keras_colorize.color import difference_formulas as formulas
from keras_colorize.color.checks import float_with_channels


def delta_e_2000(lab1, lab2):
    """Computes the CIEDE2000 color difference, with all parametric factors 1.

    Corrects ΔE 1976 for how the eye weighs lightness, chroma and hue. The
    formula jumps where two hues are opposite: there gradients are one-sided.

    Args:
        lab1: float (..., 3), CIE L*, a*, b*.
        lab2: float (..., 3), broadcast against `lab1`.

    Returns:
        float (...), at least 0; about 1 is just noticeable.

    Raises:
        TypeError: If an argument is not floating point.
        ValueError: If a last axis is not 3 long.

    Reference: Sharma, Wu, Dalal, The CIEDE2000 color-difference formula,
    Color Research and Application 30(1), 2005.
    """
    lab1 = float_with_channels(lab1, 3, "lab1")
    lab2 = float_with_channels(lab2, 3, "lab2")
    return formulas.delta_e_2000(lab1, lab2, ops)
