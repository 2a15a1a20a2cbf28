"""Hypercolumns of VGG16 on a local folder of mixed photos.

Source: this project; network, weights and loss are those of hypercolumn_seed.
Differences: crops of 128 pixels in place of photos of 224, batches of 16 in
    place of 2, a cosine schedule and averaged weights.
Command: python -m training.train --config hypercolumn_photos \
    --workdir runs/hypercolumn_photos --data DIR
    Without network: --set model.encoder_weights=FILE.npz
Data: a folder of photos with short side of about 160 pixels; an `index.csv`
    with a `split` column is used where there is one. 11,015 photos here.
Hardware: 2 cores of an x86-64 server with bfloat16 matrix units.
Hours: 0.8 for 2,500 steps, on a machine that did other work besides (about
    1 second a step).
Score: with --network-size 160, the scale of its training. 99 photos of the
    bench set: PSNR 21.84 dB [20.92, 22.78] (gray 21.37, mean color 21.60),
    CIEDE2000 11.81 [10.91, 12.78] (gray 11.84, mean color 12.17),
    colorfulness ratio 0.39. 150 validation photos: 24.33 dB (gray 23.20),
    9.89 (gray 10.60), 0.53. Sky, foliage, skin and wood have colors of
    their own, where the source reports a brown tone; at --network-size 224
    the validation photos score 24.10 dB.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(
            name="hypercolumn_vgg16", encoder_weights="imagenet"
        ),
        data=config.DataConfig(
            resize_short=160,
            crop_size=128,
            min_scale=0.8,
            max_scale=1.25,
            batch_size=16,
        ),
        loss=config.LossConfig(name="uv_mse", prior=None),
        optimizer=config.OptimizerConfig(
            name="adamw",
            learning_rate=1e-3,
            weight_decay=1e-2,
            clipnorm=1.0,
            ema=0.995,
        ),
        schedule=config.ScheduleConfig(
            name="cosine", warmup_steps=200, final_scale=0.01
        ),
        epochs=10,
        steps_per_epoch=250,
        precision="mixed_bfloat16",
    )
