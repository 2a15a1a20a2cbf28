"""The autoencoder of convolution, batch norm and ReLU on 25,000 photos.

Source: a student report that takes such a network as its baseline, on the
    Kaggle set of 25,000 photos of 224 x 224. It names neither loss nor
    optimizer nor batch size nor epochs: those here are ours. Its result was
    strongly desaturated, and it stopped early.
Command: python -m training.train \
    --config autoencoder_bn_image_colorization \
    --workdir runs/autoencoder_bn --data DIR
    On other photos: --set data.dataset=FOLDER
Hardware: one core of an AMD EPYC with AVX-512 BF16.
Hours: 0.3, for 2,000 steps of 16 crops of 112 pixels, on 6,437 photos in place
    of the 25,000 (see docs/reports.md).
Score: of that, on 358 photos: PSNR 23.39 dB (gray 22.78, mean color 22.65),
    CIEDE2000 10.47 (10.69, 11.26), colorfulness ratio 0.44.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(name="autoencoder_bn"),
        data=config.DataConfig(
            dataset="image_colorization",
            resize_short=224,
            crop_size=224,
            batch_size=32,
        ),
        loss=config.LossConfig(name="ab_l2", prior=None),
        optimizer=config.OptimizerConfig(name="adam", learning_rate=1e-3),
        schedule=config.ScheduleConfig(
            name="cosine", warmup_steps=500, final_scale=0.01
        ),
        epochs=30,
    )
