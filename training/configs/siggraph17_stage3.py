"""SIGGRAPH17, stage 3 of 4: regression with color hints on ImageNet.

Source: see siggraph17_stage1.
Command: python -m training.train --config siggraph17_stage3 \
    --workdir runs/siggraph17_stage3 --data FOLDER --set \
    model.init_weights=runs/siggraph17_stage2/preset/model.weights.h5
    where FOLDER has train/ and val/.
Hardware: not run by this project.
Hours: not run yet.
Score: not run yet.
"""

from training import config
from training.configs import siggraph17_stage2


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        siggraph17_stage2.get_config(),
        model={"overrides": {"gradient_from": "ab"}},
        data={"hints": {"stop_probability": 0.125, "largest_patch": 9}},
        optimizer={"learning_rate": 1e-5},
        epochs=10,
    )
