"""The model of a run: network, weights to start from, loss and optimizer."""

import dataclasses
import typing
from pathlib import Path

import keras
from rich.console import Console

from keras_colorize.color.quantization import rebalancing_weights
from keras_colorize.data.photo_source import PhotoSource
from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.registry import create_model
from training.config import ModelConfig
from training.config import TrainConfig
from training.run.adversarial import add_adversary
from training.run.batch_norms import check_batch_norms
from training.run.inputs import config_for_network
from training.run.inputs import evaluation_batches
from training.run.inputs import load_or_estimate_prior
from training.run.inputs import pick_evenly
from training.run.optimization import add_coupled_decay
from training.run.optimization import build_losses
from training.run.optimization import build_optimizer

# A handful is enough for the norms of an encoder that go on learning.
_NORM_BATCHES = 4


def build_model(
    config: TrainConfig,
    photos: PhotoSource,
    workdir: Path,
    total_steps: int,
    console: Console,
) -> keras.Model:
    """Makes the compiled model of a run, with a built optimizer.

    Args:
        config: the run's configuration.
        photos: those to train on, for the prior.
        workdir: where the prior is kept.
        total_steps: planned length of the run, for the learning rate.
        console: where messages go.

    Returns:
        A compiled `Colorizer`, or for the adversarial loss an
        `AdversarialColorizer` around one; frozen layers are not trainable.

    Raises:
        ValueError: If model, loss, frozen layers and size of the batches do
            not fit each other.
    """
    bin_weights = None
    if config.loss.is_rebalanced:
        prior = load_or_estimate_prior(
            config.loss, config.data, photos, workdir, console
        )
        bin_weights = rebalancing_weights(prior, config.loss.uniform_mix)
    model = create_model(config.model.name, **config.model.overrides)
    _check_fit(config, model)
    _load_weights(config, model, photos, console)
    freeze_layers(model, config.model.freeze)
    train_layers_alone(model, config.model.train)
    # A discriminator has several values wherever it can be applied at all.
    crop_size = typing.cast(tuple[int, int], config.data.crop_size)
    check_batch_norms(model, config.data.batch_size, crop_size)
    add_coupled_decay(model, config.optimizer.coupled_decay)
    if config.loss.name == "adversarial":
        generator_optimizer, discriminator_optimizer = (
            build_optimizer(
                dataclasses.replace(config.optimizer, name=kind),
                config.schedule,
                total_steps,
                name=f"{network}_optimizer",
            )
            for network, kind in (
                ("generator", config.optimizer.name),
                ("discriminator", config.adversary.discriminator_optimizer),
            )
        )
        return add_adversary(
            config.adversary,
            model,
            generator_optimizer,
            discriminator_optimizer,
        )
    optimizer = build_optimizer(config.optimizer, config.schedule, total_steps)
    model.compile(optimizer=optimizer, **build_losses(config.loss, bin_weights))
    # Built now: a checkpoint can only be restored into existing variables.
    model.optimizer.build(model.trainable_variables)
    return model


def take_over_weights(model: keras.Model, preset: Path) -> int:
    """Starts a model from another variant of it.

    Args:
        model: any model; changed in place.
        preset: folder of a `Colorizer` whose variables have the same paths
            where the two agree.

    Returns:
        How many variables were taken over; the others stay as they are.

    Raises:
        FileNotFoundError: If a file of the preset is missing.
        ValueError: If not one variable has the same path and shape.
    """
    other = Colorizer.from_preset(preset)
    values = {(v.path, tuple(v.shape)): v for v in other.weights}
    same = [v for v in model.weights if (v.path, tuple(v.shape)) in values]
    if not same:
        raise ValueError(
            f"`warm_start` must be a variant of {model.name}. Received: "
            f"{str(preset)!r}, which has no variable of the same path and "
            "shape."
        )
    for variable in same:
        variable.assign(values[variable.path, tuple(variable.shape)])
    return len(same)


