"""ECCV16 as a classifier on 11,000 photos of sports, landscapes and objects.

Source: a student report that mixes 100-sports, landscapes and Pascal VOC 2012
    to about 11,000 photos at 256 x 256. It trained with L2 on ab (the recipe
    eccv16_sports_landscapes_voc_l2), tried class rebalancing and gave it up;
    this recipe is that attempt. The report names neither optimizer nor batch
    size nor epochs: those here are ours.
Command: python -m training.train --config eccv16_sports_landscapes_voc \
    --workdir runs/eccv16_sports_landscapes_voc --data DIR
    where DIR holds the folders of the three data sets (datasets.yaml).
Hardware: not run yet.
Hours: not run yet.
Score: not run yet.
"""

from training.config import TrainConfig


def get_config() -> TrainConfig:
    """Returns the recipe's configuration."""
    return TrainConfig(
        model="eccv16_base",
        freeze=("ab_decoder",),
        dataset="mix_11k",
        resize_short=256,
        crop_size=256,
        loss="rebalanced_crossentropy",
        batch_size=16,
        epochs=60,
        optimizer="adamw",
        learning_rate=3e-4,
        weight_decay=1e-2,
        clipnorm=1.0,
        schedule="cosine",
        warmup_steps=500,
        final_scale=0.01,
        precision="mixed_bfloat16",
    )
