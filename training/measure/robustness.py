"""How much the colors depend on the network's size and on the photo's age.

A degraded photo can not be compared with its clean truth: grain would count
as an error of the colorizer. So only the color is scored. The *gray input* is
degraded, seen as every session sees a photo (a faded one with full contrast),
and the ab that the network answers is put on the clean lightness.

ab comes out of the serving graph with the head "ab", built from the weights
beside the ONNX file, where the size of the network is free.
"""

from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from keras_colorize.color.cielab_numpy import gray_of_photo
from keras_colorize.color.luminance import image_to_L
from keras_colorize.color.luminance import stretch_contrast
from keras_colorize.data import degradation
from keras_colorize.metrics.fidelity import psnr
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.merge import merge_L_and_ab
from training.measure.scoring import MAX_PSNR
from training.measure.scoring import map_photos
from training.measure.summary import Bootstrap
from training.measure.summary import with_interval

NETWORK_SIZES = (192, 256, 320, 384, 512)
DEGRADATIONS: dict[str, Callable] = {
    "JPEG quality 60": lambda gray, rng: degradation.compress_jpeg(gray, 60),
    "blur, sigma 1.5 pixels": lambda gray, rng: degradation.blur(gray, 1.5),
    "noise, sd 8 of 255": lambda gray, rng: degradation.add_grain(gray, 8, rng),
    "old-film contrast, 50 to 205": lambda gray, rng: degradation.fade(
        gray, 50, 205
    ),
    "5 scratches": lambda gray, rng: degradation.scratch(gray, 5, rng),
}
CLEAN = "clean"

PredictAb = Callable[[np.ndarray], np.ndarray]


def measure_robustness(
    paths: Sequence[str],
    preset: Path,
    network_size: int,
    num_resamples: int,
    console: Console,
    sizes: Sequence[int] = NETWORK_SIZES,
) -> dict:
    """Scores a model at several sizes, and on degraded photos.

    Args:
        paths: readable photo files.
        preset: folder of the model's config.json and model.weights.h5.
        network_size: the size that degraded photos are colorized at.
        num_resamples: bootstrap resamples.
        console: for the progress.
        sizes: of the network, on clean photos.

    Returns:
        dict with network_size, photos (their number), "conditions": by
        "network size" and "degradation" the list of rows of
        `summarize_conditions`; and "spread": the largest mean PSNR minus the
        smallest of either list, in dB, with its interval.
    """
    from keras_colorize.models.colorizer import Colorizer

    model = Colorizer.from_preset(preset)
    if model.fixed_size is not None:
        sizes = (network_size,)
    predict = {n: _ab_function(model, n) for n in {*sizes, network_size}}

    def score_one(item):
        index, path = item
        image = read_photo(path).rgb
        grays = degraded_grays(image, index)
        return {
            "network size": {
                str(size): score_color(image, grays[CLEAN], predict[size])
                for size in sizes
            },
            "degradation": {
                name: score_color(image, gray, predict[network_size])
                for name, gray in grays.items()
            },
        }

    scores = list(
        map_photos(score_one, [*enumerate(paths)], "Robustness", console)
    )
    bootstrap = Bootstrap(len(paths), num_resamples)
    conditions, spread = {}, {}
    for kind, reference in (("network size", None), ("degradation", CLEAN)):
        conditions[kind], spread[f"{kind}s"] = summarize_conditions(
            [by_kind[kind] for by_kind in scores], bootstrap, reference
        )
    return {
        "network_size": network_size,
        "photos": len(paths),
        "conditions": conditions,
        "spread": spread,
    }


def degraded_grays(image: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Makes the gray inputs of one photo, uint8 (H, W), the clean one too.

    Args:
        image: uint8 (H, W, 3), sRGB.
        seed: of noise and scratches.
    """
    gray = gray_of_photo(image)
    return {CLEAN: gray} | {
        name: degrade(gray, np.random.default_rng(seed))
        for name, degrade in DEGRADATIONS.items()
    }


def score_color(
    truth: np.ndarray, gray: np.ndarray, predict_ab: PredictAb
) -> float:
    """Computes the PSNR in dB of the color alone.

    Args:
        truth: uint8 (H, W, 3), sRGB.
        gray: uint8 (H, W), encoded. The photo that is given to be colorized.
        predict_ab: float32 (H, W, 1), CIE L*, to float (H, W, 2), CIE ab.
    """
    seen = stretch_contrast(np.repeat(gray[..., None], 3, axis=-1))
    ab = predict_ab(image_to_L(seen))
    colorized = merge_L_and_ab(image_to_L(truth), ab)
    return min(float(psnr(truth, colorized)), MAX_PSNR)


def summarize_conditions(
    scores: Sequence[dict[str, float]],
    bootstrap: Bootstrap,
    reference: str | None = None,
) -> tuple[list[dict], dict]:
    """Computes the mean per condition, and how far they are apart.

    Args:
        scores: PSNR by condition, per photo.
        bootstrap: of that number of photos.
        reference: condition that the others are compared with, photo by
            photo; None for no comparison.

    Returns:
        Rows of condition, psnr, and minus_<reference>; and the largest mean
        minus the smallest. All with intervals.
    """
    means = {
        name: bootstrap.ratio([row[name] for row in scores])
        for name in scores[0]
    }
    rows = []
    for name, mean in means.items():
        row = {"condition": name, "psnr": with_interval(mean)}
        if reference is not None:
            difference = with_interval(mean - means[reference])
            row[f"minus_{reference}"] = difference
        rows.append(row)
    values = np.stack(list(means.values()))  # (conditions, 1 + R)
    return rows, with_interval(values.max(axis=0) - values.min(axis=0))


def _ab_function(model, network_size) -> PredictAb:
    import tensorflow as tf

    from keras_colorize.exporters.serving_graph import build_serving_graph

    graph = build_serving_graph(model, network_size, head="ab")
    # One trace of each size: TensorFlow would warn of several functions.
    serve = graph.serve.get_concrete_function()
    options = {
        name: tf.constant(value, tf.float32)
        for name, value in graph.defaults.items()
    }
    return lambda L: serve(L=tf.constant(L[None]), **options).numpy()[0]
