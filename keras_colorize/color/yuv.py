"""Two kinds of YUV: BT.601, and the offset variant of Dahl's colornet.

Both split a photo into luma Y and two chroma channels; luma is a weighted sum
of *encoded* sRGB and not CIE lightness.
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

# Dahl's residual encoder: JPEG's YCbCr, rounded to three digits.
COLORNET_UV_FROM_RGB = np.array(
    [[-0.169, -0.331, 0.499], [0.499, -0.418, -0.0813]]
)
COLORNET_UV_OFFSET = 0.5
# Its inverse is a table of its own, not the inverse matrix, and its neutral
# chroma is 128 of 255 instead of 0.5.
RGB_FROM_COLORNET_YUV = np.array(
    [[1.0, 0.0, 1.402], [1.0, -0.34414, -0.71414], [1.0, 1.772, 0.0]]
)
COLORNET_NEUTRAL_UV = 128.0 / 255.0


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


def rgb_to_colornet_uv(rgb):
    """Converts sRGB to the chroma target of Dahl's colornet.

    Args:
        rgb: float (..., 3), encoded sRGB in [0, 1].

    Returns:
        float (..., 2), U and V in [0, 1], hence a sigmoid output. Grays have
        U and V of about 0.5: white (0.499, 0.4997), black (0.5, 0.5).

    Raises:
        TypeError: If `rgb` is not floating point.
        ValueError: If the last axis of `rgb` is not 3 long.

    Reference: R. Dahl, Automatic Colorization, 2016.
    """
    rgb = float_with_channels(rgb, 3, "rgb")
    return _matmul(rgb, COLORNET_UV_FROM_RGB) + COLORNET_UV_OFFSET


def colornet_yuv_to_rgb(yuv):
    """Converts luma and colornet chroma to sRGB, clipped to [0, 1].

        R = Y + 1.402 (V - 128/255), and so on

    Not the exact inverse of `rgb_to_colornet_uv`: both are kept as published,
    with rounded factors and two neutral points. A round trip is off by up to
    0.006, which is 1.5 of 255.

    Args:
        yuv: float (..., 3): Y in [0, 1] (BT.601 luma), U and V in [0, 1].

    Returns:
        float (..., 3), encoded sRGB in [0, 1].

    Raises:
        TypeError: If `yuv` is not floating point.
        ValueError: If the last axis of `yuv` is not 3 long.

    Reference: R. Dahl, Automatic Colorization, 2016.
    """
    yuv = float_with_channels(yuv, 3, "yuv")
    neutral = ops.cast(
        [0.0, COLORNET_NEUTRAL_UV, COLORNET_NEUTRAL_UV], yuv.dtype
    )
    return ops.clip(_matmul(yuv - neutral, RGB_FROM_COLORNET_YUV), 0.0, 1.0)


def _matmul(pixels, matrix):
    """Applies `matrix` (out, in) to the last axis of `pixels` (..., in)."""
    return ops.matmul(pixels, ops.cast(matrix.T, pixels.dtype))
