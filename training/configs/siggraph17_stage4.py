"""SIGGRAPH17, stage 4 of 4: stage 3 at a tenth of its rate.

Source: see siggraph17_stage1.
Command: python -m training.train --config siggraph17_stage4 \
    --workdir runs/siggraph17_stage4 --data FOLDER --set \
    model.init_weights=runs/siggraph17_stage3/preset/model.weights.h5
    where FOLDER has train/ and val/.
Hardware: not run by this project.
Hours: not run yet.
Score: not run yet. The release: see siggraph17_stage1.
"""

from training import config
from training.configs import siggraph17_stage3


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        siggraph17_stage3.get_config(),
        optimizer={"learning_rate": 1e-6},
        epochs=5,
    )
