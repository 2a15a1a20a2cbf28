"""The L2 version of eccv16_sports_landscapes_voc; all else is equal.

Source: see eccv16_sports_landscapes_voc.
Command: python -m training.train --config eccv16_sports_landscapes_voc_l2 \
    --workdir runs/eccv16_sports_landscapes_voc_l2 --data DIR
Hardware: at this width not run. `eccv16_l2_small`, on one core of an AMD EPYC
    with AVX-512 BF16.
Hours: 0.3, for 2,000 steps on crops of 112 pixels of 6,437 photos (three such
    sets, see docs/reports.md).
Score: of that, on 358 photos: PSNR 23.62 dB (gray 22.78, mean color 22.65),
    CIEDE2000 10.27 (10.69, 11.26), colorfulness ratio 0.38.
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
