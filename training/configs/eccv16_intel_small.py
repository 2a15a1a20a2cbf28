"""eccv16_intel with the narrower network, for CPUs; all else is equal.

Source: see eccv16_intel.
Command: python -m training.train --config eccv16_intel_small \
    --workdir runs/eccv16_intel_small --data DIR
Run here: --set data.dataset=FOLDER --set data.limit=none --mixed-bfloat16 on
    the 1,225 training photos of glaciers and mountains at hand instead of
    2,000, 30 epochs (1,140 steps). The rate stayed at 1e-3: the loss never
    stalled for long enough.
Hardware: 1 core of an x86-64 server with bfloat16 instructions.
Hours: 0.55.
Score: 61 validation photos at 150 pixels: PSNR 25.04 dB [24.12, 25.92] (gray
    24.05, mean color 24.76), SSIM 0.957 (gray 0.964), CIEDE2000 8.68
    [7.91, 9.57] (gray 9.03), AuC 0.923 (gray 0.918), balanced 0.798 (gray
    0.745), colorfulness ratio 0.84.
"""

from training import config
from training.configs import eccv16_intel


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        eccv16_intel.get_config(), model={"name": "eccv16_small"}
    )
