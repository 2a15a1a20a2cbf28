"""The adversary of a run: discriminator and losses.

`generator_of` and `optimizers_of` let all other code see a run's model alike,
whether one network learns or two.
"""

import keras

from keras_colorize.losses.colorfulness import ColorfulnessLoss
from keras_colorize.losses.perceptual import PerceptualLoss
from keras_colorize.losses.weighted import WeightedLoss
from keras_colorize.models.ddcolor.discriminator import (
    build_ddcolor_discriminator,
)
from keras_colorize.models.discriminators import build_patchgan
from training.config import AdversaryConfig

# Names of the configuration -> what they stand for.
_BUILDERS = {
    "ddcolor": build_ddcolor_discriminator,
    "patchgan": build_patchgan,
}
_AB_SCALE = 110.0  # pix2pix weighs ab in units of it


def add_adversary(
    config: AdversaryConfig,
    generator: keras.Model,
    generator_optimizer: keras.optimizers.Optimizer,
    discriminator_optimizer: keras.optimizers.Optimizer,
) -> keras.Model:
    """Puts a generator and a new discriminator into one compiled model.

    Args:
        config: the discriminator and the losses.
        generator: a `Colorizer`, with the weights that it starts from.
        generator_optimizer: takes the generator's steps.
        discriminator_optimizer: takes the discriminator's.

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
    model.compile(
        generator_optimizer=generator_optimizer,
        discriminator_optimizer=discriminator_optimizer,
        adversarial_loss=config.kind,
        adversarial_weight=config.weight,
        discriminator_weight=config.discriminator_weight,
        generator_losses={
            name: _build_loss(name, weight, config.perceptual_weights)
            for name, weight in config.generator_losses.items()
        },
        color_enhancement=config.color_enhancement,
    )
    return model


def generator_of(model: keras.Model) -> keras.Model:
    """Returns the network that colorizes: what is saved and shown."""
    return getattr(model, "generator", model)


def optimizers_of(model: keras.Model) -> dict[str, keras.optimizers.Optimizer]:
    """Returns the optimizers of a compiled model by name, its own first."""
    if model.optimizer is not None:
        return {"optimizer": model.optimizer}
    return {
        "generator_optimizer": model.generator_optimizer,
        "discriminator_optimizer": model.discriminator_optimizer,
    }


def _build_discriminator(config):
    build = _BUILDERS[config.discriminator]
    try:
        return build(**config.discriminator_overrides)
    except TypeError as error:
        raise ValueError(
            f"`discriminator_overrides` must fit {build.__name__}. "
            f"Received: {config.discriminator_overrides!r}: {error}."
        ) from error


def _build_loss(name, weight, perceptual_weights):
    """Returns one of the `generator_losses` of a configuration."""
    if name == "perceptual":
        loss = PerceptualLoss(perceptual_weights)
        return WeightedLoss(loss, weight, on="rgb")
    if name == "colorfulness":
        return WeightedLoss(ColorfulnessLoss(), weight, on="rgb")
    if name == "l1":  # tracked in CIE units, weighed in those of pix2pix
        weight /= _AB_SCALE
    return WeightedLoss(keras.losses.MeanAbsoluteError(), weight)
