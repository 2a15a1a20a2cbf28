"""One layer of the color decoder: attention to pixels and to queries."""

import keras
from keras import layers

_EPSILON = 1e-5


@keras.saving.register_keras_serializable(package="keras_colorize")
class QueryBlock(layers.Layer):
    """Queries read pixels, then one another, then think on their own.

        x = norm(x + attention(x + positions, keys, values))
        x = norm(x + attention(x + positions, x + positions, x))
        x = norm(x + feedforward(x))

    Args:
        size: int, C; a multiple of `num_heads`.
        num_heads: int.
        feedforward_size: int.
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        List of queries (B, Q, C), their positions (Q, C), keys (B, N, C) and
        values (B, N, C) of pixels; float.

    Output shape:
        float (B, Q, C).

    Reference: Cheng et al., Masked-attention Mask Transformer for Universal
    Image Segmentation, CVPR 2022 (without its masks).
    """

    def __init__(self, size, num_heads, feedforward_size, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.num_heads = num_heads
        self.feedforward_size = feedforward_size
        self.cross_attention = self._attention("cross_attention")
        self.cross_norm = self._norm("cross_norm")
        self.self_attention = self._attention("self_attention")
        self.self_norm = self._norm("self_norm")
        self.expand = layers.Dense(
            feedforward_size,
            activation="relu",
            dtype=self.dtype_policy,
            name="expand",
        )
        self.reduce = layers.Dense(size, dtype=self.dtype_policy, name="reduce")
        self.feedforward_norm = self._norm("feedforward_norm")

    def build(self, input_shape):
        queries, _, keys, values = input_shape
        self.cross_attention.build(queries, values, keys)
        self.self_attention.build(queries, queries)
        self.expand.build(queries)
        self.reduce.build((*queries[:-1], self.feedforward_size))
        for norm in (self.cross_norm, self.self_norm, self.feedforward_norm):
            norm.build(queries)

    def call(self, inputs):
        x, positions, keys, values = inputs
        attended = self.cross_attention(x + positions, values, keys)
        x = self.cross_norm(x + attended)
        placed = x + positions
        x = self.self_norm(x + self.self_attention(placed, x, placed))
        return self.feedforward_norm(x + self.reduce(self.expand(x)))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        return {
            **super().get_config(),
            "size": self.size,
            "num_heads": self.num_heads,
            "feedforward_size": self.feedforward_size,
        }

    def _attention(self, name):
        return layers.MultiHeadAttention(
            self.num_heads,
            self.size // self.num_heads,
            dtype=self.dtype_policy,
            name=name,
        )

    def _norm(self, name):
        return layers.LayerNormalization(
            epsilon=_EPSILON, dtype=self.dtype_policy, name=name
        )
