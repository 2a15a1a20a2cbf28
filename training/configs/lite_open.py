"""Lite from random weights, on photos that anyone may use alone: lite.open.

Source: this project. A small ResNet18 with batch norm takes the place of the
    pretrained encoders, so that nothing of ImageNet is in the weights. Starts
    small, where steps are cheap: at short sides of 80 pixels a photo is seen
    nearly whole.
Command: python -m training.train --config lite_open \
    --workdir runs/open1 --data PACKED; then larger crops from its weights:
    --set model.init_weights=runs/open1/best.weights.h5 with
    data.resize_short=112 data.crop_size=96 data.batch_size=16
    optimizer.learning_rate=1e-3, 3,200 steps; and from those of that run
    data.resize_short=144 data.crop_size=128 data.batch_size=16
    optimizer.learning_rate=1e-3 schedule.name=cosine
    schedule.final_scale=0.01 epochs=30 steps_per_epoch=200.
Data: 9,046 packed photos of short side up to 176: of COCO val2017 those under
    CC BY 2.0 or without known restrictions (2,187, with closer crops),
    clothing-dataset (CC0, 2,600), flower_photos (CC BY 2.0, 1,300), Caltech 101
    (CC BY 4.0, 1,200), Grocery Store (MIT, 900), food (Pexels, CC BY, 859);
    `training.credits --open`.
    From the second stage on a third of the flowers and groceries, half of the
    food and five eighths of the clothes: with all of them colors came out too
    warm and too many on everyday photos.
Hardware: 1 core of an x86-64 server with bfloat16 instructions.
Hours: 0.9 of a core, beside other work: 10,000 steps of the first stage, where
    its rate, which does not fall, brought no more, 3,200 and 6,000.
Score: with its looks at a network size of 160, against gray, PSNR, CIEDE2000
    and colorfulness ratio. 200 everyday photos: natural +0.70 dB, -0.61, 0.71;
    calm +1.23, -1.00, 0.40; mean color +0.12, +1.59, 0.31. 99 bench photos:
    natural -0.51, +1.02, 0.71; calm +0.56, +0.08, 0.39; mean color -0.51,
    +2.35, 0.26.
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
