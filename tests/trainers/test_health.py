"""No loss and no weight stops being a number, on photos."""

import pathlib

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("runs on TensorFlow", allow_module_level=True)

from keras_colorize.data.pipeline import training_dataset
from keras_colorize.data.pipeline_config import PipelineConfig
from keras_colorize.losses.weighted import WeightedLoss
from keras_colorize.models.discriminators import build_patchgan
from keras_colorize.models.registry import create_model
from keras_colorize.trainers.adversarial import AdversarialColorizer
from tests.helpers import write_photo_folder

# Lent to tests where it is there; never part of the project.
PHOTOS = pathlib.Path(__file__).parents[3] / "shared" / "data" / "photos160"
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
NARROW = {
    "pix2pix_small": {"stackwise_filters": (8, 16, 24, 32, 32, 32)},
    "resnet18_unet_small": {
        "stackwise_filters": (8, 12, 16, 24),
        "decoder_filters": (16, 16, 12, 8),
    },
}


def make_trainer(name, precision):
    keras.utils.set_random_seed(0)
    keras.mixed_precision.set_global_policy(precision)
    try:
        generator = create_model(name, **NARROW[name])
        discriminator = build_patchgan((8, 16, 24))
    finally:
        keras.mixed_precision.set_global_policy("float32")
    trainer = AdversarialColorizer(generator, discriminator)
    l1 = WeightedLoss(keras.losses.MeanAbsoluteError(), 100 / 110)
    trainer.compile(
        keras.optimizers.Adam(2e-4, 0.5, epsilon=1e-8),
        keras.optimizers.Adam(2e-4, 0.5, epsilon=1e-8),
        generator_losses={"l1": l1},
    )
    return trainer


def assert_healthy(trainer, paths, steps):
    config = PipelineConfig(
        crop_size=64, resize_short=72, batch_size=4, output_stride=1
    )
    batches = training_dataset(paths, config)
    history = trainer.fit(
        batches, steps_per_epoch=steps // 4, epochs=4, shuffle=False, verbose=0
    ).history
    assert np.isfinite(list(history.values())).all()
    for network in (trainer.generator, trainer.discriminator):
        for weight in network.weights:
            assert np.isfinite(np.array(weight)).all(), weight.path
    assert history["l1"][-1] < history["l1"][0]


@pytest.mark.parametrize("name", NARROW)
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_a_few_steps_stay_finite_and_learn(name, precision, tmp_path):
    paths = write_photo_folder(tmp_path, [(72, 96), (96, 72), (80, 88)] * 2)
    paths = [str(path) for path in paths]
    assert_healthy(make_trainer(name, precision), paths, steps=12)


@pytest.mark.slow
@pytest.mark.skipif(not PHOTOS.is_dir(), reason=f"there is no {PHOTOS}")
@pytest.mark.parametrize("name", NARROW)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_300_steps_on_photos_stay_finite_and_learn(name, precision):
    paths = [str(path) for path in sorted(PHOTOS.rglob("*.jpg"))[::23]]
    assert_healthy(make_trainer(name, precision), paths, steps=300)
