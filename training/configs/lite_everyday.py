"""Lite with a better semantic encoder, on everyday photos besides.

Source: this project. Starts from the weights of `lite_semantic`, where the
    two models agree; EfficientNet-Lite2 takes the place of EfficientNet-Lite0
    and stays as it left ImageNet. A share of each target is spread over all
    bins, against over-sure colors.
Command: python -m training.train --config lite_everyday \
    --workdir runs/lite_everyday --data PACKED \
    --set model.warm_start=runs/lite_semantic/preset \
    --set model.semantic_weights=efficientnet_lite2.npz
"""

from training import config
from training.configs import lite_semantic


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        lite_semantic.get_config(),
        model={"overrides": {}},
        loss={"smoothing": 0.05, "regression_weight": 0.3},
        optimizer={"learning_rate": 3e-4},
        epochs=24,
        steps_per_epoch=250,
    )
