"""Padding of feature maps to a size that a network can halve."""

from keras import ops


def pad_to_multiple(x, multiple):
    """Repeats the last row and column until both sides are multiples.

    Works with sizes known only at run time and exports to ONNX as gathers.

    Args:
        x: (B, H, W, C) of any dtype.
        multiple: int, at least 1.

    Returns:
        (B, H', W', C) with H' and W' the next multiples of `multiple`. Crop
        with `[:, :H, :W]` to undo.
    """
    if multiple == 1:
        return x
    for axis in (1, 2):
        size = ops.shape(x)[axis]
        # Not `-(-size // multiple)`: in ONNX negative sizes round to zero.
        padded = (size + multiple - 1) // multiple * multiple
        rows = ops.minimum(ops.arange(padded), size - 1)
        x = ops.take(x, rows, axis=axis)
    return x
