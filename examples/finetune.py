"""Fine-tunes the default model: `python examples/finetune.py PHOTOS`.

PHOTOS is a folder with some 200 color photos of one kind: your dogs, one
landscape, the stills of one film. A fifth of them is held out; the rest
trains for a few minutes on the CPU. The result is exported to
`finetuned.onnx`, with looks that fit it, and the held-out photos are colorized
by the old and the new file and compared with the truth.
"""

# ruff: noqa: E402
from keras_colorize.cli.quiet import start_tensorflow

start_tensorflow()  # before Keras does, with all that it has to say

import math
from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import typer

from keras_colorize import ColorizeSession
from keras_colorize import load_pretrained
from keras_colorize.data.photo_list import list_folder
from keras_colorize.data.photo_list import random_order
from keras_colorize.data.pipeline import PipelineConfig
from keras_colorize.data.pipeline import training_dataset
from keras_colorize.data.scan import scan_photos
from keras_colorize.errors import ColorizeError
from keras_colorize.errors import SettingError
from keras_colorize.exporters.look_search import calibrate_looks
from keras_colorize.exporters.onnx import export_onnx
from keras_colorize.losses.classification import HybridCrossentropy
from keras_colorize.metrics.fidelity import mean_delta_e_2000
from keras_colorize.metrics.fidelity import psnr
from keras_colorize.presets import find_shipped
from keras_colorize.presets import read_metadata
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.options import ColorizeOptions

MODEL = "lite"
NETWORK_SIZE = 256  # pixels: short side of what the exported network sees
HELD_OUT_SHARE = 0.2
FEWEST_PHOTOS = 20
AS_PREDICTED = {"temperature": 1.0, "vividness": 1.0, "focus": 0.0}
STEPS_PER_EPOCH = 20  # at most


def main(
    photos: Annotated[Path, typer.Argument(help="Folder of color photos.")],
    output: Annotated[Path, typer.Option(help="File to write.")] = Path(
        "finetuned.onnx"
    ),
    steps: Annotated[
        int, typer.Option(min=1, help="Batches to train on.")
    ] = 200,
    learning_rate: Annotated[
        float, typer.Option(help="Of AdamW; falls to 0 over the steps.")
    ] = 1e-4,
    seed: Annotated[int, typer.Option(help="Of split and order.")] = 0,
) -> None:
    """Fine-tunes the default model on a folder of photos."""
    keras.utils.set_random_seed(seed)
    try:
        training, held_out = split_photos(photos, seed)
        typer.echo(
            f"{len(training)} photos to train on, {len(held_out)} held out."
        )
        before = score(ColorizeSession(MODEL), held_out)
        model = load_pretrained(MODEL)
    except ColorizeError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None

    schedule = keras.optimizers.schedules.PolynomialDecay(
        learning_rate, steps, end_learning_rate=0.0
    )
    prepare(model, schedule)
    epochs = math.ceil(steps / STEPS_PER_EPOCH)
    model.fit(
        training_batches(model, training, seed),
        epochs=epochs,
        steps_per_epoch=math.ceil(steps / epochs),
        shuffle=False,  # the stream is shuffled already
        verbose=2,
    )
    found = calibrate(model, held_out)
    export_onnx(
        model,
        output,
        network_size=NETWORK_SIZE,
        metadata=describe_weights(photos.name),
    )
    after = score(ColorizeSession(output), held_out)
    for name, scores in (("before", before), ("after", after)):
        typer.echo(
            f"{name:>7}: PSNR {scores[0]:.2f} dB, CIEDE2000 {scores[1]:.2f}"
        )
    for name, look in found.items():
        typer.echo(
            f"{name:>7}: {look.score.colorfulness:.2f} of the photos' "
            f"colorfulness, by {look.settings}"
        )
    typer.echo(f"{output}: use it with keras-colorize image --model {output}")


def describe_weights(photos: str) -> dict[str, str]:
    """Says in the file what it is, and that the terms of its start hold."""
    start = read_metadata(find_shipped(MODEL).folder)
    data = start["training_data"]
    return {
        "weights": f"{MODEL}, fine-tuned on {photos}",
        "license": start["license"],
        "training_data": f"{data} Then {photos} (terms not stated).",
    }


def split_photos(folder, seed):
    """Returns the paths to train on and those held out."""
    folder = Path(folder)
    if not folder.is_dir():
        raise SettingError(f"{folder} is not a folder.")
    found = list_folder(folder, folder.name, "train").paths
    usable = scan_photos(found).usable
    if len(usable) < FEWEST_PHOTOS:
        raise SettingError(
            f"{folder} has {len(usable)} color photos that can be read; at "
            f"least {FEWEST_PHOTOS} are needed."
        )
    names = [Path(path).name for path in usable]
    shuffled = [usable[i] for i in random_order(names, seed)]
    num_held_out = round(HELD_OUT_SHARE * len(shuffled))
    return shuffled[num_held_out:], shuffled[:num_held_out]


def prepare(model, learning_rate):
    """Compiles the model; all but batch norm's statistics are trained."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    model.compile(
        optimizer=keras.optimizers.AdamW(
            learning_rate, weight_decay=1e-2, clipnorm=1.0
        ),
        loss=HybridCrossentropy(),
    )


def training_batches(model, paths, seed, crop_size=160, batch_size=16):
    """Returns an endless stream of batches, scaled and cropped at random."""
    config = PipelineConfig(
        crop_size=crop_size,
        batch_size=batch_size,
        resize_short=crop_size * 6 // 5,
        max_scale=1.3,
        output_kind=model.output_kind,
        output_stride=model.output_stride,
        seed=seed,
        cache="memory",
    )
    return training_dataset(list(paths), config)


def calibrate(model, paths):
    """Gives the model looks that fit what it has learned.

    The old ones would be too strong: it is surer of its colors now.
    """
    images = (read_photo(path).rgb for path in paths)
    found = calibrate_looks(model, images, NETWORK_SIZE)
    del found["calm"]
    model.looks = {**model.looks, "calm": AS_PREDICTED}  # for `score`
    return found


def score(session, paths):
    """Returns mean PSNR in dB and mean CIEDE2000 of colorized photos.

    Of the model alone, in the calm look, which shows colors as predicted:
    `colorize` would show it full contrast where a photo has little, and raise
    the chroma of what it is sure of, which the training here does not.
    """
    options, scores = ColorizeOptions(look="calm"), []
    for path in paths:
        truth = read_photo(path).rgb
        colorized = session.colorize_checked(truth, options)
        scores.append(
            (psnr(truth, colorized), mean_delta_e_2000(truth, colorized))
        )
    return np.mean(scores, axis=0)


if __name__ == "__main__":
    typer.run(main)
