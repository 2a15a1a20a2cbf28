"""Optimizer, learning-rate schedule and loss of a run."""

import keras
import numpy as np

from keras_colorize.losses.classification import HybridCrossentropy
from keras_colorize.losses.classification import RebalancedCrossentropy
from keras_colorize.losses.grid import GridCrossentropy
from keras_colorize.losses.regression import AbL1
from keras_colorize.losses.regression import AbL2
from keras_colorize.trainers.linear_decay import LinearDecay
from training.config import LossConfig
from training.config import OptimizerConfig
from training.config import ScheduleConfig

_REGRESSIONS = {
    "ab_l2": AbL2,
    "ab_l1": AbL1,
    "uv_mse": keras.losses.MeanSquaredError,
    "rgb_mse": keras.losses.MeanSquaredError,
}
# SIGGRAPH17's total: cross-entropy + 10 times the L1 error in units of 110.
_SIGGRAPH17_WEIGHTS = {"ab": 10.0 / 110.0, "q_logits": 1.0}


def build_optimizer(
    config: OptimizerConfig,
    schedule: ScheduleConfig,
    total_steps: int,
    name: str = "optimizer",
) -> keras.optimizers.Optimizer:
    """Builds an optimizer of a run.

    Args:
        config: its settings.
        schedule: how the rate changes.
        total_steps: planned length of the whole run, for "cosine" and
            "linear".
        name: name of the optimizer.

    Returns:
        Adam or AdamW. It keeps an average of the weights when `config.ema`
        is set: `model.fit` puts the average into the model when it ends.
    """
    options = {
        "learning_rate": build_learning_rate(
            config.learning_rate, schedule, total_steps
        ),
        "beta_1": config.beta_1,
        "beta_2": config.beta_2,
        "epsilon": config.epsilon,
        "clipnorm": config.clipnorm,
        "use_ema": config.ema is not None,
        "ema_momentum": config.ema or 0.0,
        # A fixed name: variable paths in checkpoints must not depend on how
        # many optimizers this process made before.
        "name": name,
    }
    if config.name == "adamw":
        optimizer = keras.optimizers.AdamW(
            weight_decay=config.weight_decay, **options
        )
        # Biases and batch norm are not pulled to zero.
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return optimizer
    return keras.optimizers.Adam(**options)


def build_learning_rate(
    rate: float, schedule: ScheduleConfig, total_steps: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Returns a fixed rate or a function of the step.

    Args:
        rate: the largest rate.
        schedule: how it changes.
        total_steps: planned length of the whole run, warm-up included.

    Returns:
        float for "constant", "plateau" and "stall" (callbacks lower those), a
        Keras schedule for "cosine", "linear" and "steps".
    """
    if schedule.name == "cosine":
        return keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=0.0 if schedule.warmup_steps else rate,
            decay_steps=max(1, total_steps - schedule.warmup_steps),
            alpha=schedule.final_scale,
            warmup_target=rate if schedule.warmup_steps else None,
            warmup_steps=schedule.warmup_steps,
        )
    if schedule.name == "linear":
        return LinearDecay(rate, total_steps, schedule.decay_share)
    if schedule.name == "steps" and schedule.decay_start is not None:
        starts = range(schedule.decay_start, total_steps, schedule.decay_steps)
        if not starts:  # the run ends before
            return rate
        return keras.optimizers.schedules.PiecewiseConstantDecay(
            [start - 1 for start in starts],  # the last steps of each rate
            [rate * schedule.decay_factor**i for i in range(len(starts) + 1)],
        )
    if schedule.name == "steps":
        return keras.optimizers.schedules.ExponentialDecay(
            rate, schedule.decay_steps, schedule.decay_factor, staircase=True
        )
    return rate


def build_losses(config: LossConfig, bin_weights: np.ndarray | None) -> dict:
    """Builds the loss of a run, or one for each output of the network.

    Args:
        config: which loss, and its settings.
        bin_weights: float (Q,) rebalancing weights with mean 1 under the
            prior; None for the losses that do not use them.

    Returns:
        Arguments of `Model.compile`: loss and, for several, loss_weights; for
        "rgb_mse" also what `metrics=["accuracy"]` stands for there, the share
        of the pixels whose largest channel is the true one.

    Raises:
        ValueError: If the rebalanced loss is asked for without weights.
    """
    if config.name == "siggraph17":
        return {
            "loss": {"ab": AbL1(), "q_logits": GridCrossentropy()},
            "loss_weights": _SIGGRAPH17_WEIGHTS,
        }
    if config.name in _REGRESSIONS:
        losses = {"loss": _REGRESSIONS[config.name]()}
        if config.name == "rgb_mse":
            losses["metrics"] = [RgbAccuracy()]
        return losses
    if not config.is_rebalanced:
        bin_weights = None
    elif bin_weights is None:
        raise ValueError(
            f'loss "{config.name}" needs rebalancing weights. Received: '
            'bin_weights=None. Set `prior` to a file or to "estimate".'
        )
    classification = {
        "bin_weights": bin_weights,
        "num_neighbors": config.num_neighbors,
        "sigma": config.sigma,
        "mask_gray": config.mask_gray,
        "smoothing": config.smoothing,
    }
    if config.name != "hybrid":
        return {"loss": RebalancedCrossentropy(**classification)}
    return {
        "loss": HybridCrossentropy(
            config.regression_weight, config.regression_delta, **classification
        )
    }


class RgbAccuracy(keras.metrics.CategoricalAccuracy):
    """Counts the pixels whose largest RGB channel is that of the truth.

    That is what Keras makes of `metrics=["accuracy"]` for an output whose
    last axis is longer than 1: it takes the three channels for classes. Equal
    channels count as red, so a photo in gray is right wherever red is the
    largest; it says little of colors, and is kept to compare with reports.
    """

    def __init__(self, name: str = "accuracy", dtype=None):
        super().__init__(name=name, dtype=dtype)


def add_coupled_decay(model: keras.Model, decay: float) -> None:
    """Adds L2 penalties whose gradient is `decay` times each kernel.

    Unlike AdamW's decay it goes through Adam's scaling, as in the original
    training of ECCV16. The penalty is part of the reported loss.

    Args:
        model: any model; biases and batch norm get no penalty.
        decay: float >= 0; 0 changes nothing.
    """
    if decay:
        for variable in model.trainable_variables:
            if variable.name == "kernel":
                variable.regularizer = keras.regularizers.L2(decay / 2)
