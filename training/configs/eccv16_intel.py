"""ECCV16 as a classifier on 2,000 Intel photos of glaciers and mountains.

Source: a student report that deployed such a model on AWS Lambda (2,000
    photos of two categories at 150 x 150, batches of 32, 30 epochs, a rate of
    1e-3 divided by 10 whenever the loss moves less than 1e-4, 5 neighbors,
    temperature 0.38, class rebalancing). Not in the source: Adam, no
    augmentation.
Differences: photos are enlarged from 150 to 152 pixels, because the network
    needs multiples of 8; 150 would need a crop to 144 or padding.
Command: python -m training.train --config eccv16_intel \
    --workdir runs/eccv16_intel --data DIR
    With fewer photos than the full data set has:
    --set data.dataset=FOLDER --set data.limit=none
Baseline: eccv16_intel_l2 is the same with the L2 loss on ab.
    eccv16_intel_small and eccv16_intel_l2_small are the same with narrower
    networks, for CPUs.
Hardware: one core of an x86-64 server with bfloat16 matrix units, in mixed
    bfloat16.
Hours: 2.2 of a core, beside other work, for 30 epochs of 1,225 photos; from the
    fourth on the validation loss was 2.73 to 2.92, but for one epoch of 5.99,
    and the rate never fell.
Score: 61 validation photos: PSNR 25.55 dB (gray 24.05, mean color 24.76), SSIM
    0.957 (0.964, 0.958), CIEDE2000 8.16 (9.03, 8.63), balanced AuC 0.797
    (0.745, 0.739), colorfulness ratio 0.83.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(name="eccv16_base"),
        data=config.DataConfig(
            dataset="intel_scenes",
            labels=("glacier", "mountain"),
            limit=2000,
            resize_short=152,
            crop_size=152,
            flip=False,
            batch_size=32,
        ),
        loss=config.LossConfig(name="rebalanced_crossentropy", num_neighbors=5),
        optimizer=config.OptimizerConfig(name="adam", learning_rate=1e-3),
        schedule=config.ScheduleConfig(
            name="stall", decay_factor=0.1, min_delta=1e-4
        ),
        samples=config.SamplesConfig(temperature=0.38),
        epochs=30,
    )
