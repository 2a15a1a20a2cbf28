"""The autoencoder of convolution, batch norm and ReLU on 25,000 photos.

Source: a student report that takes such a network as its baseline, on the
    Kaggle set of 25,000 photos of 224 x 224. It names neither loss nor
    optimizer nor batch size nor epochs: those here are ours. Its result was
    strongly desaturated, and it stopped early.
Command: python -m training.train \
    --config autoencoder_bn_image_colorization \
    --workdir runs/autoencoder_bn --data DIR
    On other photos: --set dataset=FOLDER
Hardware: not run yet.
Hours: not run yet.
Score: not run yet.
"""

from training.config import TrainConfig


def get_config() -> TrainConfig:
    """Returns the recipe's configuration."""
    return TrainConfig(
        model="autoencoder_bn",
        dataset="image_colorization",
        resize_short=224,
        crop_size=224,
        loss="ab_l2",
        prior=None,
        batch_size=32,
        epochs=30,
        optimizer="adam",
        learning_rate=1e-3,
        schedule="cosine",
        warmup_steps=500,
        final_scale=0.01,
    )
