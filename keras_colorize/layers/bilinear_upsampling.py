"""Enlarging of feature maps by a whole factor."""

import keras
from keras import ops

from keras_colorize.layers.resize import resize_bilinear


@keras.saving.register_keras_serializable(package="keras_colorize")
class BilinearUpsampling(keras.layers.Layer):
    """Enlarges by bilinear interpolation with half-pixel centers.

    Equals `keras.layers.UpSampling2D(interpolation="bilinear")`, which in a
    TensorFlow graph does not take sizes that are known only at run time.

    Args:
        factor: int, at least 1.
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        float (B, H, W, C).

    Output shape:
        (B, factor * H, factor * W, C).

    Raises:
        ValueError: If `factor` is below 1.
    """

    def __init__(self, factor=2, **kwargs):
        super().__init__(**kwargs)
        if factor < 1:
            raise ValueError(
                f"`factor` must be at least 1. Received: factor={factor}."
            )
        self.factor = factor

    def call(self, x):
        shape = ops.shape(x)
        return resize_bilinear(
            x, (self.factor * shape[1], self.factor * shape[2])
        )

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        sides = (side and self.factor * side for side in (height, width))
        return (batch, *sides, channels)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}
