"""Lite with its semantic encoder, from the weights of its first variant."""

import dataclasses

from training.config import TrainConfig
from training.configs import lite_photos


def get_config() -> TrainConfig:
    """Returns the recipe's configuration."""
    return dataclasses.replace(
        lite_photos.get_config(),
        model="lite",
        freeze=("ab_decoder", "semantic"),
        crop_size=160,
        min_scale=1.0,
        batch_size=20,
        degradation=0.4,
        paper=0.06,
        regression_weight=0.2,
        epochs=20,
        steps_per_epoch=200,
        learning_rate=4e-4,
        warmup_steps=200,
    )
