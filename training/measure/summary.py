"""Means over photos with bootstrap intervals, and comparisons with gray.

Photos are resampled, not pixels: pixels of one photo are not independent.
One set of resamples serves every score, so differences are paired.
"""

from collections.abc import Sequence

import numpy as np

from keras_colorize.metrics.fidelity import SSIM_WINDOW
from keras_colorize.serving.options import ColorizeOptions
from training.measure.scoring import PhotoScores
from training.measure.settings import label_of

SCORES = (
    "psnr",
    "ssim",
    "delta_e_mean",
    "delta_e_median",
    "delta_e_p95",
    "ab_rmse",
    "auc",
    "colorfulness",
)
CHOSEN_PHOTOS = 3
# Whether more is better; colorfulness has no direction.
HIGHER_IS_BETTER = {"psnr": True, "delta_e_mean": False}
_LEVEL = 0.95


class Bootstrap:
    """Resamples photos and gives means with intervals.

    Args:
        num_photos: number of photos, at least 1.
        num_resamples: resamples for the intervals.
        seed: of the resampling.
    """

    def __init__(self, num_photos: int, num_resamples: int, seed: int = 0):
        draws = np.random.default_rng(seed).multinomial(
            num_photos, np.full(num_photos, 1 / num_photos), num_resamples
        )
        whole = np.full((1, num_photos), 1.0)
        self._counts = np.concatenate([whole, draws])  # (1 + R, photos)

    def ratio(self, numerators, denominators=None) -> np.ndarray:
        """Computes the ratio of sums over photos, in each resample too.

        Args:
            numerators: float (photos,).
            denominators: float (photos,); None for 1, which gives the mean.

        Returns:
            float (1 + R,); the first value is that of all photos.
        """
        if denominators is None:
            denominators = np.ones(len(numerators))
        return (self._counts @ np.asarray(numerators)) / (
            self._counts @ np.asarray(denominators)
        )


def with_interval(values: np.ndarray) -> dict:
    """Turns what `Bootstrap.ratio` returns into a value and its interval."""
    tail = (1 - _LEVEL) / 2
    low, high = np.quantile(values[1:], [tail, 1 - tail])
    return {
        "value": float(values[0]),
        "interval_95": [float(low), float(high)],
    }


def summarize(
    result: PhotoScores,
    class_prior: np.ndarray | None,
    num_resamples: int,
) -> dict:
    """Summarizes the scores of several colorizers on the same photos.

    Args:
        result: of "gray" and others.
        class_prior: float (Q,), for the class-balanced AuC: a pixel weighs 1
            over the prior of its true bin. Bins with a prior of 0 get the
            smallest positive one. None takes the prior of the scored photos'
            true colors.
        num_resamples: bootstrap resamples.

    Returns:
        dict with "methods" (per colorizer and score: value and 95 %
        interval), "truth" (colorfulness), "minus_gray" (paired differences)
        and "better_than_gray" (share of photos).

    Raises:
        ValueError: If no photo was scored.
    """
    bootstrap = _bootstrap_of(result, num_resamples)
    class_weights = balancing_weights(
        np.stack(result.priors).mean(axis=0)
        if class_prior is None
        else class_prior
    )
    scores = result.scores
    values = {
        method: _method_values(rows, result, class_weights, bootstrap)
        for method, rows in scores.items()
    }
    return {
        "methods": {
            method: {name: with_interval(v) for name, v in by_score.items()}
            for method, by_score in values.items()
        },
        "truth": {
            "colorfulness": with_interval(bootstrap.ratio(result.colorfulness))
        },
        "minus_gray": {
            method: {
                name: with_interval(v - values["gray"][name])
                for name, v in by_score.items()
            }
            for method, by_score in values.items()
            if method != "gray"
        },
        "better_than_gray": {
            method: {
                name: with_interval(
                    bootstrap.ratio(
                        _wins(rows, scores["gray"], name, higher_is_better)
                    )
                )
                for name, higher_is_better in HIGHER_IS_BETTER.items()
            }
            for method, rows in scores.items()
            if method != "gray"
        },
    }


