"""Enlarging of feature maps by spreading channels over pixels."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_colorize")
class PixelShuffle(keras.layers.Layer):
    """Turns `factor`^2 channels into one of `factor` x `factor` pixels.

    Channel (i * factor + j) * C + c of the input becomes channel c of the
    pixel in row i and column j of each block: the order of TensorFlow. That
    of PyTorch's `PixelShuffle` is (c * factor + i) * factor + j.

    Args:
        factor: int, at least 1.
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        float (B, H, W, factor^2 * C).

    Output shape:
        (B, factor * H, factor * W, C).

    Raises:
        ValueError: If `factor` is below 1.

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
        if self.factor == 1:
            return x
        return ops.depth_to_space(x, self.factor, data_format="channels_last")

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        sides = (side and self.factor * side for side in (height, width))
        return (batch, *sides, channels // self.factor**2)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable(package="keras_colorize")
class SubpixelInitializer(keras.initializers.Initializer):
    """Starts a convolution before `PixelShuffle` as nearest upsampling.

    All pixels of a block get the same kernel, which avoids a checkerboard.

    Args:
        factor: int, that of the `PixelShuffle`.
        initializer: draws the kernel of one pixel.

    Reference: Aitken et al., Checkerboard artifact free sub-pixel
    convolution, 2017 ("ICNR").
    """

    def __init__(self, factor, initializer="he_normal"):
        self.factor = factor
        self.initializer = keras.initializers.get(initializer)

    def __call__(self, shape, dtype=None):
        """Draws a kernel (h, w, in, factor^2 * C)."""
        copies = self.factor**2
        kernel = self.initializer((*shape[:-1], shape[-1] // copies), dtype)
        return ops.tile(kernel, (1, 1, 1, copies))

    def get_config(self):
        """Returns the arguments."""
        initializer = keras.initializers.serialize(self.initializer)
        return {"factor": self.factor, "initializer": initializer}
