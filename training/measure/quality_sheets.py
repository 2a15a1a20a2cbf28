"""Photos for the eye: old gray ones, and the worst and best of the bench."""

from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import skimage
from PIL import Image

from keras_colorize.color.cielab_numpy import gray_of_photo
from keras_colorize.serving.images.read import read_photo
from training.measure.evaluation import Evaluation
from training.measure.quality_settings import Setting
from training.measure.sheets import make_sheet

# Photographs without color that come inside the package scikit-image; what
# is not in it would have to be downloaded and is not looked at.
_GRAY_PHOTOS = (
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
_PRINTED_PHOTOS = ("camera", "astronaut", "coffee", "chelsea")
_PHOTOS_A_SHEET = 6


def legacy_photos() -> dict[str, np.ndarray]:
    """Gray photographs of scikit-image by name, uint8 (H, W, 3)."""
    return _read_bundled(_GRAY_PHOTOS)


def photos_for_prints() -> dict[str, np.ndarray]:
    """Everyday photos of scikit-image in gray by name, uint8 (H, W, 3)."""
    photos = _read_bundled(_PRINTED_PHOTOS)
    return {name: gray_of(photo) for name, photo in photos.items()}


def gray_of(image: np.ndarray) -> np.ndarray:
    """The gray photo of the same lightness, uint8 (H, W, 3) as `image`."""
    return np.repeat(gray_of_photo(image)[..., None], 3, axis=-1)


def legacy_sheet(
    colorize: Callable[..., np.ndarray], settings: Mapping[str, Setting]
) -> Image.Image:
    """Lays out gray | each setting, one row per legacy photograph."""
    rows = [
        (name, (photo, *_colorized(colorize, settings, photo)))
        for name, photo in legacy_photos().items()
    ]
    return make_sheet(rows, ("gray", *settings))


def extreme_sheet(
    evaluation: Evaluation,
    colorize: Callable[..., np.ndarray],
    settings: Mapping[str, Setting],
    best: bool,
) -> Image.Image:
    """Lays out the photos that gained or lost most against gray.

    Args:
        evaluation: with the methods "balanced" and "gray".
        colorize: `Predictor.colorize`.
        settings: by name; columns between gray and truth.
        best: whether to show the largest gains of PSNR instead of the
            largest losses.

    Returns:
        gray | each setting | truth, the most extreme photo first.
    """
    gains = gains_over_gray(evaluation)
    order = np.argsort(-gains if best else gains, kind="stable")
    rows = []
    for i in order[:_PHOTOS_A_SHEET]:
        truth = read_photo(evaluation.paths[i]).rgb
        name = Path(evaluation.paths[i]).name
        label = f"{name}   PSNR {gains[i]:+.2f} dB against gray"
        pictures = _colorized(colorize, settings, truth)
        rows.append((label, (gray_of(truth), *pictures, truth)))
    return make_sheet(rows, ("gray", *settings, "truth"))


def gains_over_gray(evaluation: Evaluation) -> np.ndarray:
    """PSNR of the balanced setting minus gray's, float (photos,), dB."""
    scores = evaluation.scores
    return np.array(
        [
            model["psnr"] - gray["psnr"]
            for model, gray in zip(
                scores["balanced"], scores["gray"], strict=True
            )
        ]
    )


def _colorized(colorize, settings, photo):
    return [
        colorize(photo, strength=s.strength, temperature=s.temperature)
        for s in settings.values()
    ]


def _read_bundled(names):
    folder = Path(skimage.__file__).parent / "data"
    paths = {name: folder / f"{name}.png" for name in names}
    return {n: read_photo(p).rgb for n, p in paths.items() if p.is_file()}
