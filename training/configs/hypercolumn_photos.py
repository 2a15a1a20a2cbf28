"""Hypercolumns of VGG16 on a local folder of mixed photos.

Source: this project; network, weights and loss are those of hypercolumn_seed.
Differences: crops of 128 pixels in place of photos of 224, batches of 16 in
    place of 2, a cosine schedule and averaged weights.
Command: python -m training.train --config hypercolumn_photos \
    --workdir runs/hypercolumn_photos --data DIR
    Without network: --set encoder_weights=FILE.npz
Data: a folder of photos with short side of about 160 pixels; an `index.csv`
    with a `split` column is used where there is one. 11,015 photos here.
Hardware: not run yet.
Hours: not run yet.
Score: not run yet.
"""

from training.config import TrainConfig


def get_config() -> TrainConfig:
    """Returns the recipe's configuration."""
    return TrainConfig(
        model="hypercolumn_vgg16",
        encoder_weights="imagenet",
        resize_short=160,
        crop_size=128,
        min_scale=0.8,
        max_scale=1.25,
        loss="uv_mse",
        prior=None,
        batch_size=16,
        epochs=10,
        steps_per_epoch=250,
        optimizer="adamw",
        learning_rate=1e-3,
        weight_decay=1e-2,
        clipnorm=1.0,
        schedule="cosine",
        warmup_steps=200,
        final_scale=0.01,
        ema=0.995,
        precision="mixed_bfloat16",
    )
