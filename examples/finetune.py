"""Fine-tunes the default model: `python examples/finetune.py PHOTOS`.

PHOTOS is a folder with some 200 color photos of one kind: your dogs, one
landscape, the stills of one film. A fifth of them is held out; the rest
trains for a few minutes on the CPU. The result is exported to
`finetuned.onnx`, and the held-out photos are colorized by the old and the new
file and compared with the truth.
"""

import time
from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import typer
from PIL import Image

from keras_colorize import ColorizeSession
from keras_colorize import load_pretrained
from keras_colorize.data.photo_list import list_folder
from keras_colorize.data.photo_list import random_order
from keras_colorize.data.pipeline import PipelineConfig
from keras_colorize.data.pipeline import training_dataset
from keras_colorize.data.scan import scan_photos
from keras_colorize.errors import ColorizeError
from keras_colorize.errors import SettingError
from keras_colorize.exporters.onnx import export_onnx
from keras_colorize.losses.classification import HybridCrossentropy
from keras_colorize.metrics.fidelity import mean_delta_e_2000
from keras_colorize.metrics.fidelity import psnr
from keras_colorize.presets import find_shipped
from keras_colorize.presets import read_metadata

MODEL = "lite"
NETWORK_SIZE = 256  # pixels: short side of what the exported network sees
HELD_OUT_SHARE = 0.2
FEWEST_PHOTOS = 20
STEPS_PER_EPOCH = 20


def main(
    photos: Annotated[Path, typer.Argument(help="Folder of color photos.")],
    output: Annotated[Path, typer.Option(help="File to write.")] = Path(
        "finetuned.onnx"
    ),
    minutes: Annotated[
        float, typer.Option(min=0.01, help="Time to train.")
    ] = 5.0,
    learning_rate: Annotated[float, typer.Option(help="Of AdamW.")] = 1e-4,
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

    prepare(model, learning_rate)
    model.fit(
        training_batches(model, training, seed),
        steps_per_epoch=STEPS_PER_EPOCH,
        shuffle=False,  # the stream is shuffled already
        epochs=10_000,
        callbacks=[StopAfter(60 * minutes, learning_rate)],
        verbose=2,
    )
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


class StopAfter(keras.callbacks.Callback):
    """Ends `fit` after a time, with the learning rate falling to 0."""

    def __init__(self, seconds, learning_rate):
        super().__init__()
        self.seconds = seconds
        self.learning_rate = learning_rate
        self.start = time.monotonic()

    def on_train_batch_begin(self, batch, logs=None):
        """Lowers the learning rate by the clock."""
        done = min(1.0, (time.monotonic() - self.start) / self.seconds)
        self.model.optimizer.learning_rate = self.learning_rate * (1 - done)

    def on_train_batch_end(self, batch, logs=None):
        """Ends training when the time is over."""
        if time.monotonic() - self.start >= self.seconds:
            self.model.stop_training = True


def score(session, paths):
    """Returns mean PSNR in dB and mean CIEDE2000 of colorized photos.

    Of the model alone, in the calm look, which shows colors as predicted:
    `colorize` would show it full contrast where a photo has little, and raise
    the chroma of what it is sure of, which the training here does not.
    """
    scores = []
    for path in paths:
        with Image.open(path) as image:
            truth = np.array(image.convert("RGB"))
        colorized = session.colorize_array(truth, look="calm")
        scores.append(
            (psnr(truth, colorized), mean_delta_e_2000(truth, colorized))
        )
    return np.mean(scores, axis=0)


if __name__ == "__main__":
    typer.run(main)
