"""The float32 twin of a model, which is what gets exported."""

import keras
import numpy as np

WEIGHT_PRECISIONS = ("float32", "float16")


def copy_in_float32(model, weights_precision="float32"):
    """Rebuilds a model with float32 computation and the same weights.

    A model made under a mixed precision policy would export its casts.

    Args:
        model: `Colorizer`.
        weights_precision: `"float32"` or `"float16"`. The latter rounds the
            kernels (weights of rank 2 and more) to values that float16
            holds; computing stays float32.

    Returns:
        A new model of the same class.

    Raises:
        ValueError: If `weights_precision` is neither, or a kernel has values
            that float16 cannot hold.
    """
    if weights_precision not in WEIGHT_PRECISIONS:
        raise ValueError(
            f"`weights_precision` must be one of {WEIGHT_PRECISIONS}. "
            f"Received: weights_precision={weights_precision!r}."
        )
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        copy = type(model).from_config(model.get_config())
    finally:
        keras.config.set_dtype_policy(policy)
    weights = model.get_weights()
    if weights_precision == "float16":
        weights = [_rounded_to_float16(w) for w in weights]
    copy.set_weights(weights)
    return copy


def _rounded_to_float16(weight):
    if weight.ndim < 2:
        return weight
    largest = np.abs(weight).max(initial=0.0)
    if not largest <= np.finfo(np.float16).max:
        raise ValueError(
            "Kernels must be finite and below 65504 to be stored as float16. "
            f"Received one of shape {weight.shape} with the largest "
            f"magnitude {largest}. Use weights_precision='float32'."
        )
    return weight.astype(np.float16).astype(np.float32)
