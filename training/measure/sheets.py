"""Photos for the eye: some at random, the worst and best, old gray ones."""

from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.sheet import make_sheet
from training.measure.inputs import bundled_photos
from training.measure.inputs import gray_of
from training.measure.report import names_below
from training.measure.scoring import Colorize
from training.measure.scoring import PhotoScores

# Photographs without color.
_LEGACY_PHOTOS = (
    "camera",
    "clock_motion",
    "coins",
    "moon",
    "page",
    "text",
    "brick",
    "grass",
    "gravel",
    "cell",
)
_RANDOM_PHOTOS = 12
_EXTREME_PHOTOS = 6


def random_sheet(
    result: PhotoScores, colorize: Colorize, seed: int = 0
) -> Image.Image:
    """Lays out gray | ours | truth of photos chosen by a fixed seed.

    The choice does not look at the scores.

    Args:
        result: with the colorizers "model" and "gray".
        colorize: the model.
        seed: of the choice.
    """
    names = names_below(result.paths)
    order = np.random.default_rng(seed).permutation(len(names))
    rows, labels = [], []
    for i in sorted(order[:_RANDOM_PHOTOS]):
        delta_e = result.scores["model"][i]["delta_e_mean"]
        gray_delta_e = result.scores["gray"][i]["delta_e_mean"]
        labels.append(
            f"{names[i]}   CIEDE2000 {delta_e:.1f} (gray {gray_delta_e:.1f})"
        )
        truth = read_photo(result.paths[i]).rgb
        rows.append((gray_of(truth), colorize(truth), truth))
    return make_sheet(rows, ("gray", "ours", "truth"), labels)


def chosen_sheet(
    result: PhotoScores, colorize: Colorize, places: Sequence[int]
) -> Image.Image:
    """Lays out gray | ours | truth of chosen photos, with their scores.

    Args:
        result: with the colorizers "model" and "gray".
        colorize: the model.
        places: of the photos in `result`, in the order to show them.
    """
    names = names_below(result.paths)
    rows, labels = [], []
    for i in places:
        ours, gray = result.scores["model"][i], result.scores["gray"][i]
        labels.append(
            f"{names[i]}   {ours['psnr']:.1f} dB, SSIM {ours['ssim']:.3f} "
            f"(gray {gray['psnr']:.1f}, {gray['ssim']:.3f})"
        )
        truth = read_photo(result.paths[i]).rgb
        rows.append((gray_of(truth), colorize(truth), truth))
    return make_sheet(rows, ("gray", "ours", "truth"), labels)


def legacy_sheet(colorizers: Mapping[str, Colorize]) -> Image.Image:
    """Lays out gray | each setting, one row per photograph without color."""
    photos = bundled_photos(_LEGACY_PHOTOS)
    rows = [
        (photo, *(colorize(photo) for colorize in colorizers.values()))
        for photo in photos.values()
    ]
    return make_sheet(rows, ("gray", *colorizers), [*photos])


def extreme_sheet(
    result: PhotoScores, colorizers: Mapping[str, Colorize], best: bool
) -> Image.Image:
    """Lays out the photos that gained or lost most against gray.

    Args:
        result: with the colorizers "natural" and "gray".
        colorizers: by setting; columns between gray and truth.
        best: whether to show the largest gains of PSNR instead of the
            largest losses.

    Returns:
        gray | each setting | truth, the most extreme photo first.
    """
    gains = gains_over_gray(result)
    order = np.argsort(-gains if best else gains, kind="stable")
    rows, labels = [], []
    for i in order[:_EXTREME_PHOTOS]:
        name = Path(result.paths[i]).name
        labels.append(f"{name}   PSNR {gains[i]:+.2f} dB against gray")
        truth = read_photo(result.paths[i]).rgb
        colorized = (colorize(truth) for colorize in colorizers.values())
        rows.append((gray_of(truth), *colorized, truth))
    return make_sheet(rows, ("gray", *colorizers, "truth"), labels)


def gains_over_gray(result: PhotoScores) -> np.ndarray:
    """Returns the PSNR of "natural" minus gray's, float (photos,), dB."""
    natural, gray = (
        np.array([score["psnr"] for score in result.scores[name]])
        for name in ("natural", "gray")
    )
    return natural - gray
