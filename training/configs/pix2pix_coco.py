"""pix2pix on COCO: the conditional GAN of the seed report, from scratch.

Source: Isola et al., Image-to-Image Translation with Conditional Adversarial
    Networks, CVPR 2017, with the settings of a student report on COCO: 10,000
    photos, gray ones left out, batches of 16, Adam at 2e-4 with beta 0.5, 100
    epochs at one rate, weight 100 of the L1 loss.
Command: python -m training.train --config pix2pix_coco \
    --workdir runs/pix2pix_coco --data FOLDER
    where FOLDER has coco2017/train2017.
Hardware: not run by this project; the report's, a GTX 1650 with 4 GB.
Hours: not run; the report's 12.4.
Score: not run; the report's last epoch: generator 7.19 in training and 9.95
    in validation, discriminator 0.44 and 0.69, and 100 times the L1 loss 5.21
    and 8.87. On 200 photos of COCO at 128 pixels gray has 9.80, the mean color
    9.56.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(name="pix2pix_base"),
        data=config.DataConfig(
            dataset="coco2017_10k",
            validation_limit=2000,
            resize_short=256,
            crop_size=256,
            flip=True,
            batch_size=16,
        ),
        loss=config.LossConfig(name="adversarial", prior=None),
        adversary=config.AdversaryConfig(
            discriminator="patchgan",
            kind="vanilla",
            generator_losses={"l1": 100.0},
        ),
        optimizer=config.OptimizerConfig(
            name="adam", learning_rate=2e-4, beta_1=0.5, beta_2=0.999
        ),
        schedule=config.ScheduleConfig(name="constant"),
        epochs=100,
    )
