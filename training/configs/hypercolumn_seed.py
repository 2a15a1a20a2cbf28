"""Hypercolumns of VGG16 in the setting of the report.

Source: a student report (photos of 224 x 224 from gray to UV, squared error
    on UV, batches of 2 because no larger one fit in its memory, 10 to 12
    epochs). It learned little but a brown tone. It names neither the
    photos of this model nor optimizer and rate: here they are the 20,000 of
    100 ImageNet classes of its other model, and Adam at 1e-3.
Differences: photos keep their aspect: the short side becomes 224 and a square
    is cut out. Batches of 32 fit here: --set data.batch_size=32.
Command: python -m training.train --config hypercolumn_seed \
    --workdir runs/hypercolumn_seed --data DIR
    On other photos: --set data.dataset=FOLDER
    Without network: --set model.encoder_weights=FILE.npz
Hardware: not run yet.
Hours: not run yet.
Score: not run yet.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(
            name="hypercolumn_vgg16", encoder_weights="imagenet"
        ),
        data=config.DataConfig(
            dataset="imagenet_100",
            resize_short=224,
            crop_size=224,
            flip=False,
            batch_size=2,
        ),
        loss=config.LossConfig(name="uv_mse", prior=None),
        optimizer=config.OptimizerConfig(
            name="adam", learning_rate=1e-3, epsilon=1e-7
        ),
        epochs=12,
    )
