"""Training of wide layers on one photo after another, to save memory."""

import keras


def map_photos(function, inputs):
    """Applies a function to each photo of a batch, in turn on TensorFlow.

    TensorFlow runs the layers of a batch together, forward and backward, and
    the intermediate results of all photos exist at the same time. In turn,
    only what the gradient needs is kept of the photos before. On the other
    backends this is `function(inputs)`.

    Args:
        function: from `inputs`, with any batch size, to one float32 tensor
            (B, ...). Photos do not depend on each other.
        inputs: list of float tensors (B, ...).

    Returns:
        float32 (B, ...), what `function(inputs)` returns.
    """
    if keras.backend.backend() != "tensorflow":
        return function(inputs)
    import tensorflow as tf

    inputs = [tf.convert_to_tensor(x) for x in inputs]

    def apply_to_one(i):
        # Slices along the first axis are no copies.
        outputs = function([tf.expand_dims(x[i], 0) for x in inputs])
        return tf.squeeze(outputs, 0)

    return tf.map_fn(
        apply_to_one,
        tf.range(tf.shape(inputs[0])[0]),
        parallel_iterations=1,
        fn_output_signature="float32",
    )
