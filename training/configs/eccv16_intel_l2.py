"""The L2 baseline of eccv16_intel: ab by regression; all else is equal.

Source: see eccv16_intel.
Command: python -m training.train --config eccv16_intel_l2 \
    --workdir runs/eccv16_intel_l2 --data DIR
Hardware: one core of an x86-64 server with bfloat16 matrix units, in mixed
    bfloat16.
Hours: 2.1 of a core, beside other work, for 30 epochs of 1,225 photos; the
    validation loss was 75 to 108 in the last 20 of them, and the rate never
    fell.
Score: 61 validation photos: PSNR 26.07 dB (gray 24.05, mean color 24.76), SSIM
    0.963 (0.964, 0.958), CIEDE2000 7.59 (9.03, 8.63), balanced AuC 0.771
    (0.745, 0.739), colorfulness ratio 0.70.
"""

from training import config
from training.configs import eccv16_intel


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        eccv16_intel.get_config(),
        model={"name": "eccv16_l2_base"},
        loss={"name": "ab_l2", "prior": None},
    )
