"""The measurements of a quality report."""

import dataclasses
from collections.abc import Sequence

from rich.console import Console

from keras_colorize.serving.images.read import read_photo
from training.measure.kid import EXTRACTOR
from training.measure.kid import MIN_PHOTOS
from training.measure.kid import FeatureExtractor
from training.measure.kid import kid
from training.measure.neutrality import measure_neutrality
from training.measure.neutrality import photos_for_prints
from training.measure.predictors import Predictor
from training.measure.predictors import baselines
from training.measure.regions import measure_regions
from training.measure.robustness import measure_robustness
from training.measure.scoring import Colorize
from training.measure.scoring import PhotoScores
from training.measure.scoring import score_photos
from training.measure.settings import curve_settings
from training.measure.settings import label_of
from training.measure.settings import look_settings
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
        val_curve: for their curve.
        robust: for robustness.
        everyday: of people, streets, rooms and food, for the final figures;
            may be empty.
    """

    bench: Sequence[str]
    val: Sequence[str]
    val_curve: Sequence[str]
    robust: Sequence[str]
    everyday: Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class Quality:
    """What `measure_quality` finds.

    Attributes:
        report: all figures, for `report.write_quality`.
        bench: scores of the bench photos.
        colorizers: the model's looks by name, to draw sheets with.
    """

    report: dict
    bench: PhotoScores
    colorizers: dict[str, Colorize]


def measure_quality(
    predictor: Predictor,
    photos: Photos,
    mean_ab: tuple[float, float],
    num_resamples: int,
    console: Console,
    extractor: FeatureExtractor | None = None,
) -> Quality:
    """Measures everything but what is for the eye.

    Args:
        predictor: the colorizer, with its default settings.
        photos: what to measure on.
        mean_ab: mean CIE a* and b* of the training photos.
        num_resamples: bootstrap resamples.
        console: for the progress.
        extractor: of the features for KID; None to do without.
    """
    fixed = baselines(mean_ab)
    points = curve_settings(predictor.contract)
    curve = {label_of(s): predictor.colorizer(s) for s in points}
    colorizers = {
        name: predictor.colorizer(options)
        for name, options in look_settings(predictor.contract).items()
    }

    scored = score_photos(
        photos.val_curve, fixed, "Curve on val", console, brief=curve
    )
    sets = {"bench": photos.bench, "val": photos.val}
    if photos.everyday:
        sets["everyday"] = photos.everyday
    results = {
        name: score_photos(
            paths,
            colorizers | fixed,
            f"Scores on {name}",
            console,
            brief=curve if name == "bench" else None,
        )
        for name, paths in sets.items()
    }
    bench = results["bench"]
    summaries = {
        name: summarize(result, None, num_resamples)
        for name, result in results.items()
    }
    robustness = _robustness(predictor, photos.robust, num_resamples, console)
    people = "everyday" if photos.everyday else "val"
    report = {
        "settings": {
            **predictor.description,
            "mean_ab": mean_ab,
            "looks": {
                name: dict(predictor.contract.looks[name])
                for name in colorizers
            },
            "resamples": num_resamples,
        },
        "photos": {
            **{name: len(result.paths) for name, result in results.items()},
            "curve of bench": len(bench.paths),
            "curve of val": len(scored.paths),
        },
        "targets": target_rows(summaries) + spread_rows(robustness),
        "scores": summaries,
        "curve": {
            "bench": curve_rows(points, bench, num_resamples),
            "val": curve_rows(points, scored, num_resamples),
        },
        "robustness": robustness,
        "neutrality": measure_neutrality(colorizers, photos_for_prints()),
        "regions": {
            "photos": people,
            # Gray has no hue.
            "rows": measure_regions(results[people].paths, colorizers, console),
        },
        "kid": _kid(extractor, results, colorizers | fixed, console),
    }
    return Quality(report, bench, colorizers)


def _kid(extractor, results, colorizers, console):
    """Computes the KID of each colorizer on each set of photos."""
    if extractor is None:
        return {"not_measured": "needs weights of VGG16: --vgg16", "rows": []}
    rows = []
    for name, result in results.items():
        if len(result.paths) < MIN_PHOTOS:
            continue
        truths = [read_photo(path).rgb for path in result.paths]
        console.print(f"KID on {name}.")
        true = extractor(truths)
        for setting, colorize in colorizers.items():
            found = kid(true, extractor(map(colorize, truths)))
            rows.append(
                {
                    "photos": name,
                    "setting": setting,
                    **dataclasses.asdict(found),
                }
            )
    return {"extractor": EXTRACTOR, "rows": rows}


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
