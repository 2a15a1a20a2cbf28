"""Lite with ResNet18 alone, second part: larger crops, paper, a falling rate.

Source: this project; see `lite_photos`, from whose averaged weights this one
    starts.
Command: python -m training.train --config lite_photos_finish \
    --workdir runs/lite_photos_finish --data PACKED \
    --set init_weights=runs/lite_photos/best.weights.h5
    and then, from its weights, once more on the mixed photos alone:
    --set labels=intel,imagenette,imagenet1000,caltech101,cid22,imagewoof,\
    cats_dogs,bsds_train --set epochs=2 --set learning_rate=2e-4 \
    --set paper=0.05
Data: that of `lite_photos`.
Hardware: 2 cores of an x86-64 server with bfloat16 matrix units.
Hours: 0.6 for 4,500 steps, and 0.12 for the last 1,000.
Score: 600 validation photos: PSNR 24.90 dB (gray 23.29), CIEDE2000 9.02 (gray
    10.45), colorfulness ratio 0.45; 99 bench photos: 21.80 dB (gray 21.37),
    11.58 (gray 11.84), 0.32.
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
