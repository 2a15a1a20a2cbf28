"""What depends on the Keras backend that runs."""

from collections.abc import Callable

import keras


def compile_for_backend(function: Callable) -> Callable:
    """Compiles a pure function of tensors.

    Args:
        function: Uses `keras.ops` alone; takes arrays or tensors and returns
            tensors.

    Returns:
        The function compiled by XLA under TensorFlow and JAX; as it is under
        PyTorch.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function, jit_compile=True, reduce_retracing=True)
    if backend == "jax":
        import jax  # pyright: ignore[reportMissingImports]

        return jax.jit(function)
    return function


def check_on_tensorflow(
    what: str,
    other_way: str = "pack the photos under it (python -m training.pack)",
) -> None:
    """Refuses what `tf.data` alone can do under another Keras backend.

    Args:
        what: Plural, for the message.
        other_way: What else can be done about it.

    Raises:
        ValueError: If Keras does not run on TensorFlow.
    """
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise ValueError(
            f"{what} need the Keras backend TensorFlow. Received: backend "
            f"{backend!r}. Set KERAS_BACKEND=tensorflow, or {other_way}."
        )
