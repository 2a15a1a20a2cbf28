"""What the default model is meant to reach, and whether it does."""

import dataclasses
import operator
from collections.abc import Sequence

RELATIONS = {
    "at least": operator.ge,
    "at most": operator.le,
    "below": operator.lt,
}
LARGEST_SPREAD = 0.3  # dB

# Where `training.measure.summary.summarize` has what a target is about.
_PSNR_GAIN = "PSNR minus gray's"
_DELTA_E_GAIN = "CIEDE2000 minus gray's"
_COLOR = "colorfulness ratio"
_MEASURES = {
    _PSNR_GAIN: ("minus_gray", "psnr"),
    _DELTA_E_GAIN: ("minus_gray", "delta_e_mean"),
    _COLOR: ("methods", "colorfulness_ratio"),
}


@dataclasses.dataclass(frozen=True)
class Target:
    """A bound on the mean of one score.

    Attributes:
        photos: "bench", "val" or "everyday".
        setting: name of a look.
        measure: what is bounded, for people.
        relation: key of `RELATIONS`.
        bound: in the unit of the measure.
    """

    photos: str
    setting: str
    measure: str
    relation: str
    bound: float

    def row(self, entry: dict) -> dict:
        """Compares a value with the bound, for the table of targets.

        Args:
            entry: value and interval, see `summary.with_interval`.

        Returns:
            dict of the target, the entry, and reached: whether the value
            (not its rounding, not its interval) keeps to the bound.
        """
        return {
            "photos": self.photos,
            "setting": self.setting,
            "measure": self.measure,
            "relation": self.relation,
            "target": self.bound,
            **entry,
            "reached": RELATIONS[self.relation](entry["value"], self.bound),
        }


TARGETS = (
    Target("everyday", "natural", _COLOR, "at least", 0.8),
    Target("everyday", "natural", _PSNR_GAIN, "at least", 1.0),
    Target("everyday", "natural", _DELTA_E_GAIN, "at most", -1.1),
    Target("everyday", "calm", _PSNR_GAIN, "at least", 2.1),
    Target("everyday", "calm", _DELTA_E_GAIN, "at most", -2.2),
    Target("bench", "natural", _COLOR, "at least", 0.7),
    Target("bench", "natural", _PSNR_GAIN, "at least", -0.2),
    Target("bench", "calm", _PSNR_GAIN, "at least", 0.8),
    Target("bench", "calm", _DELTA_E_GAIN, "at most", -0.6),
)


def target_rows(
    summaries: dict[str, dict], targets: Sequence[Target] = TARGETS
) -> list[dict]:
    """Compares scores with their targets.

    Args:
        summaries: per set of photos what `summary.summarize` returns, with
            the settings as methods.
        targets: what to compare with.

    Returns:
        One `Target.row` per target on photos and of a look that there are.
    """
    rows = []
    for target in targets:
        part, score = _MEASURES[target.measure]
        methods = summaries.get(target.photos, {}).get(part, {})
        if target.setting not in methods:
            continue
        entry = methods[target.setting][score]
        rows.append(target.row(entry))
    return rows


def spread_rows(robustness: dict) -> list[dict]:
    """Compares the spreads of `robustness.measure_robustness` with theirs."""
    return [
        Target(
            "bench",
            "natural",
            f"PSNR spread over {name}, dB",
            "below",
            LARGEST_SPREAD,
        ).row(entry)
        for name, entry in robustness["spread"].items()
    ]
