"""What an evaluation starts from: photos, mean color, class prior."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import skimage

from keras_colorize.color.cielab_numpy import gray_of_photo
from keras_colorize.color.gamut import AbGamut
from keras_colorize.data.arrays import ArrayPhotos
from keras_colorize.data.catalog import find_photos
from keras_colorize.data.photo_list import list_folder
from keras_colorize.data.photo_list import pick_random
from keras_colorize.data.priors import load_prior
from keras_colorize.data.priors import mean_ab
from keras_colorize.data.scan import ScanReport
from keras_colorize.data.scan import scan_photos
from keras_colorize.metrics.fidelity import SSIM_WINDOW
from keras_colorize.serving.images.read import read_photo


def find_evaluation_photos(
    data: str, data_dir: Path | None, split: str, limit: int | None
) -> tuple[list[str], ScanReport]:
    """Finds the photos to evaluate on and leaves out the unusable ones.

    Args:
        data: folder of photos, or name of a data set of photo files.
        data_dir: folder of the data sets.
        split: "train", "val" or "test"; "all" for each photo of a folder.
        limit: photos to keep, drawn by a fixed seed; None for all.

    Returns:
        Paths, and the report: broken, gray and tiny photos with the reason.

    Raises:
        ValueError: If there is no usable photo, or the data set is published
            as arrays.
        OSError: If the data set is not there.
    """
    if split == "all":
        if not Path(data).is_dir():
            raise ValueError(
                f"There is no folder {data!r}. For a data set of "
                "datasets.yaml choose --split train, val or test."
            )
        photos = list_folder(data, data, split)
        if limit is not None and limit < len(photos):
            photos = pick_random(photos, 0, limit)
    else:
        photos = find_photos(data, data_dir, split=split, limit=limit)
    if isinstance(photos, ArrayPhotos):
        raise ValueError(
            f"Expected photo files. Received: {data!r}, which is published "
            "as arrays."
        )
    report = scan_photos(photos, min_side=SSIM_WINDOW)
    if not report.usable:
        raise ValueError(
            f"No photo in {data!r} can be scored: {report.summary()}."
        )
    return list(report.usable), report


def bundled_photos(names: Iterable[str]) -> dict[str, np.ndarray]:
    """Reads photos that come inside the package scikit-image.

    Args:
        names: of the photos. What is not in the package would have to be
            downloaded, and is left out.

    Returns:
        uint8 (H, W, 3) by name, sRGB.
    """
    folder = Path(skimage.__file__).parent / "data"
    paths = {name: folder / f"{name}.png" for name in names}
    return {n: read_photo(p).rgb for n, p in paths.items() if p.is_file()}


def gray_of(image: np.ndarray) -> np.ndarray:
    """Returns the gray photo of the same lightness, uint8 (H, W, 3)."""
    return np.repeat(gray_of_photo(image)[..., None], 3, axis=-1)


def resolve_mean_ab(text: str | None, metadata: dict) -> tuple[float, float]:
    """Returns the mean ab of the training photos.

    Args:
        text: "A,B", or the path of a prior file of the training photos; None
            for `metadata["mean_ab"]`.
        metadata: of the model.

    Raises:
        ValueError: If neither says it. It is never taken from the evaluated
            photos: a baseline must not know the truth.
    """
    if text is None:
        if "mean_ab" not in metadata:
            raise ValueError(
                "The mean-color baseline needs the mean ab of the training "
                "photos, which this model's metadata.json does not have. Give "
                "--mean-ab A,B or --mean-ab PRIOR_FILE (python -m "
                "training.prior)."
            )
        a, b = metadata["mean_ab"]
        return float(a), float(b)
    if text.endswith((".json", ".npy")):
        gamut = AbGamut()
        return mean_ab(load_prior(text, gamut).prior, gamut)
    try:
        a, b = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(
            "`mean_ab` must be two numbers A,B or a prior file (.json, "
            f".npy). Received: mean_ab={text!r}."
        ) from error
    return a, b


def load_class_prior(path: Path | None) -> np.ndarray | None:
    """Reads the prior of the class-balanced AuC, (Q,); None stays None."""
    return None if path is None else load_prior(path, AbGamut()).prior
