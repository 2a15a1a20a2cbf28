"""SIGGRAPH17, stage 2 of 4: classification on ImageNet.

Source: see siggraph17_stage1.
Command: python -m training.train --config siggraph17_stage2 \
    --workdir runs/siggraph17_stage2 --data FOLDER --set \
    model.init_weights=runs/siggraph17_stage1/preset/model.weights.h5
    where FOLDER has train/ and val/.
Hardware: not run by this project.
Hours: not run yet.
Score: not run yet.
"""

from training import config
from training.configs import siggraph17_stage1


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(siggraph17_stage1.get_config(), epochs=15)
