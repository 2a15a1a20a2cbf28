"""eccv16_intel with the narrower network, for CPUs; all else is equal.

Source: see eccv16_intel.
Command: python -m training.train --config eccv16_intel_small \
    --workdir runs/eccv16_intel_small --data DIR
Run here: --set data.dataset=FOLDER --set data.limit=none --mixed-bfloat16 on
    the 1,225 training photos of glaciers and mountains at hand instead of
    2,000, ended after 23 of 30 epochs (874 steps). The rate stayed at 1e-3:
    the loss never moved by less than 1e-4.
Hardware: 2 cores of an x86-64 server with bfloat16 matrix units.
Hours: 0.2 (0.9 seconds a step).
Score: 61 validation photos at 150 pixels: PSNR 24.87 dB [24.07, 25.64] (gray
    24.05), CIEDE2000 8.44 [7.80, 9.18] (gray 9.03), AuC 0.925 (gray 0.918),
    balanced 0.780 (gray 0.737), colorfulness ratio 0.95. SSIM was not measured;
    gray has 0.964 on these photos.
"""

from training import config
from training.configs import eccv16_intel


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        eccv16_intel.get_config(), model={"name": "eccv16_small"}
    )
