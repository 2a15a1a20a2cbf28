"""The measurements of a quality report, in the order that keeps them honest.

The vivid setting is decided on, if need be chosen on validation photos,
before a bench photo is looked at.
"""

import dataclasses
from collections.abc import Sequence

from rich.console import Console

from training.measure.evaluation import Evaluation
from training.measure.evaluation import summarize_evaluation
from training.measure.neutrality import measure_neutrality
from training.measure.predictors import Predictor
from training.measure.quality_scores import curve_rows
from training.measure.quality_scores import score_settings
from training.measure.quality_settings import BALANCED
from training.measure.quality_settings import Setting
from training.measure.quality_settings import choose_vivid
from training.measure.quality_settings import curve_settings
from training.measure.quality_sheets import photos_for_prints
from training.measure.quality_targets import spread_rows
from training.measure.quality_targets import target_rows
from training.measure.robustness import measure_robustness

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


def measure_quality(
    predictor: Predictor,
    photos: Photos,
    mean_ab: tuple[float, float],
    vivid: tuple[Setting, str] | None,
    num_resamples: int,
    console: Console,
) -> tuple[dict, Evaluation, dict[str, Setting]]:
    """Measures everything but what is for the eye.

    Args:
        predictor: the colorizer, with its default settings.
        photos: what to measure on.
        mean_ab: mean CIE a* and b* of the training photos.
        vivid: setting, and who decided on it; None to choose it on
            `photos.val_curve`.
        num_resamples: bootstrap resamples.
        console: for the progress.

    Returns:
        The report for `quality_report.write_report`, the evaluation of the
        bench photos, and the settings "balanced" and "vivid".
    """

    def score(paths, settings, points, label):
        return score_settings(
            paths,
            predictor.colorize,
            mean_ab,
            settings,
            points,
            label,
            console,
        )

    points = curve_settings(predictor.has_temperature)
    evaluation, scores = score(photos.val_curve, {}, points, "Curve on val")
    val_curve = curve_rows(points, scores, evaluation, num_resamples)
    setting, source = vivid or choose_vivid(points, val_curve)
    settings = {"balanced": BALANCED, "vivid": setting}
    console.print(f"Vivid: {setting.label} ({source}).")

    on_val, _ = score(photos.val, settings, (), "Scores on val")
    bench, scores = score(photos.bench, settings, points, "Bench")
    summaries = {
        "bench": summarize_evaluation(bench, None, num_resamples),
        "val": summarize_evaluation(on_val, None, num_resamples),
    }
    robustness = _robustness(predictor, photos.robust, num_resamples, console)
    report = {
        "settings": {
            **predictor.description,
            "mean_ab": mean_ab,
            "balanced": _describe(BALANCED, "the model's defaults"),
            "vivid": _describe(setting, source),
            "resamples": num_resamples,
        },
        "photos": {
            "bench": len(photos.bench),
            "val": len(photos.val),
            "curve of bench": len(photos.bench),
            "curve of val": len(photos.val_curve),
        },
        "targets": target_rows(summaries) + spread_rows(robustness),
        "scores": summaries,
        "curve": {
            "bench": curve_rows(points, scores, bench, num_resamples),
            "val": val_curve,
        },
        "robustness": robustness,
        "neutrality": measure_neutrality(
            predictor.colorize, settings, photos_for_prints()
        ),
    }
    return report, bench, settings


def _describe(setting, source):
    return {
        **dataclasses.asdict(setting),
        "label": setting.label,
        "from": source,
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
        predictor.description["network_size"]
        or predictor.metadata.get("network_size"),
        num_resamples,
        console,
    )
