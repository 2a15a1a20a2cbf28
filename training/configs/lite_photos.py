"""Lite with ResNet18 alone: the first part of the weights that are shipped.

Source: this project. Classification over 313 ab bins (Zhang et al., Colorful
    Image Colorization, ECCV 2016) and the error of the mean color together.
    No rebalancing: uncertain regions stay near gray, and the strength makes
    colors vivid where they are wanted.
Command: python -m training.train --config lite_photos \
    --workdir runs/lite_photos --data PACKED --steps 4000 \
    --set model.encoder_weights=resnet18.npz
Data: 40,987 packed photos: 10,987 mixed ones of short side 160, 10,000 of
    Imagenette and Imagewoof of short side up to 208, 20,000 of Tiny ImageNet
    of 64 x 64; photos that look like test photos left out (`training.pack`).
Hardware: 2 cores of an x86-64 server with bfloat16 matrix units.
Hours: 0.55 for 4,000 of its 10,000 steps; `lite_photos_finish` goes on.
Score: see `lite_photos_finish`.
"""

from keras_colorize.data.degradation import Degradation
from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(name="lite_resnet18"),
        data=config.DataConfig(
            resize_short=160,
            crop_size=128,
            min_scale=0.8,
            max_scale=1.6,
            degradation=Degradation(probability=0.3),
            average_truth=True,
            batch_size=32,
        ),
        loss=config.LossConfig(
            name="hybrid", uniform_mix=1.0, regression_weight=0.1
        ),
        optimizer=config.OptimizerConfig(
            name="adamw",
            learning_rate=5e-4,
            weight_decay=1e-2,
            clipnorm=1.0,
            ema=0.998,
        ),
        schedule=config.ScheduleConfig(
            name="cosine", warmup_steps=300, final_scale=0.01
        ),
        epochs=10,
        steps_per_epoch=1000,
        precision="mixed_bfloat16",
    )
