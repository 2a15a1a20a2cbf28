"""SIGGRAPH17 learns to follow hints: more of them, more of the colors."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.data.hints import simulate_hints
from keras_colorize.data.pipeline_config import HintSimulation
from keras_colorize.data.targets import images_to_targets
from keras_colorize.losses.grid import GridCrossentropy
from keras_colorize.losses.regression import AbL1
from keras_colorize.metrics.fidelity import psnr
from keras_colorize.models.siggraph17.colorizer import SIGGRAPH17Colorizer

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="hints are in TensorFlow"
)

SIZE = (32, 48)
FILTERS = (8, 8, 16, 16, 16, 16, 16, 16, 8, 8)
NUM_STEPS = 300
BATCH_SIZE = 4


def photos(count, seed):
    """uint8 (count, 32, 48, 3): six tiles whose lightness tells no color."""
    rng = np.random.default_rng(seed)
    tiles = rng.uniform((40, -40, -40), (70, 40, 40), (count, 2, 3, 3))
    lab = tiles.repeat(16, axis=1).repeat(16, axis=2)
    lab[..., :1] += rng.normal(0, 2, (count, *SIZE, 1))
    rgb = ops.convert_to_numpy(lab_to_rgb(lab.astype("float32")))
    return (255 * rgb).round().astype("uint8")


def with_hints(images, **settings):
    """Inputs and truths of the network, hints anywhere in the photos."""
    settings = HintSimulation(placement="uniform", **settings)
    index = tf.range(len(images), dtype=tf.int64)
    seeds = tf.stack([tf.zeros_like(index), index], axis=-1)
    L, truth = images_to_targets(images, 1, output_kind="ab_and_q_logits")
    ab_hint, hint_mask = simulate_hints(truth["ab"], seeds, settings)
    return {"L": L, "ab_hint": ab_hint, "hint_mask": hint_mask}, truth


@pytest.fixture(scope="module")
def trained():
    keras.utils.set_random_seed(0)
    model = SIGGRAPH17Colorizer(FILTERS)
    model.compile(
        optimizer=keras.optimizers.Adam(1e-2),
        loss={"ab": AbL1(), "q_logits": GridCrossentropy()},
        loss_weights={"ab": 10 / 110, "q_logits": 1.0},
    )
    images = photos(NUM_STEPS * BATCH_SIZE, seed=0)
    inputs, truths = with_hints(images, stop_probability=0.05)
    model.fit(inputs, truths, batch_size=BATCH_SIZE, verbose=0)
    return model


def mean_psnr(model, images, num_hints):
    """Mean PSNR in dB of photos colorized with so many hints of 6 x 6."""
    inputs, _ = with_hints(
        images, smallest_patch=6, largest_patch=6, num_patches=num_hints
    )
    ab = model.predict_ab(**inputs)
    rgb = lab_to_rgb(ops.concatenate([inputs["L"], ab], axis=-1))
    colorized = ops.convert_to_numpy(ops.round(255 * rgb)).astype("uint8")
    return np.mean(
        [psnr(*pair) for pair in zip(images, colorized, strict=True)]
    )


def test_psnr_of_unseen_photos_rises_with_the_number_of_hints(trained):
    images = photos(32, seed=1)
    scores = [mean_psnr(trained, images, count) for count in (0, 2, 10, 50)]
    # About 16, 17, 19 and 21 dB.
    assert (np.diff(scores) > 0.2).all(), scores
