"""The L2 baseline of eccv16_intel_small; all else is equal.

Source: see eccv16_intel_l2.
Command: python -m training.train --config eccv16_intel_l2_small \
    --workdir runs/eccv16_intel_l2_small --data DIR
Hardware: not run yet.
Hours: not run yet.
Score: not run yet.
"""

import dataclasses

from training.config import TrainConfig
from training.configs import eccv16_intel_l2


def get_config() -> TrainConfig:
    """Returns the recipe's configuration."""
    return dataclasses.replace(
        eccv16_intel_l2.get_config(),
        model="eccv16_l2_small",
    )
