import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.layers.dilated_conv import DilatedConv2D

needs_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="reads TensorFlow gradients or graphs",
)


def _pair(dilation, **kwargs):
    """A layer of ours and Keras' own, with the same weights."""
    ours = DilatedConv2D(5, 3, dilation_rate=dilation, **kwargs)
    theirs = keras.layers.Conv2D(
        5, 3, dilation_rate=dilation, padding="same", **kwargs
    )
    ours.build((None, None, None, 4))
    theirs.build((None, None, None, 4))
    rng = np.random.default_rng(3)
    theirs.set_weights(
        [rng.standard_normal(w.shape).astype("float32") for w in theirs.weights]
    )
    ours.set_weights(theirs.get_weights())
    return ours, theirs


def _features(shape=(2, 11, 7, 4)):
    rng = np.random.default_rng(4)
    return rng.standard_normal(shape).astype("float32")


@pytest.mark.parametrize("dilation", [1, 2, (3, 2)])
def test_outputs_equal_plain_convolution(dilation):
    ours, theirs = _pair(dilation, activation="relu")
    x = _features()
    np.testing.assert_allclose(
        ops.convert_to_numpy(ours(x)),
        ops.convert_to_numpy(theirs(x)),
        atol=1e-5,
    )


@needs_tensorflow
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_gradients_equal_plain_convolution(padding):
    import tensorflow as tf

    ours, theirs = _pair(2)
    ours.padding = theirs.padding = padding
    x = tf.constant(_features())
    gradients = []
    for layer in (ours, theirs):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x) ** 2)
        variables = [w.value for w in layer.trainable_weights]
        gradients.append(tape.gradient(loss, [x, *variables]))
    for ours_gradient, theirs_gradient in zip(*gradients, strict=True):
        np.testing.assert_allclose(
            ours_gradient, theirs_gradient, rtol=1e-4, atol=1e-3
        )


@needs_tensorflow
def test_graph_of_unknown_size_has_no_space_to_batch():
    import tensorflow as tf

    ours, _ = _pair(2)
    function = tf.function(
        ours, input_signature=[tf.TensorSpec((None, None, None, 4))]
    )
    graph = function.get_concrete_function().graph
    types = [operation.type for operation in graph.get_operations()]
    assert types.count("Conv2D") == 1
    assert "SpaceToBatchND" not in types


@needs_tensorflow
def test_compiled_by_xla_equals_eager():
    import tensorflow as tf

    ours, _ = _pair(2)
    x = _features()
    compiled = tf.function(ours, jit_compile=True)
    np.testing.assert_allclose(compiled(x), ours(x), atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_computes_in_the_low_dtype(policy):
    layer = DilatedConv2D(5, 3, dtype=policy)
    outputs = layer(_features())
    assert keras.backend.standardize_dtype(outputs.dtype) in policy
    assert keras.backend.standardize_dtype(layer.kernel.dtype) == "float32"


def test_config_round_trip_keeps_the_layer():
    ours, _ = _pair((3, 2))
    again = DilatedConv2D.from_config(ours.get_config())
    assert again.get_config() == ours.get_config()


TRAINING = """
import keras, numpy as np
from keras_colorize.layers.dilated_conv import DilatedConv2D
keras.config.set_dtype_policy("mixed_bfloat16")
inputs = keras.Input((None, None, 2))
model = keras.Model(inputs, DilatedConv2D(3, 3)(inputs))
model.compile("sgd", "mse")
before = model.get_weights()[0].copy()
rng = np.random.default_rng(0)
x = rng.standard_normal((2, 6, 10, 2)).astype("float32")
y = rng.standard_normal((2, 6, 10, 3)).astype("float32")
model.fit(x, y, verbose=0)
moved = np.abs(model.get_weights()[0] - before).max()
raise SystemExit(0 if moved > 0 else 3)
"""


@needs_tensorflow
def test_trains_without_onednn():
    # oneDNN is chosen when TensorFlow loads, so a process of its own.
    done = subprocess.run(
        [sys.executable, "-c", TRAINING],
        env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
