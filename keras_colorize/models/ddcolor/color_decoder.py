"""The color decoder: queries that read the picture at three scales."""

import keras
from keras import layers
from keras import ops

from keras_colorize.layers.sine_position import SinePositionEncoding
from keras_colorize.models.ddcolor.query_block import QueryBlock

_EPSILON = 1e-5
_EMBEDDING_LAYERS = 3


@keras.saving.register_keras_serializable(package="keras_colorize")
class ColorDecoder(layers.Layer):
    """Learned color queries, refined by attention to image features.

    Layer i is a `QueryBlock` on scale i modulo 3.

    Args:
        num_queries: int, Q.
        embedding_size: int, C; a multiple of 4 and of `num_heads`.
        num_layers: int.
        num_heads: int.
        feedforward_size: int.
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        List of 3 feature maps, float (B, h, w, F), of any size.

    Output shape:
        float (B, Q, C), color embeddings.

    Reference: Kang et al., DDColor: Towards Photo-Realistic Image Colorization
    via Dual Decoders, ICCV 2023, 3.3.
    """

    def __init__(
        self,
        num_queries,
        embedding_size,
        num_layers,
        num_heads,
        feedforward_size,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_queries = num_queries
        self.embedding_size = embedding_size
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.feedforward_size = feedforward_size

        # === Parts ===
        size = embedding_size
        self.projections = [self._dense(size, f"projection{i}") for i in "012"]
        self.position = SinePositionEncoding(name="position")
        self.blocks = [
            QueryBlock(
                size,
                num_heads,
                feedforward_size,
                dtype=self.dtype_policy,
                name=f"block{i}",
            )
            for i in range(num_layers)
        ]
        self.norm = layers.LayerNormalization(
            epsilon=_EPSILON, dtype=self.dtype_policy, name="norm"
        )
        last = _EMBEDDING_LAYERS - 1
        self.embedding = [
            self._dense(
                size, f"embedding{i}", activation=None if i == last else "relu"
            )
            for i in range(_EMBEDDING_LAYERS)
        ]

    def build(self, input_shape):
        size = self.embedding_size
        queries, pixels = (None, self.num_queries, size), (None, None, size)
        self.query_features = self._add_embedding(
            "query_features", self.num_queries
        )
        self.query_positions = self._add_embedding(
            "query_positions", self.num_queries
        )
        self.scale_embedding = self._add_embedding(
            "scale_embedding", len(self.projections)
        )
        for projection, shape in zip(
            self.projections, input_shape, strict=True
        ):
            projection.build(shape)
        self.position.build((None, None, None, size))
        for block in self.blocks:
            block.build([queries, queries[1:], pixels, pixels])
        for layer in (self.norm, *self.embedding):
            layer.build(queries)

    def call(self, features):
        scales = [self._read(i, x) for i, x in enumerate(features)]
        positions = ops.convert_to_tensor(self.query_positions)
        batch = ops.shape(features[0])[0]
        x = ops.convert_to_tensor(self.query_features)[None]
        x = ops.tile(x, (batch, 1, 1))  # (B, Q, C)
        for i, block in enumerate(self.blocks):
            x = block([x, positions, *scales[i % len(scales)]])
        x = self.norm(x)
        for layer in self.embedding:
            x = layer(x)
        return x

    def _read(self, i, x):
        """Returns keys and values, (B, h * w, C) each, of one scale."""
        x = self.projections[i](x)
        positions = ops.cast(self.position(x), x.dtype)
        x = x + ops.convert_to_tensor(self.scale_embedding)[i]
        shape = (ops.shape(x)[0], -1, self.embedding_size)
        return ops.reshape(x + positions, shape), ops.reshape(x, shape)

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], self.num_queries, self.embedding_size)

    def get_config(self):
        names = (
            "num_queries",
            "embedding_size",
            "num_layers",
            "num_heads",
            "feedforward_size",
        )
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in names},
        }

    def _add_embedding(self, name, count):
        return self.add_weight(
            name=name,
            shape=(count, self.embedding_size),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
        )

    def _dense(self, units, name, activation=None):
        return layers.Dense(
            units, activation=activation, dtype=self.dtype_policy, name=name
        )
