"""The L2 baseline of eccv16_intel_small; all else is equal.

Source: see eccv16_intel_l2.
Command: python -m training.train --config eccv16_intel_l2_small \
    --workdir runs/eccv16_intel_l2_small --data DIR
Run here: as eccv16_intel_small, 30 epochs (1,140 steps).
Hardware: 1 core of an x86-64 server with bfloat16 instructions.
Hours: 0.52.
Score: 61 validation photos at 150 pixels: PSNR 25.91 dB [24.93, 26.82] (gray
    24.05, mean color 24.76), SSIM 0.960 (gray 0.964), CIEDE2000 7.84
    [7.16, 8.67] (gray 9.03), AuC 0.932, balanced 0.791, colorfulness ratio
    0.67.
"""

from training import config
from training.configs import eccv16_intel_l2


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        eccv16_intel_l2.get_config(), model={"name": "eccv16_l2_small"}
    )
