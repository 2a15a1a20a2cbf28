"""DDColor for two CPU cores: one group of layers, 16 queries, crops of 64.

Source: `ddcolor_tiny_imagenet`, whose losses and weights are kept, after a
    student report whose own attempt at a small budget (crops of 32 pixels,
    batches of one photo, a loss of four of which one had a gradient) failed.
Differences: larger rate and steps of the rate that fit the length; a
    discriminator of a quarter of the width; everything starts from random
    weights but for the VGG16 of the perceptual loss.
Command: python -m training.train --config ddcolor_nano_photos \
    --workdir runs/ddcolor_nano_photos --data PHOTOS \
    --set adversary.perceptual_weights=vgg16.npz
Data: a folder of mixed photos of short side 160.
Hardware: 2 cores of an AMD EPYC with AVX-512 BF16.
Hours: 1.6 beside other work, for 3,000 steps (`--set epochs=30`).
Score: PSNR 21.10 dB on the bench photos (gray 21.37), CIEDE2000 13.55 (gray
    11.84), colorfulness ratio 0.50.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(name="ddcolor_nano"),
        data=config.DataConfig(
            resize_short=160, crop_size=64, flip=True, batch_size=16
        ),
        loss=config.LossConfig(name="adversarial", prior=None),
        adversary=config.AdversaryConfig(
            discriminator="ddcolor",
            discriminator_overrides={"filters": 16},
            kind="vanilla",
            weight=1.0,
            discriminator_weight=1.0,
            generator_losses={
                "pixel": 0.1,
                "perceptual": 5.0,
                "colorfulness": 0.5,
            },
            color_enhancement=1.2,
            discriminator_optimizer="adam",
        ),
        optimizer=config.OptimizerConfig(
            name="adamw",
            learning_rate=5e-4,
            beta_1=0.9,
            beta_2=0.99,
            weight_decay=0.01,
            clipnorm=1.0,
        ),
        schedule=config.ScheduleConfig(
            name="steps", decay_start=2_000, decay_steps=500, decay_factor=0.5
        ),
        epochs=40,
        steps_per_epoch=100,
        precision="mixed_bfloat16",
    )
