"""Scores of one colorizer under several settings, photo by photo.

A photo is decoded and measured once; every setting and both baselines are
compared with it, and only numbers are kept.
"""

import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from rich.console import Console
from rich.progress import track
from skimage.color import deltaE_ciede2000

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.metrics.colorfulness import colorfulness
from keras_colorize.metrics.fidelity import psnr
from keras_colorize.serving.images.read import read_photo
from training.measure.evaluation import Evaluation
from training.measure.quality_settings import Setting
from training.measure.scoring import MAX_PSNR
from training.measure.scoring import TruePhoto
from training.measure.scoring import constant_color
from training.measure.scoring import measure_truth
from training.measure.scoring import score_photo
from training.measure.summary import Bootstrap
from training.measure.summary import with_interval

_BASELINES = ("gray", "mean_color")


def map_photos(
    function: Callable, items: Sequence, label: str, console: Console
) -> Iterable:
    """Yields `function(item)` in order, some items at a time.

    The network uses all cores by itself; threads fill the gaps that decoding
    and scoring leave.
    """
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        results = pool.map(function, items)
        yield from track(results, label, len(items), console=console)


def score_settings(
    paths: Sequence[str],
    colorize: Callable[..., np.ndarray],
    mean_ab: tuple[float, float],
    settings: Mapping[str, Setting],
    curve: Sequence[Setting],
    label: str,
    console: Console,
) -> tuple[Evaluation, list[list[dict]]]:
    """Colorizes photos under every setting and scores them.

    Args:
        paths: readable photo files of at least 11 pixels a side.
        colorize: `Predictor.colorize`.
        mean_ab: mean CIE a* and b* of the training photos.
        settings: by name, those to score in full.
        curve: those of which `score_briefly` is enough.
        label: what to call this in the progress.
        console: for the progress.

    Returns:
        The evaluation, whose methods are the names of `settings`, "gray" and
        "mean_color"; and per setting of `curve` one dict per photo.
    """

    def score_one(path):
        truth = measure_truth(read_photo(path).rgb)
        full = {
            "gray": constant_color(truth, (0.0, 0.0)),
            "mean_color": constant_color(truth, mean_ab),
            **{n: _colorized(s, truth) for n, s in settings.items()},
        }
        scores = {n: score_photo(truth, image) for n, image in full.items()}
        points = [score_briefly(truth, _colorized(s, truth)) for s in curve]
        return truth.colorfulness, truth.bin_shares, truth.prior, scores, points

    def _colorized(setting, truth):
        return colorize(
            truth.image,
            strength=setting.strength,
            temperature=setting.temperature,
        )

    evaluation = Evaluation(
        paths=list(paths), scores={n: [] for n in (*settings, *_BASELINES)}
    )
    by_setting = [[] for _ in curve]
    for color, shares, prior, scores, points in map_photos(
        score_one, paths, label, console
    ):
        evaluation.colorfulness.append(color)
        evaluation.bin_shares.append(shares)
        evaluation.priors.append(prior)
        for name, score in scores.items():
            evaluation.scores[name].append(score)
        for rows, point in zip(by_setting, points, strict=True):
            rows.append(point)
    return evaluation, by_setting


def score_briefly(truth: TruePhoto, image: np.ndarray) -> dict:
    """The scores of `score_photo` that a curve shows, in a quarter of its time.

    Args:
        truth: the true photo.
        image: uint8 (H, W, 3), sRGB, of the same size.

    Returns:
        dict of floats: psnr, delta_e_mean, colorfulness.
    """
    lab = rgb_to_lab(image.astype(np.float32) / 255.0)
    return {
        "psnr": min(psnr(truth.image, image), MAX_PSNR),
        "delta_e_mean": float(deltaE_ciede2000(truth.lab, lab).mean()),
        "colorfulness": float(colorfulness(image)),
    }


def curve_rows(
    settings: Sequence[Setting],
    points: Sequence[Sequence[dict]],
    evaluation: Evaluation,
    num_resamples: int,
) -> list[dict]:
    """Means over photos, one row per setting.

    Args:
        settings: of the points.
        points: per setting one dict of `score_briefly` per photo.
        evaluation: of the same photos.
        num_resamples: bootstrap resamples.

    Returns:
        dicts with temperature, strength, label; and, each with its interval:
        psnr, delta_e_mean, colorfulness_ratio, psnr_minus_gray,
        delta_e_mean_minus_gray (paired).
    """
    bootstrap = Bootstrap(len(evaluation.paths), num_resamples)

    def mean_of(rows, name):
        return bootstrap.ratio([row[name] for row in rows])

    gray = evaluation.scores["gray"]
    table = []
    for setting, rows in zip(settings, points, strict=True):
        ratio = bootstrap.ratio(
            [row["colorfulness"] for row in rows], evaluation.colorfulness
        )
        values = {"colorfulness_ratio": ratio}
        for name in ("psnr", "delta_e_mean"):
            values[name] = mean_of(rows, name)
            values[f"{name}_minus_gray"] = values[name] - mean_of(gray, name)
        table.append(
            {
                "label": setting.label,
                "temperature": setting.temperature,
                "strength": setting.strength,
                **{name: with_interval(v) for name, v in values.items()},
            }
        )
    return table
