"""DDColor at the small budget of the report that gave it up.

Source: a student report (ConvNeXt-T, photos of 32 x 32 pixels, 2 heads, 50
    queries in place of 100, a single group of layers, batches of one photo),
    whose results were unsatisfactory. Of its four losses only the L1 error of
    ab had a gradient, so that is the loss here. It says neither steps nor
    rate: the rate is the paper's.
Differences: no pretrained encoder and no pretrained upsampler. Batches of 16
    photos: of one, training refuses them, as PyTorch does, because a batch
    norm at a 32nd of the size gets a single value per channel.
Command: python -m training.train --config ddcolor_seed \
    --workdir runs/ddcolor_seed --data PHOTOS
    With a pretrained encoder: --set model.encoder_weights=imagenet
Baseline: ddcolor_nano_photos, on crops of 64 pixels in batches of 16, with all
    four losses.
Hardware: 1 core of an AMD EPYC with AVX-512 BF16.
Hours: 0.08 of processor time, for 312 steps (--data PACKED
    --set data.dataset= --set data.validation_limit=200 --set epochs=3
    --set steps_per_epoch=104 --mixed-bfloat16), which see as many photos of
    COCO as 5,000 batches of one.
Score: on the central squares of 200 other photos PSNR 22.57 dB (gray 21.86,
    mean color 22.17), CIEDE2000 10.90 (gray 11.16, mean color 11.71),
    colorfulness ratio 0.22. At 64 x 64: 22.67 dB, 10.80, 0.28; at
    128 x 128, on 200 others (gray 22.18 dB, 11.21), 22.62, 11.40, 0.34.
    Batches of one, before they were refused: 12.09 dB, 24.98, 2.50
    (docs/reports.md).
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(
            name="ddcolor_tiny",
            overrides={"num_queries": 50, "num_layers": 3, "num_heads": 2},
        ),
        data=config.DataConfig(
            resize_short=32, crop_size=32, flip=False, batch_size=16
        ),
        loss=config.LossConfig(name="ab_l1", prior=None),
        optimizer=config.OptimizerConfig(
            name="adamw",
            learning_rate=1e-4,
            beta_1=0.9,
            beta_2=0.99,
            weight_decay=0.01,
        ),
        epochs=40,
        steps_per_epoch=200,
    )
