"""A reward for vivid colors."""

import keras
from keras import ops

# Under the roots: gray photos would have an infinite slope.
_NOT_ZERO = 1e-10


def colorfulness_loss(rgb):
    """Measures how far a photo is from being colorful, without a truth.

        1 - (sqrt(var(rg) + var(yb)) + 0.3 sqrt(mean(rg)^2 + mean(yb)^2))
        rg = |R - G|,  yb = |(R + G) / 2 - B|

    The variances are unbiased. Absolute values and the scale of [0, 1] are
    those of the DDColor release; `metrics.colorfulness` is the measure itself.

    Args:
        rgb: float (B, H, W, 3), encoded sRGB in [0, 1]; more than one pixel.

    Returns:
        float32 (B,), 1 for gray photos and below for others.

    Reference: Kang et al., DDColor, ICCV 2023, 3.4; Hasler and Süsstrunk,
    Measuring colourfulness in natural images, SPIE 2003.
    """
    rgb = ops.cast(rgb, "float32")
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    variance, power = 0.0, 0.0
    for difference in (red - green, (red + green) / 2.0 - blue):
        difference = ops.abs(difference)  # (B, H, W)
        pixels = ops.cast(ops.prod(ops.shape(rgb)[1:3]), "float32")
        mean = ops.mean(difference, axis=(1, 2))
        biased = ops.var(difference, axis=(1, 2))
        variance += biased * pixels / (pixels - 1.0)
        power += ops.square(mean)
    spread = ops.sqrt(variance + _NOT_ZERO)
    return 1.0 - (spread + 0.3 * ops.sqrt(power + _NOT_ZERO))


@keras.saving.register_keras_serializable(package="keras_colorize")
class ColorfulnessLoss(keras.losses.Loss):
    """`colorfulness_loss` as a Keras loss; the truth is not looked at.

    The mean over a batch: the DDColor release sums, so that its weight of 0.5
    grows with the batch. `reduction="sum"` does the same.

    Args:
        name: str.
        **kwargs: reduction and dtype of `keras.losses.Loss`.

    Call arguments:
        y_true: not used.
        y_pred: float (B, H, W, 3), encoded sRGB in [0, 1].
    """

    def __init__(self, name="colorfulness", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        return colorfulness_loss(y_pred)
