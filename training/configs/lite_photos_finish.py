"""Lite, the end of its training: larger crops, paper, a falling rate.

Source: this project; see `lite_photos`, from whose averaged weights this one
    starts.
Command: python -m training.train --config lite_photos_finish \
    --workdir runs/lite_photos_finish --data PACKED \
    --set init_weights=runs/lite_photos/best.weights.h5
Data: that of `lite_photos`.
Hardware: 2 cores of an x86-64 server with bfloat16 matrix units.
Hours: 0.6 for 4,500 steps.
Score: see the card of the shipped weights.
"""

import dataclasses

from training.config import TrainConfig
from training.configs import lite_photos


def get_config() -> TrainConfig:
    """Returns the recipe's configuration."""
    return dataclasses.replace(
        lite_photos.get_config(),
        crop_size=160,
        min_scale=1.0,
        batch_size=20,
        paper=0.08,
        regression_weight=0.2,
        epochs=9,
        steps_per_epoch=500,
        learning_rate=3.5e-4,
        warmup_steps=50,
    )
