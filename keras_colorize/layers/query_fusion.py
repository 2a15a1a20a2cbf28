"""Color queries meet pixel features: the last layer of DDColor."""

import keras
from keras import ops

from keras_colorize.layers.blur import blur
from keras_colorize.layers.spectral_conv import SpectralConv2D


@keras.saving.register_keras_serializable(package="keras_colorize")
class QueryFusion(keras.layers.Layer):
    """Products of queries and pixels, mixed by a spectral 1 x 1 convolution.

        maps[q] = sum_c queries[q, c] * blur(shuffle(features))[c]
        output  = conv(concat(maps, extra))

    All of it is linear, so that neither the maps nor the features at full
    size are ever built: the convolution is applied to the queries, and the
    features are spread (depth to space) and blurred (`Blur`) when only the
    output is left of them. In float32 whatever the policy is: the steps of
    bfloat16 near the ends of ab are 0.5.

    Args:
        filters: int, channels of the output.
        factor: int, side of the blocks.
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        List of features (B, H, W, factor^2 * C), queries (B, Q, C), and extra
        (B, factor * H, factor * W, E).

    Output shape:
        float32 (B, factor * H, factor * W, filters).

    Reference: Kang et al., DDColor: Towards Photo-Realistic Image Colorization
    via Dual Decoders, ICCV 2023, eqs. 3 and 4.
    """

    def __init__(self, filters=2, factor=4, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.filters = filters
        self.factor = factor
        self.conv = SpectralConv2D(
            filters,
            1,
            kernel_initializer="he_normal",
            dtype=self.dtype_policy,
            name="conv",
        )

    def build(self, input_shape):
        _, queries, extra = input_shape
        self.conv.build((None, None, None, queries[1] + extra[-1]))

    def call(self, inputs, training=False):
        features, queries, extra = inputs
        if training:
            self.conv.iterate()
        kernel = self.conv.normalize(self.conv.kernel)[0, 0]  # (Q + E, F)
        num_queries = queries.shape[1]
        mixed = ops.matmul(
            ops.transpose(queries, (0, 2, 1)), kernel[:num_queries]
        )  # (B, C, F)
        batch, height, width, channels = ops.shape(features)
        blocks = self.factor**2
        x = ops.reshape(features, (batch, -1, channels // blocks))
        x = ops.matmul(x, mixed)  # (B, H * W * blocks, F)
        x = ops.reshape(x, (batch, height, width, blocks * self.filters))
        x = ops.depth_to_space(x, self.factor, data_format="channels_last")
        return (
            blur(x) + ops.matmul(extra, kernel[num_queries:]) + self.conv.bias
        )

    def compute_output_shape(self, input_shape):
        return (*input_shape[2][:-1], self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "factor": self.factor,
        }
