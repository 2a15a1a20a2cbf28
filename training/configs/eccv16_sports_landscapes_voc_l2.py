"""The L2 version of eccv16_sports_landscapes_voc; all else is equal.

Source: see eccv16_sports_landscapes_voc.
Command: python -m training.train --config eccv16_sports_landscapes_voc_l2 \
    --workdir runs/eccv16_sports_landscapes_voc_l2 --data DIR
Hardware: not run yet.
Hours: not run yet.
Score: not run yet.
"""

from training import config
from training.configs import eccv16_sports_landscapes_voc


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        eccv16_sports_landscapes_voc.get_config(),
        model={"name": "eccv16_l2_base"},
        loss={"name": "ab_l2", "prior": None},
    )
