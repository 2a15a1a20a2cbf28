"""Functions of tensors, compiled by the Keras backend that runs."""

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
