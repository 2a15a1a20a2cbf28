"""Enlarging of feature maps by moving channels into space."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_colorize")
class PixelShuffle(keras.layers.Layer):
    """Turns r^2 channels into r x r pixels.

    The channels of the input are ordered by row, column, output channel: its
    channel `(i * r + j) * C + c` becomes pixel (i, j) of channel c. PyTorch
    orders them `c * r^2 + i * r + j`: see `keras_order`.

    Args:
        factor: int r, at least 1.
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        float (B, H, W, r^2 C).

    Output shape:
        (B, r H, r W, C).

    Raises:
        ValueError: If `factor` is below 1, or r^2 does not divide the number
            of channels.

    Reference: Shi et al., Real-Time Single Image and Video Super-Resolution
    Using an Efficient Sub-Pixel Convolutional Neural Network, CVPR 2016.
    """

    def __init__(self, factor=2, **kwargs):
        super().__init__(**kwargs)
        if factor < 1:
            raise ValueError(
                f"`factor` must be at least 1. Received: factor={factor}."
            )
        self.factor = factor

    def call(self, x):
        r = self.factor
        _, height, width, _ = ops.shape(x)
        channels = self.compute_output_shape(x.shape)[-1]
        x = ops.reshape(x, (-1, height, width, r, r * channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4))  # (B, H, r, W, r C)
        return ops.reshape(x, (-1, r * height, r * width, channels))

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        if channels % self.factor**2:
            raise ValueError(
                f"The number of channels must be a multiple of "
                f"{self.factor**2}. Received: shape={tuple(input_shape)}."
            )
        sides = (side and self.factor * side for side in (height, width))
        return (batch, *sides, channels // self.factor**2)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


def keras_order(array, factor=2):
    """Reorders the last axis from PyTorch's order of channels to ours.

    Args:
        array: NumPy array (..., r^2 C): kernel or bias of the convolution
            before a shuffle, or vectors of its batch norm.
        factor: int r.

    Returns:
        Array of the same shape, for a network with `PixelShuffle`.
    """
    by_channel = array.reshape(*array.shape[:-1], -1, factor**2)
    return by_channel.swapaxes(-1, -2).reshape(array.shape)


@keras.saving.register_keras_serializable(package="keras_colorize")
class ShuffleInitializer(keras.initializers.Initializer):
    """Weights under which a pixel shuffle starts as nearest enlargement.

    All r^2 pixels that come of one pixel start equal, which keeps the
    checkerboard out ("ICNR").

    Args:
        factor: int r of the `PixelShuffle` after the convolution.
        seed: int, or None to draw one.

    Reference: Aitken et al., Checkerboard artifact free sub-pixel
    convolution, 2017.
    """

    def __init__(self, factor=2, seed=None):
        self.factor = factor
        self.one = keras.initializers.HeNormal(seed)

    def __call__(self, shape, dtype=None):
        """Returns the kernel, float (h, w, in, r^2 C)."""
        copies = self.factor**2
        one = self.one((*shape[:-1], shape[-1] // copies), dtype)
        return ops.concatenate([one] * copies, axis=-1)

    def get_config(self):
        """Returns factor and seed."""
        return {"factor": self.factor, "seed": self.one.get_config()["seed"]}
