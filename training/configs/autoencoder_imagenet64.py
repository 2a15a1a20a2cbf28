"""The dense autoencoder on 100 classes of ImageNet at 64 x 64.

Source: a student report (20,000 photos, 4 stages, latent size 512, batches of
    32, 30 epochs); all else as in autoencoder_cifar10. It tried 224, 128 and
    64 pixels and found 64 best; the other sizes are autoencoder_128 with
    --set model.name=autoencoder_128 --set data.resize_short=128
    --set data.crop_size=128.
Differences: 2,000 of the 20,000 photos are for validation. Photos keep their
    aspect: the short side becomes 64 and a square is cut out. Which 100
    classes the report took is not known.
Baselines: on 1,960 photos of 100 classes of Tiny ImageNet gray has a squared
    error of 0.0107 and an accuracy of 0.211, the mean color 0.0094 and 0.583.
Command: python -m training.train --config autoencoder_imagenet64 \
    --workdir runs/autoencoder_imagenet64 --data DIR
    On other photos: --set data.dataset=FOLDER --set data.cache=memory
Hardware: one core of an AMD EPYC with AVX-512 BF16, in mixed bfloat16.
Hours: 1.6.
Score: on 100 classes of Tiny ImageNet, validation, a squared error of 0.0230
    and an accuracy of 0.53 (best loss 0.0221, after 10 epochs). As colors on
    the lightness of 983 photos 22.06 dB (gray 22.94, mean color 23.06),
    CIEDE2000 12.43 (11.52, 11.80), colorfulness ratio 0.70.
    With 10 epochs on 2,000 mixed photos the squared error on 400 others is
    0.0213 at 64 pixels and 0.0233 at 128 (gray 0.0083).
"""

from training import config
from training.configs import autoencoder_cifar10


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        autoencoder_cifar10.get_config(),
        model={"name": "autoencoder_64"},
        data={
            "dataset": "imagenet_100",
            "validation_limit": 2000,
            "resize_short": 64,
            "crop_size": 64,
        },
    )
