"""The second GAN for two CPU cores: a pretrained generator.

Source: see `pix2pix_resnet18_pretrain_photos`, from whose last weights this
    one starts; photos, steps and adversary are those of `pix2pix_photos`.
Command: python -m training.train --config pix2pix_resnet18_photos \
    --workdir runs/pix2pix_resnet18_photos --data PHOTOS
Data: that of `pix2pix_photos`.
Hardware: 2 cores of an x86-64 server with bfloat16 matrix units.
Hours: not run yet.
Score: not run yet.
"""

import dataclasses

from training.config import TrainConfig
from training.configs import pix2pix_photos


def get_config() -> TrainConfig:
    """Returns the recipe's configuration."""
    return dataclasses.replace(
        pix2pix_photos.get_config(),
        model="resnet18_unet_small",
        init_weights="runs/pix2pix_resnet18_pretrain_photos/final.weights.h5",
    )
