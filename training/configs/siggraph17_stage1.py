"""SIGGRAPH17, stage 1 of 4: classification on ten classes of ImageNet.

Source: Zhang et al., Real-Time User-Guided Image Colorization with Learned
    Deep Priors, SIGGRAPH 2017, and the schedule of its PyTorch training code:
    Adam at 1e-4, no decay within a stage, batches of 25, photos resized to
    256 x 256, random crops of 8 % to 100 % of their area resized to 176 x 176,
    mirroring. The loss is the cross-entropy over 529 ab bins plus ten times
    the L1 error of ab / 110. Four stages, each from the weights of the last:
      1. ten classes of ImageNet, 100 epochs, the classification trains the
         layers that both heads share; it stands in for the k-means
         initialization of the Caffe original. Without it training stalls.
      2. all of ImageNet, 15 epochs, else the same.
      3. 10 epochs, the regression trains the shared layers, with hints: 7
         patches of 1 to 9 pixels on average; rate 1e-5.
      4. 5 epochs, rate 1e-6.
Differences: the aspect of photos is kept, and the zoom of the crop is drawn
    log-uniformly over the same range; He initialization in place of a normal
    one of deviation 0.02; photos without |a| or |b| above 5 are left out by
    `data.scan`, in the source those where the ranges of a and b add up to
    less than 5. Which ten classes the source takes is not known here.
Command: python -m training.train --config siggraph17_stage1 \
    --workdir runs/siggraph17_stage1 --data FOLDER \
    --set data.labels=CLASS,CLASS,...
    where FOLDER has train/ and val/ with a folder for each class.
Hardware: not run by this project.
Hours: not run yet.
Score: not run yet. The release, after stage 4: PSNR 24.43 dB on 1,000 photos
    of 256 x 256 without hints, 26.20 with 2 hints of 6 x 6 pixels, 28.42 with
    10, 30.42 with 50.
"""

from training import config


def get_config() -> config.TrainConfig:
    """Returns the recipe's configuration."""
    return config.TrainConfig(
        model=config.ModelConfig(
            name="siggraph17_base", overrides={"gradient_from": "q_logits"}
        ),
        data=config.DataConfig(
            resize_short=256,
            crop_size=176,
            # From the whole short side, 176 / 256, to 8 % of the area.
            min_scale=0.6875,
            max_scale=2.43,
            batch_size=25,
            validation_limit=1000,
        ),
        loss=config.LossConfig(name="siggraph17", prior=None),
        optimizer=config.OptimizerConfig(
            name="adam", learning_rate=1e-4, beta_1=0.9, beta_2=0.999
        ),
        epochs=100,
    )
