"""A training step of `lite` at its real size, and packed photos to feed it."""

from pathlib import Path
from typing import Any

import numpy as np

CROP = 128


def compiled_lite() -> Any:
    """Builds `lite` in mixed bfloat16, ready for `fit`, as it was trained.

    Without the branch for color hints: only `tf.data` draws them.
    """
    import keras

    from keras_colorize.losses.classification import HybridCrossentropy
    from keras_colorize.models import registry

    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    model = registry.create_model("lite", takes_hints=False)
    model.ab_decoder.trainable = False
    model.compile(keras.optimizers.AdamW(5e-4), HybridCrossentropy())
    return model


def pipeline_config(model: Any, batch_size: int) -> Any:
    """Returns how photos become its batches: the `PipelineConfig`."""
    from keras_colorize.data.degradation import Degradation
    from keras_colorize.data.pipeline_config import PipelineConfig

    return PipelineConfig(
        crop_size=CROP,
        batch_size=batch_size,
        resize_short=160,
        min_scale=0.8,
        max_scale=1.6,
        degradation=Degradation(probability=0.3),
        average_truth=True,
        output_kind=model.output_kind,
        output_stride=model.output_stride,
    )


def write_photos(folder: Path, count: int = 256) -> None:
    """Packs made-up photos of the size that training takes."""
    from keras_colorize.data.packed import PackedWriter
    from tests.helpers import textured_photo

    photos = [textured_photo(160, 213, seed) for seed in range(min(count, 32))]
    with PackedWriter(folder) as writer:
        for i in range(count):
            photo = np.roll(photos[i % len(photos)], i, axis=1)
            writer.add(photo, f"{i}", "train")
