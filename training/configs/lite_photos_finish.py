"""Lite with ResNet18 alone, second part: larger crops, paper, a falling rate.

Source: this project; see `lite_photos`, from whose averaged weights this one
    starts.
Command: python -m training.train --config lite_photos_finish \
    --workdir runs/lite_photos_finish --data PACKED \
    --set model.init_weights=runs/lite_photos/best.weights.h5
    and then, from its weights, once more on the mixed photos alone:
    --set data.labels=intel,imagenette,imagenet1000,caltech101,cid22,imagewoof,\
    cats_dogs,bsds_train --set epochs=2 --set optimizer.learning_rate=2e-4 \
    --set data.paper=0.05
Data: that of `lite_photos`.
Hardware: 2 cores of an x86-64 server with bfloat16 matrix units.
Hours: 0.6 for 4,500 steps, and 0.12 for the last 1,000.
Score: 600 validation photos: PSNR 24.90 dB (gray 23.29), CIEDE2000 9.02 (gray
    10.45), colorfulness ratio 0.45; 99 bench photos: 21.80 dB (gray 21.37),
    11.58 (gray 11.84), 0.32.
"""

from training import config
from training.configs import lite_photos


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.changed(
        lite_photos.get_config(),
        data={
            "crop_size": 160,
            "min_scale": 1.0,
            "batch_size": 20,
            "paper": 0.08,
        },
        loss={"regression_weight": 0.2},
        optimizer={"learning_rate": 3.5e-4},
        schedule={"warmup_steps": 50},
        epochs=9,
        steps_per_epoch=500,
    )
