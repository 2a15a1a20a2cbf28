"""Whether a photo is in color already, or gray with a tint."""

import numpy as np
from PIL import Image

from keras_colorize.color.cielab_numpy import rgb_to_lab

# Of 99 photos of Kodak, CID22 and CLIC, 93 are found to be in color at 7; of
# the same in gray, sepia (two strengths) and cyanotype, as JPEG of quality
# 60, one of 396 is. A print with uneven stains counts as color.
_LEAST_DISTANCE = 7.0
_SHARE = 95  # percent of the pixels may be nearer
_LONG_SIDE = 64  # pixels; shrinking averages the noise of JPEG chroma away
_DEGREE = 3
_ROUNDS = 4


def is_colored(rgb: np.ndarray) -> bool:
    """Tells whether a photo has colors, rather than a tint per lightness.

    A toned print (sepia, cyanotype, duotone) has one color for each
    lightness, which changes smoothly. So a tint is fitted to the shrunk
    photo: a and b as cubic functions of L*. In color is a photo of which 5 %
    lie 7 CIE units or more from that tint.

    Args:
        rgb: uint8 (H, W, 3), sRGB.
    """
    return color_spread(rgb) >= _LEAST_DISTANCE


def color_spread(rgb: np.ndarray) -> float:
    """Measures the ab distance from its tint that 95 % of a photo keep."""
    image = Image.fromarray(rgb)
    image.thumbnail((_LONG_SIDE, _LONG_SIDE), Image.Resampling.BOX)
    lab = rgb_to_lab(np.asarray(image, np.float64) / 255.0).reshape(-1, 3)
    powers = (lab[:, :1] / 100.0) ** np.arange(_DEGREE + 1)
    weight = np.ones((len(lab), 1))
    # Distances, not their squares: a few colors do not bend the tint.
    for _ in range(_ROUNDS):
        tint = np.linalg.lstsq(powers * weight, lab[:, 1:] * weight)[0]
        distance = np.linalg.norm(lab[:, 1:] - powers @ tint, axis=1)
        weight = 1.0 / np.sqrt(np.maximum(distance, 1.0))[:, None]
    return float(np.percentile(distance, _SHARE))
