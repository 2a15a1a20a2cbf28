"""SIGGRAPH17 at reduced width on a local folder of mixed photos.

Source: this project; losses and hints are those of siggraph17_stage1.
Differences: one stage in place of four. The regression, with hints from the
    start, trains the layers that both heads share; the classification trains
    its own layer beside. AdamW, a cosine schedule and averaged weights.
Command: python -m training.train --config siggraph17_small_photos \
    --workdir runs/siggraph17_small_photos --data DIR
Data: a folder of photos with short side of about 160 pixels; an `index.csv`
    with a `split` column is used where there is one. 11,015 photos here.
Run here: briefly, 480 steps (epochs=4 steps_per_epoch=120
    schedule.warmup_steps=50 optimizer.ema=0.98), then 600 of a second run from
    there on crops of 64 pixels, with more hints (data.crop_size=64
    data.hints.stop_probability=0.06 optimizer.ema=0.99), stopped in the middle
    of its schedule.
Hardware: 2 cores of an x86-64 server with bfloat16 matrix units.
Hours: 0.45, on a machine that did other work besides.
Score: `training.hint_curve` on 48 validation photos of 128 pixels, PSNR with
    0, 1, 2, 5, 10, 20 and 50 hints of 6 x 6 pixels: 22.06, 22.84, 23.49,
    24.62, 25.25, 26.02 and 27.64 dB (standard error 0.7). It has learned to
    follow hints, not yet to do without.
"""

from keras_colorize.data.pipeline_config import HintSimulation
from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(name="siggraph17_small"),
        data=config.DataConfig(
            resize_short=160,
            crop_size=128,
            min_scale=0.8,
            max_scale=1.25,
            hints=HintSimulation(stop_probability=0.125, largest_patch=9),
            batch_size=32,
        ),
        loss=config.LossConfig(name="siggraph17", prior=None),
        optimizer=config.OptimizerConfig(
            name="adamw",
            learning_rate=1e-3,
            weight_decay=1e-2,
            clipnorm=1.0,
            ema=0.999,
        ),
        schedule=config.ScheduleConfig(
            name="cosine", warmup_steps=500, final_scale=0.01
        ),
        epochs=8,
        steps_per_epoch=500,
        precision="mixed_bfloat16",
    )
