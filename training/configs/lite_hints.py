"""Lite learns to follow color hints; everything else stays as it is.

Source: this project. Hints are simulated as for SIGGRAPH17, but 12 in the
    mean and anywhere on the photo.
Command: python -m training.train --config lite_hints \
    --workdir runs/lite_hints --data PACKED \
    --set model.warm_start=keras_colorize/weights/lite.photos
Data: as `lite_everyday`.
Hardware: 2 cores of an x86-64 server with bfloat16 instructions.
Hours: 0.2 for 800 steps on one core, from the branch of 1,200 steps (0.65 hours
    beside other work) on the former weights; then 300 and, after the last steps
    of `lite_everyday`, 600 steps at up to 5e-4.
Score: `training.hint_curve --split all --size 256 --limit 60` on everyday
    photos, hints of 6 x 6 pixels, PSNR with 0, 1, 2, 5, 10, 20 and 50:
    look calm 23.82, 24.17, 24.53, 25.69, 26.91, 27.83 and 29.36 dB, look
    natural 23.29, 23.94, 24.35, 25.52, 26.68, 27.67 and 29.18 (standard error
    0.5); without `layers.hint_keeping` 28.27 and 27.79 with 50. Without hints
    no pixel changes.
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
