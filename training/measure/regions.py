"""Color where people look first: on walls that have none, and on skin.

Both kinds of pixels are found by the colors of the true photo: near-neutral
ones whose surroundings are even, and those of the hue and chroma of skin, on
photos that have enough of them. What only looks like skin (wood, bread, sand)
counts as well.
"""

from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from scipy.ndimage import uniform_filter

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.serving.images.read import read_photo
from training.measure.scoring import Colorize
from training.measure.scoring import map_photos

_FLAT_WINDOW = 9  # pixels
_FLAT_DEVIATION = 3.0  # of L* in the window
_NEUTRAL_CHROMA = 6.0
# CIE L*, hue in degrees and chroma of skin in photos, light and dark.
_SKIN_L = (25.0, 90.0)
_SKIN_HUE = (25.0, 75.0)
_SKIN_CHROMA = (10.0, 40.0)
_SMALLEST_SHARE = 0.03  # of a photo's pixels, else it is left out


def flat_mask(lab: np.ndarray) -> np.ndarray:
    """Finds walls, skies in clouds and other even, colorless areas.

    Args:
        lab: float (H, W, 3), CIE L*, a*, b* of a true photo.

    Returns:
        bool (H, W).
    """
    L = lab[..., 0].astype(np.float64)
    mean = uniform_filter(L, _FLAT_WINDOW)
    variance = uniform_filter(L * L, _FLAT_WINDOW) - mean * mean
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    return (variance < _FLAT_DEVIATION**2) & (chroma < _NEUTRAL_CHROMA)


def skin_mask(lab: np.ndarray) -> np.ndarray:
    """Finds what has the color of skin.

    Args:
        lab: float (H, W, 3), CIE L*, a*, b* of a true photo.

    Returns:
        bool (H, W).
    """
    L, a, b = np.moveaxis(lab, -1, 0)
    hue, chroma = np.degrees(np.arctan2(b, a)), np.hypot(a, b)
    is_skin = np.ones(L.shape, bool)
    for values, (low, high) in (
        (L, _SKIN_L),
        (hue, _SKIN_HUE),
        (chroma, _SKIN_CHROMA),
    ):
        is_skin &= (values >= low) & (values <= high)
    return is_skin


def measure_regions(
    paths: Sequence[str],
    colorizers: Mapping[str, Colorize],
    console: Console,
) -> list[dict]:
    """Measures the color of even backgrounds and of skin.

    Args:
        paths: readable photo files.
        colorizers: by the name of the setting.
        console: for the progress.

    Returns:
        One dict per setting: setting; flat_photos and skin_photos, how many
        have enough such pixels; flat_chroma_error, mean distance in ab from
        the truth on even backgrounds; skin_hue_error, mean angle in degrees
        between the hues of skin; skin_chroma_ratio, mean chroma of skin over
        the true one. None where no photo has such pixels.
    """

    def score_one(path):
        truth = read_photo(path).rgb
        return {
            name: _score(truth, colorize(truth))
            for name, colorize in colorizers.items()
        }

    scored = list(map_photos(score_one, paths, "Regions", console))
    return [
        {"setting": name, **_means([photo[name] for photo in scored])}
        for name in colorizers
    ]


def _score(truth, image):
    true_lab, lab = (
        rgb_to_lab(x.astype(np.float32) / 255.0) for x in (truth, image)
    )
    flat, skin = (
        mask if mask.mean() >= _SMALLEST_SHARE else None
        for mask in (flat_mask(true_lab), skin_mask(true_lab))
    )
    scores = {}
    if flat is not None:
        difference = (lab - true_lab)[flat][:, 1:]
        scores["flat_chroma_error"] = np.hypot(*difference.T).mean()
    if skin is not None:
        (true_a, true_b), (a, b) = true_lab[skin][:, 1:].T, lab[skin][:, 1:].T
        # The angle between both, which needs no care at 360 degrees.
        cross, dot = true_a * b - true_b * a, true_a * a + true_b * b
        angle = np.degrees(np.abs(np.arctan2(cross, dot)))
        scores["skin_hue_error"] = angle.mean()
        chroma = np.hypot(a, b).mean()
        scores["skin_chroma_ratio"] = chroma / np.hypot(true_a, true_b).mean()
    return scores


def _means(scores):
    def mean_of(name):
        values = [row[name] for row in scores if name in row]
        return float(np.mean(values)) if values else None

    return {
        "flat_photos": sum("flat_chroma_error" in row for row in scores),
        "skin_photos": sum("skin_hue_error" in row for row in scores),
        **{
            name: mean_of(name)
            for name in (
                "flat_chroma_error",
                "skin_hue_error",
                "skin_chroma_ratio",
            )
        },
    }