def freeze_layers(model: keras.Model, names: tuple[str, ...]) -> None:
    """Makes layers untrainable.

    Raises:
        ValueError: If the model has no such layer; lists those it has.
    """
    for layer in _layers_by_name(model, names, "freeze"):
        layer.trainable = False


def train_layers_alone(model: keras.Model, names: tuple[str, ...]) -> None:
    """Makes all other layers untrainable, unless there is no name.

    Raises:
        ValueError: If the model has no such layer; lists those it has.
    """
    trained = _layers_by_name(model, names, "train")
    if names:
        for layer in _all_layers(model).values():
            layer.trainable = layer in trained


def _layers_by_name(model, names, field):
    layers = _all_layers(model)
    for name in names:
        if name not in layers:
            raise ValueError(
                f"`{field}` must name layers of {model.name}. Received: "
                f"{name!r}. Layers: {', '.join(layers)}."
            )
    return [layers[name] for name in names]


def _all_layers(model):
    # `layers` has those of the graph; a decoder is an attribute beside it.
    # Under PyTorch such attributes are in `_modules`.
    attributes = vars(model) | vars(model).get("_modules", {})
    beside = [v for v in attributes.values() if isinstance(v, keras.Layer)]
    return {layer.name: layer for layer in [*model.layers, *beside]}


def plain_copy(config: ModelConfig, model: keras.Model) -> keras.Model:
    """Returns an uncompiled float32 model with the same weights."""
    policy = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("float32")
    try:
        copy = create_model(config.name, **config.overrides)
    finally:
        keras.mixed_precision.set_dtype_policy(policy)
    # By path: freezing a layer changes the order of `model.weights`.
    values = {variable.path: variable for variable in model.weights}
    for variable in copy.weights:
        variable.assign(values[variable.path])
    return copy


def _load_weights(config, model, photos, console):
    """Loads what the model starts from; what comes later wins."""
    source = config.model
    if source.warm_start:
        taken = take_over_weights(model, Path(source.warm_start))
        console.print(
            f"{taken} of {len(model.weights)} variables start from "
            f"{source.warm_start}."
        )
    if source.encoder_weights:
        missing = model.load_encoder_weights(source.encoder_weights)
        if missing:
            console.print(
                f"{source.encoder_weights} lacks {', '.join(missing)}: they "
                "start from random weights."
            )
        if hasattr(model, "match_encoder_norms"):
            some = pick_evenly(photos, _NORM_BATCHES * config.data.batch_size)
            pipeline = config_for_network(config.data, model)
            batches = evaluation_batches(some, pipeline)
            model.match_encoder_norms(L for L, _ in batches)
    if source.semantic_weights:
        model.load_semantic_weights(source.semantic_weights)
    if source.init_weights:
        model.load_weights(source.init_weights)


def _check_fit(config, model):
    name, size = config.model.name, config.data.crop_size
    if model.output_kind != config.loss.output_kind:
        raise ValueError(
            f'loss "{config.loss.name}" needs a model whose output is '
            f'"{config.loss.output_kind}". Received: model={name!r} with '
            f'output "{model.output_kind}".'
        )
    if model.fixed_size not in (None, size):
        raise ValueError(
            f"`data.crop_size` must be {model.fixed_size}, the only size that "
            f"{name} takes. Received: crop_size={size}."
        )
    if any(side % model.size_multiple for side in size):
        raise ValueError(
            f"`data.crop_size` must be multiples of {model.size_multiple} for "
            f"{name}. Received: crop_size={size}."
        )
    for kind in ("encoder", "semantic"):
        source = getattr(config.model, f"{kind}_weights")
        if source and not hasattr(model, f"load_{kind}_weights"):
            raise ValueError(
                f"{name} has no pretrained encoder for it. Received: "
                f"model.{kind}_weights={source!r}. Set it to none."
            )
    if config.data.hints and not model.takes_hints:
        raise ValueError(
            f"{name} takes no color hints. Received: "
            f"data.hints={config.data.hints}. Set it to none."
        )
