"""The square grid of 23 x 23 ab bins over which SIGGRAPH17 classifies.

Unlike the bins of `gamut.AbGamut` it has all points of the grid, also those
that no sRGB color comes near, and a color belongs to one bin alone.

    index = 23 round((a + 110) / 10) + round((b + 110) / 10)
"""

from keras import ops

from keras_colorize.color.checks import float_with_channels

GRID_STEP = 10.0  # CIE ab units
GRID_HALF_RANGE = 110.0  # CIE ab units
GRID_SIDE = 23  # bins along a and along b
NUM_GRID_BINS = GRID_SIDE**2  # 529


def encode_grid(ab):
    """Gives the bin of each color.

    Args:
        ab: float (..., 2), CIE a* and b*. Colors beyond the grid belong to
            the bin at its border.

    Returns:
        int32 (...), in [0, 528]. Midway between two bins the one with the
        even number along that axis.

    Raises:
        TypeError: If `ab` is not floating point.
        ValueError: If the last axis is not 2 long.

    Reference: the PyTorch training code of Zhang et al., Real-Time
    User-Guided Image Colorization, SIGGRAPH 2017.
    """
    ab = float_with_channels(ab, 2, "ab")
    steps = ops.round((ab + GRID_HALF_RANGE) / GRID_STEP)
    steps = ops.cast(ops.clip(steps, 0, GRID_SIDE - 1), "int32")
    return GRID_SIDE * steps[..., 0] + steps[..., 1]
