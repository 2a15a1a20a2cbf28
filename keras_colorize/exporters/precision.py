"""Copies of a model under another dtype policy, which get exported."""

import numpy as np

# fp16 stores kernels as float16 and computes in float32.
PRECISIONS = ("fp32", "fp16", "int8")
# Of SavedModels. bfloat16 computes in it and keeps weights in float32.
SAVED_MODEL_PRECISIONS = ("fp32", "bfloat16")


def copy_in_float32(model, rounds_kernels=False):
    """Rebuilds a model with float32 computation and the same weights.

    A model made under a mixed precision policy would export its casts.

    Args:
        model: `Colorizer`.
        rounds_kernels: bool. Whether kernels (weights of rank 2 and more)
            are rounded to values that float16 holds, for fp16 and for int8,
            which stores those so that it leaves in float.

    Returns:
        A new model of the same class.

    Raises:
        ValueError: If float16 cannot hold a kernel that is rounded.
    """
    weights = model.get_weights()
    if rounds_kernels:
        weights = [_rounded_to_float16(w) for w in weights]
    return _copy(model, "float32", weights)


def copy_in_bfloat16(model):
    """Rebuilds a model with bfloat16 computation and the same weights.

    Inputs, weights and the result are float32.

    Args:
        model: `Colorizer`.

    Returns:
        A new model of the same class.
    """
    return _copy(model, "mixed_bfloat16", model.get_weights())


def check_precision(precision, known=PRECISIONS):
    """Raises `ValueError` unless `precision` is one of those known."""
    if precision not in known:
        is_of_another = precision in (*PRECISIONS, *SAVED_MODEL_PRECISIONS)
        raise ValueError(
            f"`precision` must be one of {known}"
            f"{' for files of this format' if is_of_another else ''}. "
            f"Received: precision={precision!r}."
        )


def _copy(model, policy, weights):
    copy = type(model).from_config({**model.get_config(), "dtype": policy})
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
            f"magnitude {largest}. Use precision='fp32'."
        )
    return weight.astype(np.float16).astype(np.float32)
