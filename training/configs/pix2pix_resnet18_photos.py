"""The second GAN for two CPU cores: a pretrained generator.

Source: see `pix2pix_resnet18_pretrain_photos`, from whose last weights this
    one starts; photos, steps and adversary are those of `pix2pix_photos`.
Command: python -m training.train --config pix2pix_resnet18_photos \
    --workdir runs/pix2pix_resnet18_photos --data PHOTOS
Data: that of `pix2pix_photos`.
Hardware: 2 cores of an AMD EPYC with AVX-512 BF16.
Hours: 1.4 beside other work, for 1,650 steps (`--set epochs=11`).
Score: PSNR 20.32 dB on the bench photos (gray 21.37, `pix2pix_photos` 19.53),
    CIEDE2000 13.75 (gray 11.84, 15.37), colorfulness ratio 0.83 (0.81).
"""

from training import config
from training.configs import pix2pix_photos


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        pix2pix_photos.get_config(),
        model={
            "name": "resnet18_unet_small",
            "init_weights": "runs/pix2pix_resnet18_pretrain_photos/"
            "final.weights.h5",
        },
    )
