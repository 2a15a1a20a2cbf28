"""The adversary of a run: discriminator, losses and a second optimizer."""

import dataclasses

import keras

from keras_colorize.losses.colorfulness import ColorfulnessLoss
from keras_colorize.losses.perceptual import PerceptualLoss
from keras_colorize.losses.weighted import WeightedLoss
from keras_colorize.models.ddcolor.discriminator import (
    build_ddcolor_discriminator,
)
from keras_colorize.models.discriminators import build_patchgan
from training.config import TrainConfig
from training.run.optimization import build_optimizer

# Names of the configuration -> what they stand for.
_BUILDERS = {
    "ddcolor": build_ddcolor_discriminator,
    "patchgan": build_patchgan,
}
_AB_SCALE = 110.0  # pix2pix weighs ab in units of it


def add_adversary(
    config: TrainConfig, generator: keras.Model, total_steps: int
) -> keras.Model:
    """Puts a generator and a new discriminator into one compiled model.

    Args:
        config: the run's configuration, with loss "adversarial".
        generator: a `Colorizer`, with the weights that it starts from.
        total_steps: planned length of the run, for the learning rate.

    Returns:
        A compiled `AdversarialColorizer` with built optimizers.

    Raises:
        ValueError: If the generator does not return ab of every pixel, an
            argument of the discriminator is unknown, or the backend is not
            TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Adversarial training runs on TensorFlow. Received: backend "
            f"{keras.backend.backend()!r}."
        )
    from keras_colorize.trainers.adversarial import AdversarialColorizer

    model = AdversarialColorizer(generator, _build_discriminator(config))
    others = dataclasses.replace(
        config, optimizer=config.discriminator_optimizer
    )
    model.compile(
        generator_optimizer=build_optimizer(
            config, total_steps, "generator_optimizer"
        ),
        discriminator_optimizer=build_optimizer(
            others, total_steps, "discriminator_optimizer"
        ),
        adversarial_loss=config.adversarial_kind,
        adversarial_weight=config.adversarial_weight,
        discriminator_weight=config.discriminator_weight,
        generator_losses={
            name: _build_loss(config, name, weight)
            for name, weight in config.generator_losses.items()
        },
        color_enhancement=config.color_enhancement,
    )
    return model


def _build_discriminator(config):
    build = _BUILDERS[config.discriminator]
    try:
        return build(**config.discriminator_overrides)
    except TypeError as error:
        raise ValueError(
            f"`discriminator_overrides` must fit {build.__name__}. "
            f"Received: {config.discriminator_overrides!r}: {error}."
        ) from error


def _build_loss(config, name, weight):
    """Returns the loss called `name`, one of `choices.GENERATOR_LOSSES`."""
    if name == "perceptual":
        loss = PerceptualLoss(config.perceptual_weights)
        return WeightedLoss(loss, weight, on="rgb")
    if name == "colorfulness":
        return WeightedLoss(ColorfulnessLoss(), weight, on="rgb")
    if name == "l1":  # tracked in CIE units, weighed in those of pix2pix
        weight /= _AB_SCALE
    return WeightedLoss(keras.losses.MeanAbsoluteError(), weight)
