"""ECCV16 as a classifier on 11,000 photos of sports, landscapes and objects.

Source: a student report that mixes 100-sports, landscapes and Pascal VOC 2012
    to about 11,000 photos at 256 x 256. It trained with L2 on ab (the recipe
    eccv16_sports_landscapes_voc_l2), tried class rebalancing and gave it up;
    this recipe is that attempt. The report names neither optimizer nor batch
    size nor epochs: those here are ours.
Command: python -m training.train --config eccv16_sports_landscapes_voc \
    --workdir runs/eccv16_sports_landscapes_voc --data DIR
    where DIR holds the folders of the three data sets (datasets.yaml).
Hardware: at this width not run. `eccv16_small`, on one core of an AMD EPYC with
    AVX-512 BF16.
Hours: 0.3, for 2,000 steps on crops of 112 pixels of 6,437 photos (three such
    sets, see docs/reports.md).
Score: of that, on 358 photos: PSNR 21.88 dB (gray 22.78, mean color 22.65),
    CIEDE2000 12.08 (10.69, 11.26), colorfulness ratio 0.82; without
    rebalancing 23.73, 9.80, 0.30.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(name="eccv16_base"),
        data=config.DataConfig(
            dataset="mix_11k", resize_short=256, crop_size=256, batch_size=16
        ),
        loss=config.LossConfig(name="rebalanced_crossentropy"),
        optimizer=config.OptimizerConfig(
            name="adamw", learning_rate=3e-4, weight_decay=1e-2, clipnorm=1.0
        ),
        schedule=config.ScheduleConfig(
            name="cosine", warmup_steps=500, final_scale=0.01
        ),
        epochs=60,
        precision="mixed_bfloat16",
    )
