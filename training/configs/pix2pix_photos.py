"""pix2pix for two CPU cores: narrower, on crops of 128 pixels.

Source: `pix2pix_coco`, with the falling rate of the paper.
Command: python -m training.train --config pix2pix_photos \
    --workdir runs/pix2pix_photos --data PHOTOS
Data: a folder of mixed photos of short side 160.
Hardware: 2 cores of an AMD EPYC with AVX-512 BF16.
Hours: 1.8 beside other work on the machine, for 3,900 of the 4,500 steps.
Score: PSNR 19.53 dB on the bench photos (gray 21.37), CIEDE2000 15.37 (gray
    11.84), colorfulness ratio 0.81.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(name="pix2pix_small"),
        data=config.DataConfig(
            resize_short=160, crop_size=128, flip=True, batch_size=16
        ),
        loss=config.LossConfig(name="adversarial", prior=None),
        adversary=config.AdversaryConfig(
            discriminator="patchgan",
            discriminator_overrides={"stackwise_filters": (32, 64, 128, 256)},
            kind="vanilla",
            generator_losses={"l1": 100.0},
        ),
        optimizer=config.OptimizerConfig(
            name="adam", learning_rate=2e-4, beta_1=0.5, beta_2=0.999
        ),
        schedule=config.ScheduleConfig(name="linear", decay_share=0.5),
        epochs=30,
        steps_per_epoch=150,
        precision="mixed_bfloat16",
    )
