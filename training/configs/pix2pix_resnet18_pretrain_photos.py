"""The ResNet18 U-Net for two CPU cores, first without its adversary: L1.

Source: `pix2pix_resnet18_pretrain_coco`, with a narrower way up.
Command: python -m training.train --config pix2pix_resnet18_pretrain_photos \
    --workdir runs/pix2pix_resnet18_pretrain_photos --data PHOTOS \
    --set model.encoder_weights=resnet18.npz
Data: that of `pix2pix_photos`.
Hardware: 2 cores of an AMD EPYC with AVX-512 BF16.
Hours: 1.7 beside other work on the machine.
Score: PSNR 21.92 dB on the bench photos (gray 21.37), CIEDE2000 11.86 (gray
    11.84), colorfulness ratio 0.42.
"""

from training import config
from training.configs import pix2pix_photos


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        pix2pix_photos.get_config(),
        model={"name": "resnet18_unet_small", "encoder_weights": "imagenet"},
        loss={"name": "ab_l1"},
        adversary={"discriminator_overrides": {}, "generator_losses": {}},
        optimizer={"learning_rate": 1e-4, "beta_1": 0.9},
        schedule={"name": "constant"},
        epochs=15,
    )
