"""eccv16_intel with the narrower network, for CPUs; all else is equal.

Source: see eccv16_intel.
Command: python -m training.train --config eccv16_intel_small \
    --workdir runs/eccv16_intel_small --data DIR
Hardware: not run yet.
Hours: not run yet.
Score: not run yet.
"""

import dataclasses

from training.config import TrainConfig
from training.configs import eccv16_intel


def get_config() -> TrainConfig:
    """Returns the recipe's configuration."""
    return dataclasses.replace(
        eccv16_intel.get_config(),
        model="eccv16_small",
    )
