"""What every color function asks of its input."""

import keras
from keras import ops


def float_with_channels(x, num_channels, name):
    """Returns `x` as a tensor after checking its dtype and last axis.

    Args:
        x: float (..., num_channels).
        num_channels: int, required length of the last axis.
        name: str, how the caller's argument is called, for messages.

    Returns:
        float (..., num_channels), at least float32: steps of half precision
        are 0.5 near |ab| = 100.

    Raises:
        TypeError: If `x` is not floating point.
        ValueError: If the last axis is not `num_channels` long.
    """
    x = ops.convert_to_tensor(x)
    dtype = keras.backend.standardize_dtype(x.dtype)
    if not keras.backend.is_float_dtype(dtype):
        raise TypeError(
            f"`{name}` must be floating point (uint8 photos: cast and divide "
            f"by 255 first). Received: dtype={dtype}."
        )
    if len(x.shape) == 0 or x.shape[-1] != num_channels:
        raise ValueError(
            f"`{name}` must have {num_channels} channel(s) on its last axis. "
            f"Received: shape={tuple(x.shape)}."
        )
    half = dtype in ("float16", "bfloat16")
    return ops.cast(x, "float32") if half else x
