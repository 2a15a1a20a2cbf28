"""ECCV16 at reduced width on a local folder of mixed photos.

Source: this project; the objective is that of Zhang et al., Colorful Image
    Colorization, ECCV 2016 (313 bins, rebalanced, annealed mean). More of
    the uniform distribution than the paper's 0.5 in the class weights: with
    0.5 a short training shows a brown tint where it is not sure, with 0.85
    it stays near gray there.
Command: python -m training.train --config eccv16_small_photos \
    --workdir runs/eccv16_small_photos --data DIR
Data: a folder of photos with short side of about 160 pixels; an `index.csv`
    with a `split` column is used where there is one. 11,015 photos here.
Hardware: 2 cores of an x86-64 server with bfloat16 matrix units.
Hours: 1.3 for 6,500 steps, on a machine that did other work besides. The
    shipped weights took 2,000 steps with loss.uniform_mix=0.5 and then 4,500
    from there with 0.85 (model.init_weights=FILE epochs=9
    schedule.warmup_steps=100).
Score: shipped weights, 600 validation photos: PSNR 23.70 dB (gray 23.29),
    CIEDE2000 10.31 (gray 10.45), colorfulness ratio 0.72; 99 photos of the
    bench set: 20.99 dB (gray 21.37), 13.29 (gray 11.84), 0.59.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(name="eccv16_small"),
        data=config.DataConfig(
            resize_short=160,
            crop_size=128,
            min_scale=0.8,
            max_scale=1.25,
            batch_size=32,
        ),
        loss=config.LossConfig(
            name="rebalanced_crossentropy", uniform_mix=0.85
        ),
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
        epochs=13,
        steps_per_epoch=500,
        precision="mixed_bfloat16",
    )
