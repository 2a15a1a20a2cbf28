"""Where a pixel is, as features that attention can read."""

import math

import keras
import numpy as np
from keras import ops

from keras_colorize.layers.resize import side_as_float

_LONGEST_PERIOD = 10000.0
_NOT_ZERO = 1e-6


@keras.saving.register_keras_serializable(package="keras_colorize")
class SinePositionEncoding(keras.layers.Layer):
    """Sines and cosines of row and column; has no weights.

        sin(p / t), cos(p / t), ...   with p = 2 pi (i + 1) / size

    of row i among H in the first half of the channels and of the column in
    the second, with periods t that rise from 1 to 10,000. Computed from the
    size of the input in the graph, hence for any size; in float32 whatever
    the policy is.

    Args:
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        (B, H, W, C), C a multiple of 4; only its shape is read.

    Output shape:
        float32 (1, H, W, C).

    Raises:
        ValueError: If C is not a multiple of 4.

    Reference: Carion et al., End-to-End Object Detection with Transformers,
    ECCV 2020 (normalized positions).
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)

    def build(self, input_shape):
        channels = input_shape[-1]
        if channels % 4:
            raise ValueError(
                "Sines and cosines of two axes need a multiple of 4 channels. "
                f"Received: {channels} channels."
            )
        k = np.arange(channels // 2)
        exponents = 2 * (k // 2) / len(k)
        self.frequencies = (_LONGEST_PERIOD**-exponents).astype("float32")
        # A cosine is a sine a quarter later.
        self.phases = (np.pi / 2 * (k % 2)).astype("float32")

    def call(self, x):
        height, width, channels = ops.shape(x)[1:]
        half = channels // 2
        rows = ops.pad(self._encode(height), [[0, 0], [0, half]])
        columns = ops.pad(self._encode(width), [[0, 0], [half, 0]])
        return (rows[:, None] + columns)[None]  # (1, H, W, C)

    def _encode(self, size):
        index = ops.arange(size, dtype="float32")
        whole = side_as_float(size) + _NOT_ZERO
        position = (index + 1.0) / whole * (2 * math.pi)
        # On PyTorch arrays of NumPy do not mix with tensors.
        frequencies = ops.convert_to_tensor(self.frequencies)
        phases = ops.convert_to_tensor(self.phases)
        return ops.sin(position[:, None] * frequencies + phases)

    def compute_output_shape(self, input_shape):
        return (1, *input_shape[1:])
