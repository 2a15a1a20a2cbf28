"""Resizing of feature maps, with sizes that may be known only at run time.

All of it uses half-pixel centers: sample `i` of `n` sits at
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


def smaller_side(a, b):
    """Returns the smaller of two lengths of axes.

    Args:
        a: int or scalar int tensor; what stands for a length while PyTorch
            traces a graph with free axes, too.
        b: as `a`.

    Returns:
        int of two ints, a tensor where one is a tensor.
    """
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    if keras.backend.backend() == "torch" and not (
        ops.is_tensor(a) or ops.is_tensor(b)
    ):
        import torch

        # `ops.minimum` would write the length of the example into the graph.
        return torch.sym_min(a, b)
    return ops.minimum(a, b)


@keras.saving.register_keras_serializable(package="keras_colorize")
class BoundedShortSide(keras.layers.Layer):
    """Shrinks pictures whose short side is longer than a bound, antialiased.

    The short side becomes the bound, the long side keeps the aspect ratio to
    the nearest multiple. Other pictures stay as they are.

    Args:
        bound: int, pixels, a multiple of `multiple`.
        multiple: int, what both sides of the input are multiples of.
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        float (B, H, W, C), H and W multiples of `multiple`.

    Output shape:
        (B, h, w, C), multiples of `multiple`; same dtype as the input.

    Raises:
        ValueError: If `bound` is no multiple of `multiple`, or not positive.
    """

    def __init__(self, bound, multiple=32, **kwargs):
        super().__init__(**kwargs)
        if multiple < 1 or bound < multiple or bound % multiple:
            raise ValueError(
                "`bound` must be a positive multiple of `multiple`. "
                f"Received: bound={bound}, multiple={multiple}."
            )
        self.bound = bound
        self.multiple = multiple

    def call(self, x):
        height, width = ops.shape(x)[1:3]
        return shrink_antialiased(x, self._bounded(height, width))

    def _bounded(self, height, width):
        short = smaller_side(height, width)
        bound = smaller_side(short, self.bound)
        unit = self.multiple * short
        return tuple(
            (side * bound + unit // 2) // unit * self.multiple
            for side in (height, width)
        )

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        if height is None or width is None:
            return (batch, None, None, channels)
        return (batch, *self._bounded(height, width), channels)

    def get_config(self):
        return {
            **super().get_config(),
            "bound": self.bound,
            "multiple": self.multiple,
        }


@keras.saving.register_keras_serializable(package="keras_colorize")
class ResizeToStride(keras.layers.Layer):
    """Resizes maps to a stride of a picture, by bilinear interpolation.

    Args:
        stride: int, at least 1.
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        List of maps, float (B, h, w, C), and the picture, (B, H, W, C'), H and
        W multiples of `stride`.

    Output shape:
        (B, H / stride, W / stride, C), same dtype as the maps.

    Raises:
        ValueError: If `stride` is below 1.
    """

    def __init__(self, stride, **kwargs):
        super().__init__(**kwargs)
        if stride < 1:
            raise ValueError(
                f"`stride` must be at least 1. Received: stride={stride}."
            )
        self.stride = stride

    def call(self, inputs):
        x, picture = inputs
        height, width = ops.shape(picture)[1:3]
        return resize_bilinear(x, (height // self.stride, width // self.stride))

    def compute_output_shape(self, input_shape):
        (batch, _, _, channels), (_, *sides, _) = input_shape
        sides = (side and side // self.stride for side in sides)
        return (batch, *sides, channels)

    def get_config(self):
        return {**super().get_config(), "stride": self.stride}


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
