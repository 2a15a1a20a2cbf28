"""Color hints spread to what looks alike: attention of pixels to hints."""

import keras
from keras import ops

from keras_colorize.layers.resize import side_as_float

_AB_SCALE = 110.0  # CIE ab units per network unit
_NOT_HINTED = -1e9  # score of a place that says nothing
_HALF = 0.5


@keras.saving.register_keras_serializable(package="keras_colorize")
class HintSpread(keras.layers.Layer):
    """Says each pixel which colors the hints suggest to it, and how surely.

    Hints are gathered in the cells of the key features. A pixel attends to
    the cells that hold one, by how alike their features are and how near they
    are, and to one place more that says nothing: what that gets is missing
    from the sureness, which so is exactly 0 without hints.

        score[i, j] = q[i] . k[j] / sqrt(C) - softplus(nearness) |x_i - x_j|^2
        color[i]    = sum_j softmax_j(score[i], nothing[i]) ab[j]
        sureness[i] = sum_j softmax_j(score[i], nothing[i])

    In float32 whatever the policy is. This project's own.

    Args:
        num_heads: int, ways to be alike.
        head_dim: int, C, channels by which one of them compares.
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        List of queries (B, h, w, C'), keys (B, h', w', C''), ab_hint
        (B, H, W, 2), CIE a* and b* where there is a hint, else 0, and
        hint_mask (B, H, W, 1), 1 there, else 0; H, W multiples of h', w'.

    Output shape:
        float32 (B, h, w, 3 * num_heads): colors of all heads in units of 110,
        then their sureness in [0, 1].
    """

    def __init__(self, num_heads=4, head_dim=16, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.head_dim = head_dim

    def build(self, input_shape):
        queries, keys, _, _ = input_shape
        width = self.num_heads * self.head_dim
        for name, channels, filters in (
            ("query", queries[-1], width),
            ("key", keys[-1], width),
            ("nothing", queries[-1], self.num_heads),
        ):
            kernel = self.add_weight(
                name=f"{name}_kernel",
                shape=(channels, filters),
                initializer="glorot_uniform",
            )
            bias = self.add_weight(
                name=f"{name}_bias", shape=(filters,), initializer="zeros"
            )
            setattr(self, name, (kernel, bias))
        # Per head: squared distances count from cells apart to hardly at all.
        self.nearness = self.add_weight(
            name="nearness",
            shape=(self.num_heads,),
            initializer=keras.initializers.Constant(-3.0),
        )

    def call(self, inputs):
        queries, keys, ab_hint, hint_mask = (
            ops.cast(x, "float32") for x in inputs
        )
        batch, rows, columns, _ = ops.shape(queries)
        key_rows, key_columns = ops.shape(keys)[1:3]
        ab, is_hinted = gather_hints(
            ab_hint, hint_mask, (key_rows, key_columns)
        )

        query = self._by_head(queries, self.query)  # (B, M, N, C)
        key = self._by_head(keys, self.key)  # (B, M, K, C)
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
        scores = scores * self.head_dim**-0.5  # (B, M, N, K)
        distance = _squared_distances(
            (rows, columns), (key_rows, key_columns)
        )  # (N, K), in cells
        nearness = ops.softplus(ops.convert_to_tensor(self.nearness))
        scores = scores - nearness[:, None, None] * distance
        is_hinted = ops.reshape(is_hinted, (batch, 1, 1, -1))
        scores = ops.where(is_hinted > 0.0, scores, _NOT_HINTED)

        nothing = self._by_head(queries, self.nothing)  # (B, M, N, 1)
        weights = ops.softmax(ops.concatenate([scores, nothing], -1), axis=-1)
        weights = weights[..., :-1]  # (B, M, N, K)
        ab = ops.reshape(ab, (batch, 1, -1, 2)) / _AB_SCALE
        color = ops.matmul(weights, ab)  # (B, M, N, 2)
        sureness = ops.sum(weights, axis=-1, keepdims=True)
        return ops.concatenate(
            [
                _by_pixel(color, (batch, rows, columns), 2 * self.num_heads),
                _by_pixel(sureness, (batch, rows, columns), self.num_heads),
            ],
            axis=-1,
        )

    def _by_head(self, features, weights):
        """Projects (B, h, w, C') to (B, M, h * w, C)."""
        kernel, bias = (ops.convert_to_tensor(w) for w in weights)
        channels = kernel.shape[1] // self.num_heads
        x = ops.matmul(features, kernel) + bias
        x = ops.reshape(
            x, (ops.shape(features)[0], -1, self.num_heads, channels)
        )
        return ops.transpose(x, (0, 2, 1, 3))

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], 3 * self.num_heads)

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "head_dim": self.head_dim,
        }


