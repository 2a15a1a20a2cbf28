"""DDColor with a ConvNeXt-T encoder, as published.

Source: Kang et al., DDColor: Towards Photo-Realistic Image Colorization via
    Dual Decoders, ICCV 2023, and its training code: 400,000 steps of 16 photos
    at 256 x 256, AdamW at 1e-4 with betas 0.9 and 0.99 and decay 0.01 (Adam
    for the discriminator), halved at step 80,000 and each 40,000 after; pixel,
    perceptual, adversarial and colorfulness losses weighed 0.1, 5, 1 and 0.5.
Differences: the discriminator takes its step before the generator; crops keep
    the shape of what they show; the colorfulness loss is the mean over the
    batch; the perceptual loss looks through a VGG16 without batch norm; the
    encoder starts from the weights of 1,000 classes of ImageNet, not 22,000.
Command: python -m training.train --config ddcolor_tiny_imagenet \
    --workdir runs/ddcolor_tiny_imagenet --data FOLDER
    where FOLDER has the training photos of ImageNet. Weights of ConvNeXt-T
    and VGG16 are downloaded, unless encoder_weights and perceptual_weights
    name files.
Hardware: not run by this project; the paper's, 4 Tesla V100.
Hours: not run.
Score: not run; the paper's on 5,000 validation photos: FID 4.38, colorfulness
    37.66.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(
            name="ddcolor_tiny", encoder_weights="imagenet"
        ),
        data=config.DataConfig(
            resize_short=256, crop_size=256, flip=False, batch_size=16
        ),
        loss=config.LossConfig(name="adversarial", prior=None),
        adversary=config.AdversaryConfig(
            discriminator="ddcolor",
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
            learning_rate=1e-4,
            beta_1=0.9,
            beta_2=0.99,
            weight_decay=0.01,
        ),
        schedule=config.ScheduleConfig(
            name="steps",
            decay_start=80_000,
            decay_steps=40_000,
            decay_factor=0.5,
        ),
        epochs=80,
        steps_per_epoch=5000,
    )
