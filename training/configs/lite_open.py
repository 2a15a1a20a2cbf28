"""Lite from random weights, on photos that anyone may use alone: lite.open.

Source: this project. A small ResNet18 with batch norm takes the place of the
    pretrained encoders, so that nothing of ImageNet is in the weights. Starts
    small, where steps are cheap: at short sides of 80 pixels a photo is seen
    nearly whole.
Command: python -m training.train --config lite_open \
    --workdir runs/lite_open --data PACKED
Data: 9,046 packed photos of short side up to 176: of COCO val2017 those under
    CC BY 2.0 (2,184, with closer crops), clothing-dataset (CC0, 2,600),
    flower_photos (CC BY 2.0, 1,300), Caltech 101 (CC BY 4.0, 1,200), Grocery
    Store (MIT, 900), food (Pexels, CC BY, 859); `training.credits --open`.
Hardware: a tenth of an x86-64 core, beside other work.
Hours: 0.05 of a core, for 1,200 of its 20,000 steps: a beginning, of which no
    weights are in the box. Further steps want larger crops (128, 96 of it),
    and at the end a falling learning rate.
Score: after these, the mean color at a network size of 64, against gray.
    60 everyday photos: PSNR +0.57 dB, CIEDE2000 +0.14, colorfulness ratio 0.63;
    with six tenths of the chroma +0.68, -0.35, 0.38 (mean color +0.46, +0.25,
    0.49). 60 of its validation photos: +1.23, -0.92, 0.69; with six tenths
    +1.16, -1.08, 0.41 (mean color +0.86, -0.45, 0.53). Larger networks' inputs
    than it has learned from give too much color.
"""

from keras_colorize.data.degradation import Degradation
from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(
            name="lite",
            overrides={
                "encoder": "resnet18_norms",
                "semantic_encoder": None,
                "encoder_width": 0.5,
                "decoder_filters": (192, 128, 96, 64),
                "takes_hints": False,
            },
        ),
        data=config.DataConfig(
            resize_short=80,
            crop_size=64,
            min_scale=0.8,
            max_scale=1.4,
            degradation=Degradation(probability=0.3),
            average_truth=True,
            batch_size=32,
            paper=0.06,
            validation_limit=128,
        ),
        loss=config.LossConfig(
            name="hybrid",
            uniform_mix=1.0,
            regression_weight=0.3,
            smoothing=0.05,
        ),
        optimizer=config.OptimizerConfig(
            name="adamw",
            learning_rate=1.5e-3,
            weight_decay=1e-2,
            clipnorm=1.0,
            ema=0.997,
        ),
        samples=config.SamplesConfig(count=0),
        epochs=50,
        steps_per_epoch=400,
        precision="mixed_bfloat16",
    )
