"""Lite learns to follow color hints; everything else stays as it is.

Source: this project. Hints are simulated as for SIGGRAPH17, but 16 in the
    mean and anywhere on the photo.
Command: python -m training.train --config lite_hints \
    --workdir runs/lite_hints --data PACKED \
    --set model.warm_start=keras_colorize/weights/lite.photos
Data: 27,295 packed photos of short side up to 208: 11,015 mixed ones of short
    side 160, and 16,280 everyday ones of COCO, SYSU-Scene, AVA, Flickr and of
    food; photos that look like test photos left out (`training.pack`).
Hardware: 2 cores of an x86-64 server with bfloat16 instructions.
Hours: 0.65 for 1,200 steps, beside other work that took most of the cores.
Score: `training.hint_curve --split all --size 256 --limit 60` on everyday
    photos, hints of 6 x 6 pixels, PSNR with 0, 1, 2, 5, 10, 20 and 50:
    look calm 23.42, 23.75, 24.29, 25.34, 26.40, 27.21 and 27.96 dB, look
    natural 22.71, 23.35, 23.95, 24.99, 25.87, 26.56 and 27.17 (standard error
    0.5). Without hints no pixel changes.
"""

from keras_colorize.data.pipeline_config import HintSimulation
from training import config
from training.configs import lite_everyday


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        lite_everyday.get_config(),
        model={
            "freeze": (),
            "train": (
                "hint_spread",
                "hint_conv1",
                "hint_conv2",
                "hint_change",
            ),
        },
        data={
            "hints": HintSimulation(
                stop_probability=1 / 13, placement="uniform"
            ),
            "degradation": {"probability": 0.2},
            "paper": 0.0,
        },
        loss={"regression_weight": 0.5, "smoothing": 0.0},
        optimizer={"learning_rate": 1e-3, "ema": 0.985},
        schedule={"warmup_steps": 50},
        epochs=12,
        steps_per_epoch=100,
    )
