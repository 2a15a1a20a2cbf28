"""Lite with a better semantic encoder, on everyday photos besides.

Source: this project. Starts from the weights of `lite_semantic`, where the
    two models agree; EfficientNet-Lite2 takes the place of EfficientNet-Lite0
    and stays as it left ImageNet. A share of each target is spread over all
    bins, against over-sure colors.
Command: python -m training.train --config lite_everyday \
    --workdir runs/lite_everyday --data PACKED \
    --set model.warm_start=runs/lite_semantic/preset \
    --set model.semantic_weights=efficientnet_lite2.npz
    Then 300 steps at up to 1e-4 with more paper, --set data.paper=0.25. Then
    2,000 in which all layers learn, --set model.init_weights=BEFORE
    --set model.freeze= --set optimizer.learning_rate=1.5e-4
    --set optimizer.ema=0.998 --set data.paper=0.15; the weights are the mean of
    those before and after these.
Data: 43,250 packed photos of short side up to 208: 11,010 mixed ones of short
    side 160, and 32,240 everyday ones of COCO, Flickr, Flickr8k, SYSU-Scene,
    Bangladesh, AVA, clothing, fashion, houses, flowers, groceries, food and
    cars; photos that look like test photos left out (`training.pack`).
Hardware: 2 cores of an x86-64 server with bfloat16 instructions.
Hours: 1.1 for 6,000 steps, on one of the cores; 400 steps before, on a part of
    the photos; 1.1 for the last 2,000, beside other work.
Score: 600 everyday photos, look calm, against gray: PSNR +2.10 dB, CIEDE2000
    -2.06, colorfulness ratio 0.49 (before the last 2,000 steps +2.00, -1.96,
    0.48, after them alone +2.10, -2.04, 0.49; with EfficientNet-Lite0 and
    without everyday photos, at temperature 1, +1.76, -1.61, 0.49).
"""

from training import config
from training.configs import lite_semantic


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        lite_semantic.get_config(),
        model={"overrides": {}},
        loss={"smoothing": 0.05, "regression_weight": 0.3},
        optimizer={"learning_rate": 3e-4},
        epochs=24,
        steps_per_epoch=250,
    )
