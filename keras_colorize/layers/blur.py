"""Softening of upsampled feature maps."""

import keras
from keras import ops


def blur(x):
    """Means over 2 x 2 pixels; the first row and column count twice.

    Args:
        x: float (B, H, W, C).

    Returns:
        The same shape and dtype.
    """
    # "same" would pad the end, and with nothing.
    x = ops.concatenate([x[:, :1], x], axis=1)
    x = ops.concatenate([x[:, :, :1], x], axis=2)
    return ops.average_pool(
        x, 2, strides=1, padding="valid", data_format="channels_last"
    )


@keras.saving.register_keras_serializable(package="keras_colorize")
class Blur(keras.layers.Layer):
    """`blur` as a layer; has no weights.

    Evens out what is left of a checkerboard after a `PixelShuffle`.

    Args:
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        float (B, H, W, C).

    Output shape:
        The same.

    Reference: Sugawara et al., Super-Resolution Using Convolutional Neural
    Networks Without Any Checkerboard Artifacts, ICIP 2018.
    """

    def call(self, x):
        return blur(x)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)