@keras.saving.register_keras_serializable(package="keras_colorize")
class HintGate(keras.layers.Layer):
    """Says where hints may change anything, and what they say right there.

    Args:
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        List of what `HintSpread` returns, enlarged to (B, h, w, 3 M), and
        ab_hint (B, H, W, 2) and hint_mask (B, H, W, 1) as it takes them.

    Output shape:
        float32 (B, h, w, 4): the gate in [0, 1], 1 where a hint lies and the
        mean sureness elsewhere, exactly 0 without hints; the color of the
        hints of each cell in units of 110; and the share of the cell that
        they cover.
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)

    def call(self, inputs):
        spread, ab_hint, hint_mask = (ops.cast(x, "float32") for x in inputs)
        ab, share = gather_hints(ab_hint, hint_mask, ops.shape(spread)[1:3])
        sureness = spread[..., 2 * spread.shape[-1] // 3 :]
        gate = ops.mean(sureness, axis=-1, keepdims=True)
        gate = ops.where(share > 0.0, 1.0, gate)
        return ops.concatenate([gate, ab / _AB_SCALE, share], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], 4)


def gather_hints(ab_hint, hint_mask, size):
    """Gathers hints in cells.

    Args:
        ab_hint: float32 (B, H, W, 2), CIE a* and b* where there is a hint,
            else 0.
        hint_mask: float32 (B, H, W, 1), 1 where there is a hint, else 0.
        size: pair (h, w) of ints or scalar int tensors, the number of cells
            along each axis; H and W are multiples of them.

    Returns:
        Pair of float32 (B, h, w, 2), the mean color of the hinted pixels of
        each cell, 0 without any, and (B, h, w, 1), the share of them.
    """
    hints = ops.concatenate([ab_hint * hint_mask, hint_mask], axis=-1)
    means = cell_means(hints, size)  # (B, h, w, 3)
    share = means[..., 2:]
    color = means[..., :2] / ops.where(share > 0.0, share, 1.0)
    return color, share


def cell_means(x, size):
    """Averages in cells.

    Args:
        x: float (B, H, W, C).
        size: pair (h, w) as `gather_hints` takes it.

    Returns:
        (B, h, w, C), same dtype as `x`.
    """
    batch, height, width, channels = ops.shape(x)
    rows, columns = size
    cells = ops.reshape(
        x, (batch, rows, height // rows, columns, width // columns, channels)
    )
    return ops.mean(cells, axis=(2, 4))


def _squared_distances(query_size, key_size):
    """Between centers, float32 (N, K), in units of the keys' cells."""
    down, across = (
        _squared_differences(query_size[axis], key_size[axis])
        for axis in (0, 1)
    )  # (h, h'), (w, w')
    distance = down[:, None, :, None] + across[None, :, None, :]
    num_queries = query_size[0] * query_size[1]
    return ops.reshape(distance, (num_queries, -1))


def _squared_differences(num_queries, num_keys):
    step = side_as_float(num_keys) / side_as_float(num_queries)
    query = (ops.arange(num_queries, dtype="float32") + _HALF) * step
    key = ops.arange(num_keys, dtype="float32") + _HALF
    return ops.square(query[:, None] - key[None])


def _by_pixel(x, size, channels):
    """Turns (B, M, h * w, C) into (B, h, w, M * C)."""
    x = ops.transpose(x, (0, 2, 1, 3))
    return ops.reshape(x, (*size, channels))
