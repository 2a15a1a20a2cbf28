"""A small generator, a small discriminator, and photos for both."""

import keras
import numpy as np
import pytest

from keras_colorize.losses.weighted import WeightedLoss
from keras_colorize.models.discriminators import build_patchgan
from keras_colorize.models.pix2pix.colorizer import Pix2PixColorizer
from keras_colorize.trainers.adversarial import AdversarialColorizer


@pytest.fixture
def photos():
    """L (6, 16, 24, 1) and ab (6, 16, 24, 2), CIE units."""
    rng = np.random.default_rng(0)
    L = rng.uniform(0, 100, (6, 16, 24, 1)).astype("float32")
    ab = np.concatenate([0.6 * L - 30, 20 - 0.4 * L], axis=-1)
    return L, ab.astype("float32")


@pytest.fixture
def make_trainer():
    """Function that builds and compiles a trainer, the same each time."""

    def make(norm="instance", dropout_rate=0.0, **options):
        keras.utils.set_random_seed(1)
        generator = Pix2PixColorizer(
            (4, 6, 8), norm=norm, dropout_rate=dropout_rate, name="generator"
        )
        discriminator = build_patchgan((4, 6), norm=norm)
        trainer = AdversarialColorizer(generator, discriminator)
        l1 = WeightedLoss(keras.losses.MeanAbsoluteError(), 100 / 110)
        trainer.compile(
            **{
                "generator_optimizer": keras.optimizers.Adam(2e-3, 0.5),
                "discriminator_optimizer": keras.optimizers.Adam(2e-3, 0.5),
                "generator_losses": {"l1": l1},
                **options,
            }
        )
        return trainer

    return make
