"""Color-UNet++ at reduced width on a local folder of mixed photos.

Source: this project. Color-UNet++ is evaluated on LFW and LSUN by its
    authors, with settings that were not available here.
Command: python -m training.train --config unetpp_color_small_photos \
    --workdir runs/unetpp_color_small_photos --data DIR
Data: a folder of photos with short side of about 160 pixels; an `index.csv`
    with a `split` column is used where there is one. 11,015 photos here.
Hardware: not run yet.
Hours: not run yet.
Score: not run yet.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(name="unetpp_color_small"),
        data=config.DataConfig(
            resize_short=160,
            crop_size=128,
            min_scale=0.8,
            max_scale=1.25,
            batch_size=32,
        ),
        loss=config.LossConfig(name="uv_mse", prior=None),
        optimizer=config.OptimizerConfig(
            name="adamw",
            learning_rate=1e-3,
            weight_decay=1e-2,
            clipnorm=1.0,
            ema=0.999,
        ),
        schedule=config.ScheduleConfig(
            name="cosine", warmup_steps=200, final_scale=0.01
        ),
        epochs=6,
        steps_per_epoch=500,
        precision="mixed_bfloat16",
    )
