"""Whether a photo is in color already, or gray with a tint."""

import numpy as np
from PIL import Image

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.serving.images.exif import is_ours
from keras_colorize.serving.images.read import Photo

# At these numbers, 95 of 99 photos of Kodak, CID22 and CLIC and 298 of 300
# everyday ones are found to be in color, and 2 of 1,995 copies of the same
# in gray, sepia (two strengths), selenium and cyanotype as JPEG of quality
# 60. A print with uneven stains counts as color.
_LEAST_DISTANCE = 5.4
_SHARE = 98  # percent of the squares may be nearer
_LONG_SIDE = 256  # pixels
_SQUARE = 8  # pixels; the noise of JPEG chroma averages out in it
_DEGREE = 3
_ROUNDS = 4


def is_in_color(photo: Photo) -> bool:
    """Says whether a photo is in color already, because it was colorized or so.

    Its Software entry decides first: results with few colors are results.
    """
    return is_ours(photo.exif) or is_colored(photo.rgb)


def is_colored(rgb: np.ndarray) -> bool:
    """Says whether a photo has colors, rather than one tint for each lightness.

    A toned print (sepia, cyanotype, duotone) has one color for each
    lightness, which changes smoothly. So a tint is fitted to the photo: a
    and b as cubic functions of L*. In color is a photo of which 2 % lie 5.4
    CIE units or more from that tint, averaged over small squares.

    Args:
        rgb: uint8 (H, W, 3), sRGB.
    """
    return color_spread(rgb) >= _LEAST_DISTANCE


def color_spread(rgb: np.ndarray) -> float:
    """Measures the distance in ab from its tint that 98 % of a photo keep."""
    image = Image.fromarray(rgb)
    image.thumbnail((_LONG_SIDE, _LONG_SIDE), Image.Resampling.BOX)
    image = np.asarray(image, np.float64) / 255.0
    padding = [(0, -side % _SQUARE) for side in image.shape[:2]]
    lab = rgb_to_lab(np.pad(image, (*padding, (0, 0)), mode="edge"))
    height, width = lab.shape[:2]
    lab = lab.reshape(-1, 3)
    powers = (lab[:, :1] / 100.0) ** np.arange(_DEGREE + 1)
    weight = np.ones((len(lab), 1))
    # Distances, not their squares: a few colors do not bend the tint.
    for _ in range(_ROUNDS):
        tint = np.linalg.lstsq(powers * weight, lab[:, 1:] * weight)[0]
        offsets = lab[:, 1:] - powers @ tint
        distance = np.linalg.norm(offsets, axis=1)
        weight = 1.0 / np.sqrt(np.maximum(distance, 1.0))[:, None]
    # Averaged after the fit: colors of a bent tint average to none of its.
    squares = (height // _SQUARE, _SQUARE, width // _SQUARE, _SQUARE, 2)
    offsets = offsets.reshape(squares).mean(axis=(1, 3))
    return float(np.percentile(np.linalg.norm(offsets, axis=-1), _SHARE))
