"""Attention of the pixels of a feature map to one another."""

import keras
from keras import ops

from keras_colorize.layers.spectral_conv import SpectralConv2D

_SHRINKING = 8  # channels over those that pixels are compared by


@keras.saving.register_keras_serializable(package="keras_colorize")
class SpatialAttention(keras.layers.Layer):
    """Adds to each pixel what it finds elsewhere; starts as the identity.

        y[j] = x[j] + gamma sum_i softmax_i(q[i] . k[j]) v[i]

    q, k and v are spectrally normalized 1 x 1 convolutions of x without bias;
    gamma, one number, starts at 0. N pixels cost N^2 memory.

    Args:
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        float (B, H, W, C), C at least 8.

    Output shape:
        The same.

    Reference: Zhang et al., Self-Attention Generative Adversarial Networks,
    ICML 2019.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.query = self.key = self.value = None

    def build(self, input_shape):
        channels = input_shape[-1]
        for name, filters in (
            ("query", channels // _SHRINKING),
            ("key", channels // _SHRINKING),
            ("value", channels),
        ):
            conv = SpectralConv2D(
                filters, 1, use_bias=False, dtype=self.dtype_policy, name=name
            )
            conv.build(input_shape)
            setattr(self, name, conv)
        self.gamma = self.add_weight(
            name="gamma", shape=(1,), initializer="zeros"
        )

    def call(self, x, training=False):
        shape = ops.shape(x)
        query, key, value = (
            ops.reshape(
                conv(x, training=training), (shape[0], -1, conv.filters)
            )
            for conv in (self.query, self.key, self.value)
        )  # (B, N, C)
        scores = ops.matmul(key, ops.transpose(query, (0, 2, 1)))
        found = ops.matmul(ops.softmax(scores, axis=-1), value)
        return x + ops.convert_to_tensor(self.gamma) * ops.reshape(found, shape)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)
