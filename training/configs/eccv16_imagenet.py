"""ECCV16 as in the paper, on ImageNet.

Source: Zhang et al., Colorful Image Colorization, ECCV 2016, and its released
    Caffe training files: 1.3 million photos of 256 x 256, random crops of 176,
    mirroring, batches of 40, Adam (0.9, 0.99), rate 3.16e-5 multiplied by
    0.316 every 215,000 steps, 500,000 steps, weight decay 1e-3, 10 neighbors
    (the paper says 5, a typo by its author's word), lambda 0.5.
Differences: the short side is resized to 256 and the aspect kept; weights
    start from He initialization in place of k-means; the loss is a mean over
    the 44 x 44 output pixels, where Caffe takes their sum, so that the decay
    is divided by 44 * 44.
Command: python -m training.train --config eccv16_imagenet \
    --workdir runs/eccv16_imagenet --data FOLDER
    where FOLDER has train/ and val/.
Hardware: not run by this project; one GPU of 12 GB in the source.
Hours: not run yet.
Score: not run yet. The paper: AuC 89.5 %, class-balanced AuC 67.3 % on
    10,000 validation photos.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(name="eccv16_base"),
        data=config.DataConfig(
            resize_short=256,
            crop_size=176,
            batch_size=40,
            validation_limit=1000,
        ),
        loss=config.LossConfig(
            name="rebalanced_crossentropy",
            num_neighbors=10,
            prior_photos=20_000,
        ),
        optimizer=config.OptimizerConfig(
            name="adam",
            learning_rate=3.16e-5,
            beta_1=0.9,
            beta_2=0.99,
            coupled_decay=1e-3 / (44 * 44),
        ),
        schedule=config.ScheduleConfig(
            name="steps", decay_steps=215_000, decay_factor=0.316
        ),
        epochs=100,
        steps_per_epoch=5000,
    )
