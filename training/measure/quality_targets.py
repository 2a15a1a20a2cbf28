"""What the default model is meant to reach, and whether it does."""

import dataclasses
from collections.abc import Sequence

from training.measure.quality_settings import VIVID_COLORFULNESS

AT_LEAST = "at least"
AT_MOST = "at most"
BELOW = "below"
SCORE_NAMES = {
    "psnr": "PSNR",
    "delta_e_mean": "CIEDE2000",
    "ssim": "SSIM",
    "colorfulness_ratio": "colorfulness ratio",
}


@dataclasses.dataclass(frozen=True)
class Target:
    """A bound on the mean of one score.

    Attributes:
        photos: "bench" or "val".
        setting: "balanced" or "vivid".
        score: name in `training.measure.summary`.
        minus_gray: whether the bound is on the difference to the gray photo.
        relation: `AT_LEAST`, `AT_MOST` or `BELOW`.
        bound: in the score's unit.
    """

    photos: str
    setting: str
    score: str
    minus_gray: bool
    relation: str
    bound: float


TARGETS = (
    Target("bench", "balanced", "psnr", True, AT_LEAST, 0.8),
    Target("bench", "balanced", "delta_e_mean", True, AT_MOST, -0.5),
    Target("val", "balanced", "psnr", True, AT_LEAST, 2.2),
    Target("val", "balanced", "delta_e_mean", True, AT_MOST, -2.2),
    *(
        target
        for photos, loss in (("bench", -0.3), ("val", 0.0))
        for target in (
            Target(
                photos,
                "vivid",
                "colorfulness_ratio",
                False,
                AT_LEAST,
                VIVID_COLORFULNESS,
            ),
            Target(photos, "vivid", "psnr", True, AT_LEAST, loss),
        )
    ),
)
LARGEST_SPREAD = 0.3  # dB


def target_rows(
    summaries: dict[str, dict], targets: Sequence[Target] = TARGETS
) -> list[dict]:
    """Compares scores with their targets.

    Args:
        summaries: per set of photos what `training.measure.summary.summarize`
            returns, with the settings as methods.
        targets: what to compare with.

    Returns:
        One dict per target, see `make_row`.
    """
    rows = []
    for target in targets:
        part = "minus_gray" if target.minus_gray else "methods"
        entry = summaries[target.photos][part][target.setting][target.score]
        measure = SCORE_NAMES[target.score]
        if target.minus_gray:
            measure += " minus gray's"
        rows.append(
            make_row(
                target.photos,
                target.setting,
                measure,
                target.relation,
                target.bound,
                entry,
            )
        )
    return rows


def spread_rows(robustness: dict) -> list[dict]:
    """Compares the spreads of `robustness.measure_robustness` with theirs."""
    return [
        make_row(
            "bench",
            "balanced",
            f"PSNR spread over {name}, dB",
            BELOW,
            LARGEST_SPREAD,
            entry,
        )
        for name, entry in robustness["spread"].items()
    ]


def make_row(
    photos: str,
    setting: str,
    measure: str,
    relation: str,
    bound: float,
    entry: dict,
) -> dict:
    """One row of the table of targets.

    Args:
        photos: the set of photos.
        setting: of the model.
        measure: what was measured, for people.
        relation: `AT_LEAST`, `AT_MOST` or `BELOW`.
        bound: the target.
        entry: value and interval, see `training.measure.summary.with_interval`.

    Returns:
        dict of what was given, the entry, and reached: whether the value
        (not its rounding, not its interval) keeps to the bound.

    Raises:
        ValueError: If there is no such relation.
    """
    value = entry["value"]
    reached = {
        AT_LEAST: value >= bound,
        AT_MOST: value <= bound,
        BELOW: value < bound,
    }
    if relation not in reached:
        raise ValueError(
            f"`relation` must be one of {[*reached]}. Received: "
            f"relation={relation!r}."
        )
    return {
        "photos": photos,
        "setting": setting,
        "measure": measure,
        "relation": relation,
        "target": bound,
        **entry,
        "reached": reached[relation],
    }
