"""Lite: a semantic encoder joins; where `lite_everyday` starts from.

Source: this project; see `lite_photos` and `lite_photos_finish`, from whose
    averaged weights this one starts where the two models agree. The semantic
    encoder stays as it left ImageNet.
Command: python -m training.train --config lite_semantic \
    --workdir runs/lite_semantic --data PACKED \
    --set model.warm_start=runs/lite_photos_finish/preset \
    --set model.semantic_weights=efficientnet_lite0.npz
Data: 43,877 packed photos of short side up to 208: 11,010 mixed ones of short
    side 160, 17,845 of Imagenette and Imagewoof, 15,022 of Tiny ImageNet of
    64 x 64; photos that look like test photos left out (`training.pack`).
Hardware: 2 cores of an x86-64 server with bfloat16 instructions.
Hours: 1.1 for 4,000 steps, beside other work.
Score: 600 validation photos: PSNR 25.24 dB (gray 23.29), CIEDE2000 8.54 (gray
    10.45), colorfulness ratio 0.51; 99 bench photos: 21.83 dB (gray 21.37),
    11.59 (gray 11.84), 0.40.
"""

from training import config
from training.configs import lite_photos


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        lite_photos.get_config(),
        model={
            "name": "lite",
            "overrides": {"semantic_encoder": "efficientnet_lite0"},
            "freeze": ("semantic",),
        },
        data={
            "crop_size": 160,
            "min_scale": 1.0,
            "batch_size": 20,
            "degradation": {"probability": 0.4},
            "paper": 0.06,
        },
        loss={"regression_weight": 0.2},
        optimizer={"learning_rate": 4e-4},
        schedule={"warmup_steps": 200},
        epochs=20,
        steps_per_epoch=200,
    )
