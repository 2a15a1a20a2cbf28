"""The formula CIEDE2000, written once for every array library.

Each function takes the namespace `xp` it computes with, as those of
`color.lab_formulas` do. `color.difference` binds `keras.ops`,
`color.cielab_numpy` binds `numpy`.
"""

import math

# Squared chroma or distance below which a color counts as gray, or two
# colors as equal: the root has no gradient there. 1e-6 in Lab units.
_SMALLEST_SQUARE = 1e-12
# Two hues are opposite when they differ by pi up to rounding in float32.
_HUE_TOLERANCE = 2e-6


def delta_e_2000(lab1, lab2, xp):
    """Computes CIEDE2000; see `color.difference.delta_e_2000`.

    Args:
        lab1: float (..., 3), CIE L*, a*, b*.
        lab2: float (..., 3), broadcast against `lab1`.
        xp: `numpy` or `keras.ops`.

    Returns:
        float (...), at least 0.
    """
    L1, a1, b1 = _channels(lab1)
    L2, a2, b2 = _channels(lab2)
    # a is stretched near the gray axis, which changes chroma and hue.
    mean_chroma = (_hypot(a1, b1, xp) + _hypot(a2, b2, xp)) / 2.0
    stretch = 1.5 - 0.5 * _chroma_weight(mean_chroma, xp)
    a1, a2 = a1 * stretch, a2 * stretch
    C1, C2 = _hypot(a1, b1, xp), _hypot(a2, b2, xp)
    hue_step, mean_hue = _hue_step_and_mean(
        _hue(a1, b1, xp), _hue(a2, b2, xp), C1, C2, xp
    )
    mean_chroma = (C1 + C2) / 2.0

    lightness_term = (L2 - L1) / _lightness_scale((L1 + L2) / 2.0, xp)
    chroma_term = (C2 - C1) / (1.0 + 0.045 * mean_chroma)
    hue_scale = 1.0 + 0.015 * mean_chroma * _hue_weight(mean_hue, xp)
    half_sine = xp.sin(hue_step / 2.0)
    # The square is computed without the root of C1 C2, whose slope is
    # unbounded at gray; the rotation term needs the sign and so the root.
    hue_term_squared = 4.0 * C1 * C2 * xp.square(half_sine / hue_scale)
    hue_term = 2.0 * _sqrt(C1 * C2, xp) * half_sine / hue_scale
    return _sqrt(
        xp.square(lightness_term)
        + xp.square(chroma_term)
        + hue_term_squared
        + _rotation(mean_chroma, mean_hue, xp) * chroma_term * hue_term,
        xp,
    )


def _channels(lab):
    return lab[..., 0], lab[..., 1], lab[..., 2]


def _sqrt(x, xp):
    """Takes the square root with the gradient 0, not infinity, near 0."""
    large = x > _SMALLEST_SQUARE
    root = xp.sqrt(xp.where(large, x, xp.ones_like(x)))
    return xp.where(large, root, xp.zeros_like(x))


def _hypot(a, b, xp):
    return _sqrt(xp.square(a) + xp.square(b), xp)


def _hue(a, b, xp):
    """Computes the hue angle in [0, 2 pi); 0 without a gradient for grays."""
    gray = xp.square(a) + xp.square(b) <= _SMALLEST_SQUARE
    hue = xp.arctan2(
        xp.where(gray, xp.zeros_like(b), b),
        xp.where(gray, xp.ones_like(a), a),
    )
    return xp.where(hue < 0.0, hue + 2.0 * math.pi, hue)


def _hue_step_and_mean(h1, h2, C1, C2, xp):
    """Returns the way from h1 to h2 in [-pi, pi], and the hue half way."""
    step = h2 - h1
    half_turn = math.pi + _HUE_TOLERANCE
    wraps = xp.abs(step) > half_turn
    short = xp.where(step > 0.0, step - 2.0 * math.pi, step + 2.0 * math.pi)
    total = h1 + h2
    # With a gray, whose hue is 0, the mean is the hue of the other color.
    has_gray = xp.logical_or(C1 == 0.0, C2 == 0.0)
    turned = xp.where(
        total < 2.0 * math.pi, total + 2.0 * math.pi, total - 2.0 * math.pi
    )
    mean = xp.where(wraps, turned, total) / 2.0
    return xp.where(wraps, short, step), xp.where(has_gray, total, mean)


def _chroma_weight(chroma, xp):
    """Computes sqrt(C^7 / (C^7 + 25^7)) by C / 25, without overflow."""
    ratio = chroma / 25.0
    return xp.power(ratio, 3.5) / xp.sqrt(1.0 + xp.power(ratio, 7.0))


def _lightness_scale(mean_L, xp):
    squared = xp.square(mean_L - 50.0)
    return 1.0 + 0.015 * squared / xp.sqrt(20.0 + squared)


def _hue_weight(hue, xp):
    """Computes T of the formula: how much hue differences count at this hue."""
    return (
        1.0
        - 0.17 * xp.cos(hue - math.radians(30.0))
        + 0.24 * xp.cos(2.0 * hue)
        + 0.32 * xp.cos(3.0 * hue + math.radians(6.0))
        - 0.20 * xp.cos(4.0 * hue - math.radians(63.0))
    )


def _rotation(mean_chroma, mean_hue, xp):
    """Computes R_T, the tilt of the tolerance ellipses in the blue region."""
    offset = (mean_hue - math.radians(275.0)) / math.radians(25.0)
    angle = math.radians(30.0) * xp.exp(-xp.square(offset))
    return -2.0 * _chroma_weight(mean_chroma, xp) * xp.sin(2.0 * angle)
