"""The ResNet18 U-Net of the second GAN, first without its adversary: L1.

Source: the second network of the report behind `pix2pix_coco`: a U-Net over a
    ResNet18 that knows ImageNet learns to colorize by the L1 loss alone, so
    that neither side of the GAN starts blind. (Its own code loaded no weights
    of ImageNet, and lost those of this stage to a second initialization.)
Command: python -m training.train --config pix2pix_resnet18_pretrain_coco \
    --workdir runs/pix2pix_resnet18_pretrain_coco --data FOLDER \
    --set model.encoder_weights=resnet18.npz
    where FOLDER has coco2017/train2017, and the file the weights of
    torchvision or timm: see training/README.md.
Hardware: not run at full width; with resnet18_unet_small and crops of 128
    pixels one core of an x86-64 server with bfloat16 matrix units
    (docs/reports.md has the command).
Hours: 0.3 for 20 epochs of 26 steps on 4,120 photos.
Score: the report's L1 loss on ab / 110 fell from 0.087 to 0.080 in 6 epochs.
    Of the small one, whose encoder lacked four kernels, it fell from 0.151 to
    0.093 on 200 validation photos (gray 0.098, mean color 0.096); 100 whole
    photos: PSNR 21.94 dB (gray 22.01), CIEDE2000 12.34 (gray 11.18),
    colorfulness ratio 0.54.
"""

from training import config
from training.configs import pix2pix_coco


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        pix2pix_coco.get_config(),
        model={
            "name": "resnet18_unet_base",
            # A run without pretrained weights has to say so: =none.
            "encoder_weights": "imagenet",
        },
        loss={"name": "ab_l1"},
        adversary={"generator_losses": {}},
        optimizer={"learning_rate": 1e-4, "beta_1": 0.9},
        epochs=20,
    )
