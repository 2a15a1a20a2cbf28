"""The learning rate of pix2pix."""

import keras


@keras.saving.register_keras_serializable(package="keras_colorize")
class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that stays, then falls towards 0 in a straight line.

    pix2pix counts in epochs, with half of 200 for the fall: epoch e has the
    rate times 1 - max(0, e + 1 - 100) / 101. This counts steps alike.

    Args:
        rate: float, the rate of the first step.
        total_steps: int, length of the run.
        decay_share: float in [0, 1], its last share, in which the rate falls.

    Reference: Isola et al., Image-to-Image Translation with Conditional
    Adversarial Networks, CVPR 2017; the schedule of its PyTorch release.
    """

    def __init__(self, rate, total_steps, decay_share=0.5):
        self.rate = rate
        self.total_steps = total_steps
        self.decay_share = decay_share

    def __call__(self, step):
        """Returns the rate of a step, float32."""
        falling = round(self.total_steps * self.decay_share)
        steady = self.total_steps - falling
        late = keras.ops.cast(step, "float32") + 1 - steady
        share = keras.ops.clip(late / (falling + 1), 0.0, 1.0)
        return self.rate * (1.0 - share)

    def get_config(self):
        """Returns the constructor's arguments."""
        return {
            "rate": self.rate,
            "total_steps": self.total_steps,
            "decay_share": self.decay_share,
        }
