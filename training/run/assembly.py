"""The parts of a run, made from its configuration: model, batches, copies."""

import itertools
from pathlib import Path

import keras
from rich.console import Console

from keras_colorize.color.quantization import rebalancing_weights
from keras_colorize.data.degradation import Degradation
from keras_colorize.data.hint_settings import HintSimulation
from keras_colorize.data.pipeline_config import PipelineConfig
from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.registry import create_model
from training.choices import OUTPUT_KIND_OF_LOSS
from training.choices import REBALANCED_LOSSES
from training.config import TrainConfig
from training.run.adversarial import add_adversary
from training.run.averaging import WeightAverage
from training.run.batches import evaluation_batches
from training.run.batches import training_batches
from training.run.inputs import TrainingInputs
from training.run.inputs import load_or_estimate_prior
from training.run.inputs import pick_evenly
from training.run.optimization import add_coupled_decay
from training.run.optimization import build_losses
from training.run.optimization import build_optimizer

# 512 photos at the usual batch size: the statistics of the deepest blocks
# are means over 10^5 pixels.
_CALIBRATION_BATCHES = 16
# A handful is enough for the norms of an encoder that go on learning.
_NORM_BATCHES = 4


def build_model(
    config: TrainConfig,
    inputs: TrainingInputs,
    workdir: Path,
    total_steps: int,
    console: Console,
) -> keras.Model:
    """Makes the compiled model of a run, with a built optimizer.

    Args:
        config: the run's configuration.
        inputs: the photos, for the prior.
        workdir: where the prior is kept.
        total_steps: planned length of the run, for the learning rate.
        console: where messages go.

    Returns:
        A compiled `Colorizer`, or for the adversarial loss an
        `AdversarialColorizer` around one; layers in `config.freeze` are not
        trainable.

    Raises:
        ValueError: If model, loss and frozen layers do not fit each other.
    """
    bin_weights = None
    if config.loss in REBALANCED_LOSSES:
        prior = load_or_estimate_prior(config, inputs, workdir, console)
        bin_weights = rebalancing_weights(prior, config.uniform_mix)
    model = create_model(config.model, **config.model_overrides)
    _check_fit(config, model)
    if config.warm_start:
        taken = take_over_weights(model, Path(config.warm_start))
        console.print(
            f"{taken} of {len(model.weights)} variables start from "
            f"{config.warm_start}."
        )
    if config.encoder_weights:
        _load_encoder(config, model, inputs, console)
    if config.semantic_weights:
        model.load_semantic_weights(config.semantic_weights)
    if config.init_weights:
        model.load_weights(config.init_weights)
    freeze_layers(model, config.freeze)
    add_coupled_decay(model, config.coupled_decay)
    if config.loss == "adversarial":
        return add_adversary(config, model, total_steps)
    optimizer = build_optimizer(config, total_steps)
    model.compile(optimizer=optimizer, **build_losses(config, bin_weights))
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


def _load_encoder(config, model, inputs, console):
    """Loads a pretrained encoder and fits its norms to the photos."""
    missing = model.load_encoder_weights(config.encoder_weights)
    if missing:
        console.print(
            f"{config.encoder_weights} lacks {', '.join(missing)}: they start "
            "from random weights."
        )
    if hasattr(model, "match_encoder_norms"):
        photos = pick_evenly(inputs.train, _NORM_BATCHES * config.batch_size)
        pipeline = build_pipeline_config(config, model)
        batches = evaluation_batches(photos, pipeline)
        model.match_encoder_norms(L for L, _ in batches)


def _check_fit(config, model):
    expected = OUTPUT_KIND_OF_LOSS[config.loss]
    if model.output_kind != expected:
        raise ValueError(
            f'loss="{config.loss}" needs a model whose output is '
            f'"{expected}". Received: model={config.model!r} with output '
            f'"{model.output_kind}".'
        )
    size = config.crop_size
    if model.fixed_size not in (None, (size, size)):
        raise ValueError(
            f"`crop_size` must be {model.fixed_size[0]}, the only size that "
            f"{config.model} takes. Received: crop_size={size}."
        )
    if size % model.size_multiple:
        raise ValueError(
            f"`crop_size` must be a multiple of {model.size_multiple} for "
            f"{config.model}. Received: crop_size={size}."
        )
    for kind in ("encoder", "semantic"):
        source = getattr(config, f"{kind}_weights")
        if source and not hasattr(model, f"load_{kind}_weights"):
            raise ValueError(
                f"{config.model} has no pretrained encoder for it. Received: "
                f"{kind}_weights={source!r}. Set it to none."
            )
    if config.hint_stop_probability and not model.takes_hints:
        raise ValueError(
            f"{config.model} takes no color hints. Received: "
            f"hint_stop_probability={config.hint_stop_probability}. Set it to "
            "none."
        )


def freeze_layers(model: keras.Model, names: tuple[str, ...]) -> None:
    """Makes layers untrainable.

    Raises:
        ValueError: If the model has no such layer; lists those it has.
    """
    # `layers` has those of the graph; a decoder is an attribute beside it.
    # Under PyTorch such attributes are in `_modules`.
    attributes = vars(model) | vars(model).get("_modules", {})
    beside = [v for v in attributes.values() if isinstance(v, keras.Layer)]
    layers = {layer.name: layer for layer in [*model.layers, *beside]}
    for name in names:
        if name not in layers:
            raise ValueError(
                f"`freeze` must name layers of {model.name}. Received: "
                f"{name!r}. Layers: {', '.join(layers)}."
            )
        layers[name].trainable = False


def build_pipeline_config(
    config: TrainConfig, model: keras.Model
) -> PipelineConfig:
    """Returns how the run's photos become batches for a `Colorizer`."""
    hints = None
    if model.takes_hints:
        # 1 stops before the first hint.
        hints = HintSimulation(
            stop_probability=config.hint_stop_probability or 1.0,
            largest_patch=config.hint_largest_patch,
        )
    degradation = None
    if config.degradation:
        degradation = Degradation(probability=config.degradation)
    return PipelineConfig(
        crop_size=config.crop_size,
        batch_size=config.batch_size,
        resize_short=config.resize_short,
        min_scale=config.min_scale,
        max_scale=config.max_scale,
        flip=config.flip,
        output_kind=model.output_kind,
        output_stride=model.output_stride,
        average_truth=config.average_truth,
        paper=config.paper,
        hints=hints,
        degradation=degradation,
        seed=config.seed,
        cache=config.cache,
    )


def build_average(
    config: TrainConfig, photos, pipeline_config: PipelineConfig
) -> WeightAverage:
    """Prepares what averaged weights need: the first training batches.

    Args:
        config: the run's configuration; without `ema` nothing is read.
        photos: the training photos.
        pipeline_config: how they become batches.
    """
    if config.ema is None:
        return WeightAverage([])
    batches = training_batches(photos, pipeline_config)
    first = itertools.islice(batches, _CALIBRATION_BATCHES)
    to_numpy = keras.ops.convert_to_numpy
    return WeightAverage(
        [keras.tree.map_structure(to_numpy, inputs) for inputs, _ in first]
    )


def plain_copy(config: TrainConfig, model: keras.Model) -> keras.Model:
    """Returns an uncompiled float32 model with the same weights."""
    policy = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("float32")
    try:
        copy = create_model(config.model, **config.model_overrides)
    finally:
        keras.mixed_precision.set_dtype_policy(policy)
    # By path: freezing a layer changes the order of `model.weights`.
    values = {variable.path: variable for variable in model.weights}
    for variable in copy.weights:
        variable.assign(values[variable.path])
    return copy