def choose_photos(result: PhotoScores, best: bool) -> list[int]:
    """Chooses few photos by the PSNR of "model", as a report shows samples.

    Args:
        result: with the colorizer "model".
        best: whether the highest are wanted; else the lowest.

    Returns:
        Places of `CHOSEN_PHOTOS` photos in `result`, the most extreme first.
    """
    psnr = np.array([row["psnr"] for row in result.scores["model"]])
    order = np.argsort(-psnr if best else psnr, kind="stable")
    return [int(i) for i in order[:CHOSEN_PHOTOS]]


def summarize_chosen(result: PhotoScores) -> dict:
    """Averages PSNR and SSIM over the best and over the worst photos.

    That is how a report gets at means of three pairs of its own choice. They
    say little of a model: beside them stands what gray has on the same ones.

    Args:
        result: with the colorizer "model".

    Returns:
        dict with "best" and "worst": "files", and for each colorizer "psnr"
        and "ssim".
    """
    chosen = {}
    for name, best in (("best", True), ("worst", False)):
        places = choose_photos(result, best)
        chosen[name] = {
            "files": [result.paths[i] for i in places],
            **{
                method: {
                    score: float(np.mean([rows[i][score] for i in places]))
                    for score in ("psnr", "ssim")
                }
                for method, rows in result.scores.items()
            },
        }
    return chosen


def curve_rows(
    settings: Sequence[ColorizeOptions],
    result: PhotoScores,
    num_resamples: int,
) -> list[dict]:
    """Summarizes the curve of fidelity over color, one row per setting.

    Args:
        settings: whose `label_of` are the names in `result.brief`.
        result: of "gray", and in brief of the settings.
        num_resamples: bootstrap resamples.

    Returns:
        dicts with temperature, strength, label; and, each with its interval:
        psnr, delta_e_mean, colorfulness_ratio, psnr_minus_gray,
        delta_e_mean_minus_gray (paired).

    Raises:
        ValueError: If no photo was scored.
    """
    bootstrap = _bootstrap_of(result, num_resamples)

    def mean_of(rows, name):
        return bootstrap.ratio([row[name] for row in rows])

    gray = result.scores["gray"]
    table = []
    for setting in settings:
        label = label_of(setting)
        rows = result.brief[label]
        ratio = bootstrap.ratio(
            [row["colorfulness"] for row in rows], result.colorfulness
        )
        values = {"colorfulness_ratio": ratio}
        for name in ("psnr", "delta_e_mean"):
            values[name] = mean_of(rows, name)
            values[f"{name}_minus_gray"] = values[name] - mean_of(gray, name)
        table.append(
            {
                "label": label,
                "temperature": setting.temperature,
                "strength": setting.strength,
                **{name: with_interval(v) for name, v in values.items()},
            }
        )
    return table


def balancing_weights(prior: np.ndarray) -> np.ndarray:
    """Returns 1 / prior, float (Q,), with empty bins at the rarest one's."""
    prior = np.asarray(prior, np.float64)
    return 1.0 / np.maximum(prior, prior[prior > 0].min())


def _bootstrap_of(result, num_resamples):
    if not result.paths:
        raise ValueError(
            f"No photo could be scored, {len(result.skipped)} were skipped. "
            f"Photos need at least {SSIM_WINDOW} pixels a side. First reason: "
            + (result.skipped[0]["reason"] if result.skipped else "none found")
        )
    return Bootstrap(len(result.paths), num_resamples)


def _method_values(rows, result, class_weights, bootstrap):
    values = {
        name: bootstrap.ratio([row[name] for row in rows]) for name in SCORES
    }
    accuracy = np.stack([row["bin_accuracy"] for row in rows])  # (photos, Q)
    values["auc_balanced"] = bootstrap.ratio(
        accuracy @ class_weights,
        np.stack(result.bin_shares) @ class_weights,
    )
    values["colorfulness_ratio"] = bootstrap.ratio(
        [row["colorfulness"] for row in rows], result.colorfulness
    )
    return values


def _wins(rows, others, name, higher_is_better):
    difference = np.array(
        [
            row[name] - other[name]
            for row, other in zip(rows, others, strict=True)
        ]
    )
    return (difference > 0 if higher_is_better else difference < 0).astype(
        float
    )
