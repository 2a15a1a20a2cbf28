"""The dense autoencoder on CIFAR-10.

Source: a student report (50,000 photos of 32 x 32, 3 stages, batches of 32,
    30 epochs), which follows R. Atienza, Advanced Deep Learning with Keras:
    squared error on RGB, Adam at 1e-3 without augmentation, the rate times
    sqrt(0.1) after 5 epochs without progress, down to 0.5e-6.
Differences: the report does not say the latent size of this model; here it is
    the 512 of its larger one, in the textbook 256 (--set
    'model.overrides={"latent_size": 256}'). The rate follows the loss of
    the training photos, in the textbook that of the validation photos.
Baselines: on 9,829 test photos of CIFAR-10 (JPEG copies, without 171 gray
    ones) gray has a squared error of 0.0065 and an accuracy, as Keras counts
    it, of 0.272; the mean color of the training photos 0.0060 and 0.501.
Command: python -m training.train --config autoencoder_cifar10 \
    --workdir runs/autoencoder_cifar10 --data DIR
    On other photos, shrunk to 32 pixels:
    --set data.dataset=FOLDER --set data.cache=memory
Run here: on 49,150 photos of CIFAR-10 (--data PACKED --mixed-bfloat16), one
    core, 1.0 hours: squared error of training and validation photos after
    epochs 1, 10, 20 and 30: 0.0152/0.0113, 0.0066/0.0075, 0.0045/0.0075,
    0.0033/0.0073. By the color on the photo's own lightness 986 test photos
    have 24.22 dB [23.96, 24.48] (gray 24.54, mean color 24.63), CIEDE2000
    10.84 [10.58, 11.11] (gray 10.65), colorfulness ratio 0.70.
    Before, on 11,015 mixed photos in place of CIFAR-10, in mixed bfloat16
    (--set data.dataset=FOLDER --set data.cache=memory --mixed-bfloat16):
    10,320 steps.
Hardware: 2 cores of an x86-64 server with bfloat16 matrix units.
Hours: 0.24, on a machine that did other work besides.
Curve: squared error on RGB of training and validation photos after epochs
    1, 5, 10, 15, 20, 25 and 30: 0.0259/0.0165, 0.0121/0.0119, 0.0105/0.0114,
    0.0091/0.0109, 0.0079/0.0107 (best), 0.0069/0.0113, 0.0062/0.0114.
Score: best.weights.h5, epoch 20, by the color on the photo's own lightness:
    150 validation photos PSNR 23.49 dB [22.77, 24.19] (gray 23.20),
    CIEDE2000 11.08 [10.35, 11.84] (gray 10.60), colorfulness ratio 0.53.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(name="autoencoder_32"),
        data=config.DataConfig(
            dataset="cifar10",
            validation_limit=10_000,
            resize_short=32,
            crop_size=32,
            flip=False,
            batch_size=32,
        ),
        loss=config.LossConfig(name="rgb_mse", prior=None),
        optimizer=config.OptimizerConfig(
            name="adam", learning_rate=1e-3, epsilon=1e-7
        ),
        schedule=config.ScheduleConfig(
            name="plateau", decay_factor=0.1**0.5, patience=5, min_rate=0.5e-6
        ),
        epochs=30,
    )
