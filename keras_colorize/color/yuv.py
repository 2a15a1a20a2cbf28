"""YUV of BT.601: luma Y and two chroma channels.

Luma is a weighted sum of *encoded* sRGB and not CIE lightness.
"""

import numpy as np
from keras import ops

from keras_colorize.color.checks import float_with_channels

# ITU-R BT.601 luma; U and V are scaled B - Y and R - Y, at the precision that
# scikit-image and TensorFlow use.
YUV_FROM_RGB = np.array(
    [
        [0.299, 0.587, 0.114],
        [-0.14714119, -0.28886916, 0.43601035],
        [0.61497538, -0.51496512, -0.10001026],
    ]
)
RGB_FROM_YUV = np.linalg.inv(YUV_FROM_RGB)


def rgb_to_yuv(rgb):
    """Converts sRGB to BT.601 YUV.

    Args:
        rgb: float (..., 3), encoded sRGB in [0, 1].

    Returns:
        float (..., 3): Y in [0, 1], U in [-0.436, 0.436], V in
        [-0.615, 0.615]; grays have U = V = 0.

    Raises:
        TypeError: If `rgb` is not floating point.
        ValueError: If the last axis of `rgb` is not 3 long.

    Reference: ITU-R BT.601.
    """
    rgb = float_with_channels(rgb, 3, "rgb")
    return _matmul(rgb, YUV_FROM_RGB)


def yuv_to_rgb(yuv):
    """Converts BT.601 YUV to sRGB, clipped to [0, 1].

    Args:
        yuv: float (..., 3): Y in [0, 1], U and V as `rgb_to_yuv` gives them.

    Returns:
        float (..., 3), encoded sRGB in [0, 1].

    Raises:
        TypeError: If `yuv` is not floating point.
        ValueError: If the last axis of `yuv` is not 3 long.
    """
    yuv = float_with_channels(yuv, 3, "yuv")
    return ops.clip(_matmul(yuv, RGB_FROM_YUV), 0.0, 1.0)


def _matmul(pixels, matrix):
    """Applies `matrix` (out, in) to the last axis of `pixels` (..., in)."""
    return ops.matmul(pixels, ops.cast(matrix.T, pixels.dtype))
