"""The measurements of a quality report, in the order that keeps them honest.

The vivid setting is decided on, if need be chosen on validation photos,
before a bench photo is looked at.
"""

import dataclasses
from collections.abc import Sequence

from rich.console import Console

from training.measure.neutrality import measure_neutrality
from training.measure.neutrality import photos_for_prints
from training.measure.predictors import Predictor
from training.measure.predictors import baselines
from training.measure.robustness import measure_robustness
from training.measure.scoring import Colorize
from training.measure.scoring import PhotoScores
from training.measure.scoring import score_photos
from training.measure.settings import BALANCED
from training.measure.settings import Choice
from training.measure.settings import choose_vivid
from training.measure.settings import curve_settings
from training.measure.settings import label_of
from training.measure.summary import curve_rows
from training.measure.summary import summarize
from training.measure.targets import spread_rows
from training.measure.targets import target_rows

_KERAS_FILES = ("config.json", "model.weights.h5")


@dataclasses.dataclass(frozen=True)
class Photos:
    """Paths of the readable photo files of each measurement.

    Attributes:
        bench: for the final figures, and their curve.
        val: for the final figures.
        val_curve: for the curve that choices are made on.
        robust: for robustness.
    """

    bench: Sequence[str]
    val: Sequence[str]
    val_curve: Sequence[str]
    robust: Sequence[str]


@dataclasses.dataclass(frozen=True)
class Quality:
    """What `measure_quality` finds.

    Attributes:
        report: all figures, for `report.write_quality`.
        bench: scores of the bench photos.
        colorizers: the settings "balanced" and "vivid", to draw sheets with.
    """

    report: dict
    bench: PhotoScores
    colorizers: dict[str, Colorize]


def measure_quality(
    predictor: Predictor,
    photos: Photos,
    mean_ab: tuple[float, float],
    vivid: Choice | None,
    num_resamples: int,
    console: Console,
) -> Quality:
    """Measures everything but what is for the eye.

    Args:
        predictor: the colorizer, with its default settings.
        photos: what to measure on.
        mean_ab: mean CIE a* and b* of the training photos.
        vivid: what was decided on before; None to choose it on
            `photos.val_curve`.
        num_resamples: bootstrap resamples.
        console: for the progress.
    """
    fixed = baselines(mean_ab)
    points = curve_settings(predictor.contract)
    curve = {label_of(s): predictor.colorizer(s) for s in points}

    scored = score_photos(
        photos.val_curve, fixed, "Curve on val", console, brief=curve
    )
    val_curve = curve_rows(points, scored, num_resamples)
    vivid = vivid or choose_vivid(points, val_curve)
    console.print(f"Vivid: {label_of(vivid.setting)} ({vivid.source}).")
    colorizers = {
        "balanced": predictor.colorizer(BALANCED),
        "vivid": predictor.colorizer(vivid.setting),
    }

    on_val = score_photos(
        photos.val, colorizers | fixed, "Scores on val", console
    )
    bench = score_photos(
        photos.bench, colorizers | fixed, "Bench", console, brief=curve
    )
    summaries = {
        "bench": summarize(bench, None, num_resamples),
        "val": summarize(on_val, None, num_resamples),
    }
    robustness = _robustness(predictor, photos.robust, num_resamples, console)
    report = {
        "settings": {
            **predictor.description,
            "mean_ab": mean_ab,
            "balanced": _describe(Choice(BALANCED, "the model's defaults")),
            "vivid": _describe(vivid),
            "resamples": num_resamples,
        },
        "photos": {
            "bench": len(bench.paths),
            "val": len(on_val.paths),
            "curve of bench": len(bench.paths),
            "curve of val": len(scored.paths),
        },
        "targets": target_rows(summaries) + spread_rows(robustness),
        "scores": summaries,
        "curve": {
            "bench": curve_rows(points, bench, num_resamples),
            "val": val_curve,
        },
        "robustness": robustness,
        "neutrality": measure_neutrality(colorizers, photos_for_prints()),
    }
    return Quality(report, bench, colorizers)


def _describe(choice):
    return {
        "temperature": choice.setting.temperature,
        "strength": choice.setting.strength,
        "label": label_of(choice.setting),
        "from": choice.source,
    }


def _robustness(predictor, paths, num_resamples, console):
    missing = [n for n in _KERAS_FILES if not (predictor.folder / n).is_file()]
    if missing:
        reason = (
            f"needs {' and '.join(missing)} beside the model, in "
            f"{predictor.folder}, to build the network at other sizes."
        )
        console.print(f"Robustness is not measured: it {reason}")
        return {"not_measured": reason, "spread": {}}
    return measure_robustness(
        paths,
        predictor.folder,
        predictor.contract.network_size,
        num_resamples,
        console,
    )
