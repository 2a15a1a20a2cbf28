"""The second GAN: the ResNet18 U-Net goes on against a discriminator.

Source: see `pix2pix_resnet18_pretrain_coco`, from whose last weights this one
    starts.
Command: python -m training.train --config pix2pix_resnet18_coco \
    --workdir runs/pix2pix_resnet18_coco --data FOLDER
Hardware: not run by this project.
Hours: not run.
Score: not run; the report's last epoch: generator 7.28 in training and 10.01
    in validation, discriminator 0.60 and 0.65, and 100 times the L1 loss 6.25
    and 9.21.
"""

from training import config
from training.configs import pix2pix_coco


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        pix2pix_coco.get_config(),
        model={
            "name": "resnet18_unet_base",
            "init_weights": "runs/pix2pix_resnet18_pretrain_coco/"
            "final.weights.h5",
        },
        epochs=40,
    )
