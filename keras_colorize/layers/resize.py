"""Resizing of feature maps, with sizes that may be known only at run time.

Both functions use half-pixel centers: sample `i` of `n` sits at
`(i + 0.5) / n` of the side.
"""

import keras
from keras import ops


def resize_bilinear(x, size):
    """Resizes by bilinear interpolation, without antialiasing.

    Args:
        x: float (B, H, W, C).
        size: pair (height, width) of ints or, on the TensorFlow backend,
            scalar int tensors.

    Returns:
        (B, height, width, C), same dtype as `x`.
    """
    if keras.backend.backend() == "tensorflow":
        # `ops.image.resize` compares the sizes in Python.
        import tensorflow as tf

        return tf.cast(tf.image.resize(x, size), x.dtype)
    return ops.image.resize(
        x, size, interpolation="bilinear", data_format="channels_last"
    )


def shrink_antialiased(x, size, padded_size=None):
    """Resizes by a triangle filter as wide as the step between the results.

    Two matrix products, one per side, whose matrices are computed from the
    sizes. So it runs on every backend and exports to plain ONNX nodes, which
    the antialiased resize operations of the libraries do not. Where `size`
    is the larger one, this is bilinear interpolation.

    Args:
        x: float (B, H, W, C).
        size: pair (height, width) of ints or scalar int tensors.
        padded_size: pair like `size` and not smaller, or None. Repeats the
            last row and column of the result up to this size.

    Returns:
        (B, height, width, C), or that of `padded_size`; same dtype as `x`.
        Equals `tf.image.resize(..., antialias=True)` to rounding.
    """
    padded_size = size if padded_size is None else padded_size
    height, width = ops.shape(x)[1], ops.shape(x)[2]
    rows = _triangle_weights(height, size[0], padded_size[0], x.dtype)
    columns = _triangle_weights(width, size[1], padded_size[1], x.dtype)
    x = ops.transpose(x, (0, 3, 1, 2))  # (B, C, H, W)
    x = ops.matmul(x, ops.transpose(columns))  # (B, C, H, w)
    x = ops.matmul(rows, x)  # (B, C, h, w)
    return ops.transpose(x, (0, 2, 3, 1))


def side_as_float(side):
    """Makes a scalar tensor of the length of an axis.

    Args:
        side: int or scalar int tensor; what stands for a length while PyTorch
            traces a graph with free axes, too.

    Returns:
        float32 scalar tensor.
    """
    if keras.backend.backend() == "torch" and not ops.is_tensor(side):
        import torch

        # `ops.cast` would write the length of the example into the graph.
        # A scalar mixes with tensors of any device.
        return torch.scalar_tensor(side, dtype=torch.float32)
    return ops.cast(side, "float32")


def _triangle_weights(old_size, new_size, padded_size, dtype):
    """Makes the filter matrix (padded_size, old_size); rows sum to one."""
    step = side_as_float(old_size) / side_as_float(new_size)
    new = ops.arange(padded_size, dtype="float32")
    new = ops.minimum(new, side_as_float(new_size) - 1.0)
    centers = (new + 0.5) * step - 0.5  # (padded_size,)
    old = ops.arange(old_size, dtype="float32")  # (old_size,)
    distances = ops.abs(old - centers[:, None]) / ops.maximum(step, 1.0)
    weights = ops.relu(1.0 - distances)
    weights = weights / ops.sum(weights, axis=1, keepdims=True)
    return ops.cast(weights, dtype)
