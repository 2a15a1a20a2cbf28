"""The color difference CIEDE2000 between CIELAB values.

Usable as a loss: on any Keras backend, with gradients that are finite
everywhere, also between identical colors and on the gray axis. Reports use
`metrics.fidelity.pixel_delta_e_2000`.
"""

import math

from keras import ops

from keras_colorize.color.checks import float_with_channels

# Squared chroma or distance below which a color counts as gray, or two
# colors as equal: the root has no gradient there. 1e-6 in Lab units.
_SMALLEST_SQUARE = 1e-12
# Two hues are opposite when they differ by pi up to rounding in float32.
_HUE_TOLERANCE = 2e-6


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
    L1, a1, b1 = _channels(float_with_channels(lab1, 3, "lab1"))
    L2, a2, b2 = _channels(float_with_channels(lab2, 3, "lab2"))
    # a is stretched near the gray axis, which changes chroma and hue.
    mean_chroma = (_hypot(a1, b1) + _hypot(a2, b2)) / 2.0
    stretch = 1.5 - 0.5 * _chroma_weight(mean_chroma)
    a1, a2 = a1 * stretch, a2 * stretch
    C1, C2 = _hypot(a1, b1), _hypot(a2, b2)
    hue_step, mean_hue = _hue_step_and_mean(_hue(a1, b1), _hue(a2, b2), C1, C2)
    mean_chroma = (C1 + C2) / 2.0

    lightness_term = (L2 - L1) / _lightness_scale((L1 + L2) / 2.0)
    chroma_term = (C2 - C1) / (1.0 + 0.045 * mean_chroma)
    hue_scale = 1.0 + 0.015 * mean_chroma * _hue_weight(mean_hue)
    half_sine = ops.sin(hue_step / 2.0)
    # The square is computed without the root of C1 C2, whose slope is
    # unbounded at gray; the rotation term needs the sign and so the root.
    hue_term_squared = 4.0 * C1 * C2 * ops.square(half_sine / hue_scale)
    hue_term = 2.0 * _sqrt(C1 * C2) * half_sine / hue_scale
    return _sqrt(
        ops.square(lightness_term)
        + ops.square(chroma_term)
        + hue_term_squared
        + _rotation(mean_chroma, mean_hue) * chroma_term * hue_term
    )


def _channels(lab):
    return lab[..., 0], lab[..., 1], lab[..., 2]


def _sqrt(x):
    """Takes the square root with the gradient 0, not infinity, near 0."""
    large = x > _SMALLEST_SQUARE
    root = ops.sqrt(ops.where(large, x, ops.ones_like(x)))
    return ops.where(large, root, ops.zeros_like(x))


def _hypot(a, b):
    return _sqrt(ops.square(a) + ops.square(b))


def _hue(a, b):
    """Computes the hue angle in [0, 2 pi); 0 without a gradient for grays."""
    gray = ops.square(a) + ops.square(b) <= _SMALLEST_SQUARE
    hue = ops.arctan2(
        ops.where(gray, ops.zeros_like(b), b),
        ops.where(gray, ops.ones_like(a), a),
    )
    return ops.where(hue < 0.0, hue + 2.0 * math.pi, hue)


def _hue_step_and_mean(h1, h2, C1, C2):
    """Returns the way from h1 to h2 in [-pi, pi], and the hue half way."""
    step = h2 - h1
    half_turn = math.pi + _HUE_TOLERANCE
    wraps = ops.abs(step) > half_turn
    short = ops.where(step > 0.0, step - 2.0 * math.pi, step + 2.0 * math.pi)
    total = h1 + h2
    # With a gray, whose hue is 0, the mean is the hue of the other color.
    has_gray = ops.logical_or(C1 == 0.0, C2 == 0.0)
    turned = ops.where(
        total < 2.0 * math.pi, total + 2.0 * math.pi, total - 2.0 * math.pi
    )
    mean = ops.where(wraps, turned, total) / 2.0
    return ops.where(wraps, short, step), ops.where(has_gray, total, mean)


def _chroma_weight(chroma):
    """Computes sqrt(C^7 / (C^7 + 25^7)) by C / 25, without overflow."""
    ratio = chroma / 25.0
    return ops.power(ratio, 3.5) / ops.sqrt(1.0 + ops.power(ratio, 7.0))


def _lightness_scale(mean_L):
    squared = ops.square(mean_L - 50.0)
    return 1.0 + 0.015 * squared / ops.sqrt(20.0 + squared)


def _hue_weight(hue):
    """Computes T of the formula: how much hue differences count at this hue."""
    return (
        1.0
        - 0.17 * ops.cos(hue - math.radians(30.0))
        + 0.24 * ops.cos(2.0 * hue)
        + 0.32 * ops.cos(3.0 * hue + math.radians(6.0))
        - 0.20 * ops.cos(4.0 * hue - math.radians(63.0))
    )


def _rotation(mean_chroma, mean_hue):
    """Computes R_T, the tilt of the tolerance ellipses in the blue region."""
    offset = (mean_hue - math.radians(275.0)) / math.radians(25.0)
    angle = math.radians(30.0) * ops.exp(-ops.square(offset))
    return -2.0 * _chroma_weight(mean_chroma) * ops.sin(2.0 * angle)
