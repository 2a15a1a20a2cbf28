"""Means over photos with bootstrap intervals, and comparisons with gray.

Photos are resampled, not pixels: pixels of one photo are not independent.
One set of resamples serves every score, so differences are paired.
"""

import numpy as np

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
RATIOS = ("auc_balanced", "colorfulness_ratio")
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
        """Ratio of sums over photos, for all photos and each resample.

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
    scores: dict[str, list[dict]],
    truths: dict[str, np.ndarray],
    prior: np.ndarray,
    num_resamples: int = 2000,
) -> dict:
    """Summarizes the scores of several methods on the same photos.

    Args:
        scores: for each method ("model", "gray", "mean_color") one dict of
            `scoring.score_photo` per photo.
        truths: "colorfulness", float (photos,), and "bin_shares", float
            (photos, Q), of the true photos.
        prior: float (Q,), for the class-balanced AuC: a pixel weighs 1 over
            the prior of its true bin. Bins with a prior of 0 get the
            smallest positive one.
        num_resamples: bootstrap resamples.

    Returns:
        dict with "methods" (per method and score: value and 95 % interval),
        "truth" (colorfulness), "minus_gray" (paired differences) and
        "better_than_gray" (share of photos).
    """
    bootstrap = Bootstrap(len(truths["colorfulness"]), num_resamples)
    class_weights = balancing_weights(prior)
    values = {
        method: _method_values(rows, truths, class_weights, bootstrap)
        for method, rows in scores.items()
    }
    return {
        "methods": {
            method: {name: with_interval(v) for name, v in by_score.items()}
            for method, by_score in values.items()
        },
        "truth": {
            "colorfulness": with_interval(
                bootstrap.ratio(truths["colorfulness"])
            )
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


def balancing_weights(prior: np.ndarray) -> np.ndarray:
    """Returns 1 / prior, float (Q,), with empty bins at the rarest one's."""
    prior = np.asarray(prior, np.float64)
    return 1.0 / np.maximum(prior, prior[prior > 0].min())


def _method_values(rows, truths, class_weights, bootstrap):
    values = {
        name: bootstrap.ratio([row[name] for row in rows]) for name in SCORES
    }
    accuracy = np.stack([row["bin_accuracy"] for row in rows])  # (photos, Q)
    values["auc_balanced"] = bootstrap.ratio(
        accuracy @ class_weights, truths["bin_shares"] @ class_weights
    )
    values["colorfulness_ratio"] = bootstrap.ratio(
        [row["colorfulness"] for row in rows], truths["colorfulness"]
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
