"""The dense autoencoder on CIFAR-10.

Source: a student report (50,000 photos of 32 x 32, 3 stages, batches of 32,
    30 epochs), which follows R. Atienza, Advanced Deep Learning with Keras:
    squared error on RGB, Adam at 1e-3 without augmentation, the rate times
    sqrt(0.1) after 5 epochs without progress, down to 0.5e-6.
Differences: the report does not say the latent size of this model; here it is
    the 512 of its larger one, in the textbook 256 (--set
    'model_overrides={"latent_size": 256}'). The rate follows the loss of
    the training photos, in the textbook that of the validation photos.
Command: python -m training.train --config autoencoder_cifar10 \
    --workdir runs/autoencoder_cifar10 --data DIR
    On other photos, shrunk to 32 pixels:
    --set dataset=FOLDER --set cache=memory
Hardware: not run yet.
Hours: not run yet.
Score: not run yet.
"""

from training.config import TrainConfig


def get_config() -> TrainConfig:
    """Returns the recipe's configuration."""
    return TrainConfig(
        model="autoencoder_32",
        dataset="cifar10",
        validation_limit=10_000,
        resize_short=32,
        crop_size=32,
        flip=False,
        loss="rgb_mse",
        prior=None,
        batch_size=32,
        epochs=30,
        optimizer="adam",
        learning_rate=1e-3,
        epsilon=1e-7,
        schedule="plateau",
        decay_factor=0.1**0.5,
        plateau_patience=5,
        plateau_min_rate=0.5e-6,
    )
