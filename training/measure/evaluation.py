"""Evaluates a colorizer on whole photos, beside two baselines.

"gray" keeps the lightness and sets ab = 0; "mean_color" gives every pixel
the mean ab of the *training* photos. A score means little without them:
PSNR and SSIM reward gray.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable

import numpy as np

from keras_colorize.errors import PhotoError
from keras_colorize.metrics.fidelity import SSIM_WINDOW
from keras_colorize.serving.images.read import read_photo
from training.measure.scoring import constant_color
from training.measure.scoring import measure_truth
from training.measure.scoring import score_photo
from training.measure.summary import summarize

METHODS = ("model", "gray", "mean_color")


@dataclasses.dataclass
class Evaluation:
    """Scores of all photos.

    Attributes:
        paths: photos that were scored.
        skipped: path and reason of those that were not.
        scores: for each of `METHODS` one dict per photo (`score_photo`).
        colorfulness: of the true photos.
        bin_shares: float (Q,) per true photo.
        priors: float (Q,) per true photo, soft-encoded.
    """

    paths: list[str] = dataclasses.field(default_factory=list)
    skipped: list[dict] = dataclasses.field(default_factory=list)
    scores: dict[str, list[dict]] = dataclasses.field(
        default_factory=lambda: {method: [] for method in METHODS}
    )
    colorfulness: list[float] = dataclasses.field(default_factory=list)
    bin_shares: list[np.ndarray] = dataclasses.field(default_factory=list)
    priors: list[np.ndarray] = dataclasses.field(default_factory=list)


def evaluate_photos(
    paths: Iterable[str],
    colorize: Callable[[np.ndarray], np.ndarray],
    mean_ab: tuple[float, float],
) -> Evaluation:
    """Colorizes and scores photos at their full size.

    Args:
        paths: photo files. Unreadable ones are listed in the result.
        colorize: uint8 (H, W, 3) sRGB to the same.
        mean_ab: mean CIE a* and b* of the training photos.

    Returns:
        The scores of model and baselines.
    """
    result = Evaluation()
    for path in paths:
        try:
            truth = measure_truth(read_photo(path).rgb)
        except (PhotoError, ValueError) as error:
            result.skipped.append({"file": path, "reason": str(error)})
            continue
        images = {
            "model": colorize(truth.image),
            "gray": constant_color(truth, (0.0, 0.0)),
            "mean_color": constant_color(truth, mean_ab),
        }
        for method, image in images.items():
            result.scores[method].append(score_photo(truth, image))
        result.paths.append(path)
        result.colorfulness.append(truth.colorfulness)
        result.bin_shares.append(truth.bin_shares)
        result.priors.append(truth.prior)
    return result


def summarize_evaluation(
    result: Evaluation, class_prior: np.ndarray | None, num_resamples: int
) -> dict:
    """Summarizes an evaluation, see `training.measure.summary.summarize`.

    Args:
        result: at least one scored photo.
        class_prior: float (Q,) for the class-balanced AuC; None takes that of
            the evaluated photos' true colors.
        num_resamples: bootstrap resamples.

    Raises:
        ValueError: If no photo was scored.
    """
    if not result.paths:
        raise ValueError(
            f"No photo could be scored, {len(result.skipped)} were skipped. "
            f"Photos need at least {SSIM_WINDOW} pixels a side. First reason: "
            + (result.skipped[0]["reason"] if result.skipped else "none found")
        )
    prior = (
        np.stack(result.priors).mean(axis=0)
        if class_prior is None
        else class_prior
    )
    truths = {
        "colorfulness": np.array(result.colorfulness),
        "bin_shares": np.stack(result.bin_shares),
    }
    return summarize(result.scores, truths, prior, num_resamples)
