"""The four losses of DDColor: each alone moves the generator; vivid truths."""

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("runs on TensorFlow", allow_module_level=True)

from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.color.vividness import enhance_color
from keras_colorize.losses.colorfulness import ColorfulnessLoss
from keras_colorize.losses.perceptual import PerceptualLoss
from keras_colorize.losses.weighted import WeightedLoss
from keras_colorize.models.ddcolor.discriminator import (
    build_ddcolor_discriminator,
)
from keras_colorize.models.registry import create_model
from keras_colorize.trainers.adversarial import AdversarialColorizer
from tests.models.tiny import has_effect
from tests.models.tiny import tiny_overrides

NAME = "ddcolor_nano"
LOSSES = {
    "pixel": lambda: WeightedLoss(keras.losses.MeanAbsoluteError(), 0.1),
    "perceptual": lambda: WeightedLoss(
        PerceptualLoss(None, filters=(4, 4, 4, 4, 4)), 5.0, on="rgb"
    ),
    "colorfulness": lambda: WeightedLoss(ColorfulnessLoss(), 0.5, on="rgb"),
}


@pytest.fixture
def photos():
    rng = np.random.default_rng(0)
    L = rng.uniform(30, 70, (2, 64, 96, 1)).astype("float32")
    return L, rng.normal(0, 20, (2, 64, 96, 2)).astype("float32")


@pytest.fixture
def networks():
    keras.utils.set_random_seed(0)
    generator = create_model(NAME, **tiny_overrides(NAME))
    for variable in generator.trainable_variables:
        if "layer_scale" in variable.path:  # 1e-6 hides the block behind it
            variable.assign(np.full(variable.shape, 0.5))
    return generator, build_ddcolor_discriminator(filters=8)


def compiled(networks, **options):
    trainer = AdversarialColorizer(*networks)
    settings = {
        "generator_optimizer": keras.optimizers.AdamW(1e-3),
        "discriminator_optimizer": keras.optimizers.Adam(1e-3),
        "discriminator_weight": 1.0,
    }
    trainer.compile(**{**settings, "run_eagerly": True, **options})
    return trainer


def test_each_loss_alone_reaches_every_weight_of_the_generator(
    networks, photos
):
    import tensorflow as tf

    trainer = compiled(
        networks,
        generator_losses={name: make() for name, make in LOSSES.items()},
    )
    variables = trainer.generator.trainable_variables
    with tf.GradientTape(persistent=True) as tape:
        losses = trainer.compute_losses(*photos, training=True)
    for name in ("g_adversarial", *LOSSES):
        gradients = tape.gradient(losses[name], variables)
        for variable, gradient in zip(variables, gradients, strict=True):
            assert gradient is not None, (name, variable.path)
            assert np.isfinite(gradient).all(), (name, variable.path)
            if has_effect(NAME, variable.path):
                assert np.abs(gradient).max() > 0, (name, variable.path)


@pytest.mark.parametrize("only", ["adversarial", "colorfulness"])
def test_a_step_on_one_loss_moves_the_generator(networks, photos, only):
    trainer = compiled(
        networks,
        adversarial_weight=float(only == "adversarial"),
        generator_losses={only: LOSSES[only]()} if only in LOSSES else {},
    )
    before = np.array(trainer.generator(photos[0]))
    trainer.train_on_batch(*photos)
    after = np.array(trainer.generator(photos[0]))
    assert np.abs(after - before).max() > 1e-3


def test_total_is_the_weighted_sum_of_the_four(networks, photos):
    trainer = compiled(
        networks,
        generator_losses={name: make() for name, make in LOSSES.items()},
    )
    losses = trainer.compute_losses(*photos, training=False)
    losses = {name: float(value) for name, value in losses.items()}
    total = (
        0.1 * losses["pixel"]
        + 5.0 * losses["perceptual"]
        + 1.0 * losses["g_adversarial"]
        + 0.5 * losses["colorfulness"]
    )
    assert losses["g_loss"] == pytest.approx(total, rel=1e-5)
    both = losses["d_real"] + losses["d_fake"]
    assert losses["d_loss"] == pytest.approx(both, rel=1e-5)


def test_true_colors_are_enhanced_but_for_the_pixel_loss(networks, photos):
    names = ("pixel", "perceptual")
    terms = {name: LOSSES[name]() for name in names}
    plain = compiled(networks, generator_losses=terms)
    plain = plain.compute_losses(*photos, training=False)
    trainer = compiled(networks, generator_losses=terms, color_enhancement=1.2)
    vivid = trainer.compute_losses(*photos, training=False)
    assert float(vivid["pixel"]) == float(plain["pixel"])
    assert float(vivid["d_fake"]) == float(plain["d_fake"])
    assert float(vivid["perceptual"]) != float(plain["perceptual"])
    L, ab = photos
    rgb = enhance_color(lab_to_rgb(np.concatenate([L, ab], axis=-1)), 1.2)
    judge = trainer.discriminator
    seen = keras.Model(judge.get_layer("rgb").output, judge.output)
    real = np.log1p(np.exp(-np.array(seen(rgb)))).mean()
    assert float(vivid["d_real"]) == pytest.approx(real, rel=2e-6)
    assert float(plain["d_real"]) != pytest.approx(real, rel=2e-6)
    assert trainer.get_compile_config()["color_enhancement"] == 1.2
