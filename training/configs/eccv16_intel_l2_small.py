"""The L2 baseline of eccv16_intel_small; all else is equal.

Source: see eccv16_intel_l2.
Command: python -m training.train --config eccv16_intel_l2_small \
    --workdir runs/eccv16_intel_l2_small --data DIR
Run here: as eccv16_intel_small, ended after 7 of 30 epochs (266 steps).
Hardware: 2 cores of an x86-64 server with bfloat16 matrix units.
Hours: 0.1.
Score: 61 validation photos at 150 pixels: PSNR 25.78 dB [24.94, 26.60] (gray
    24.05, mean color 24.76), CIEDE2000 7.59 [7.02, 8.20] (gray 9.03), AuC
    0.934, balanced 0.771, colorfulness ratio 0.78.
"""

from training import config
from training.configs import eccv16_intel_l2


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        eccv16_intel_l2.get_config(), model={"name": "eccv16_l2_small"}
    )
