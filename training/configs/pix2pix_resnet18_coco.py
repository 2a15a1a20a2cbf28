"""The second GAN: the ResNet18 U-Net goes on against a discriminator.

Source: see `pix2pix_resnet18_pretrain_coco`, from whose last weights this one
    starts.
Command: python -m training.train --config pix2pix_resnet18_coco \
    --workdir runs/pix2pix_resnet18_coco --data FOLDER
Hardware: not run at full width; with resnet18_unet_small and crops of 128
    pixels one core of an x86-64 server with bfloat16 matrix units
    (docs/reports.md has the command).
Hours: 0.2 for 8 epochs of 26 steps on 4,120 photos.
Score: the report's last epoch: generator 7.28 in training and 10.01 in
    validation, discriminator 0.60 and 0.65, and 100 times the L1 loss 6.25 and
    9.21. Of the small one: 11.37 and 12.63, 0.48 and 0.72, 9.90 and 11.80; 100
    whole photos: PSNR 19.99 dB (gray 22.01), CIEDE2000 14.30 (gray 11.18),
    colorfulness ratio 0.91.
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
