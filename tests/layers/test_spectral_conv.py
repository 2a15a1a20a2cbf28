"""Spectral normalization: largest singular value 1, exact in inference."""

import keras
import numpy as np
from keras import ops

from keras_colorize.layers.spectral_conv import SpectralConv2D


def to_numpy(x):
    return np.array(ops.convert_to_numpy(x))


def built(filters=5, channels=3, size=(3, 2), **kwargs):
    layer = SpectralConv2D(filters, size, padding="same", **kwargs)
    layer.build((None, None, None, channels))
    return layer


def singular_values(kernel):
    return np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]))[1]


def test_fresh_kernel_stretches_by_one_or_little_more():
    for filters in (1, 5, 64):
        layer = built(filters)
        kernel = to_numpy(layer.normalize(layer.kernel))
        assert 0.99 < singular_values(kernel)[0] < 1.1


def test_training_calls_follow_the_largest_singular_value():
    layer = built()
    x = np.ones((1, 4, 6, 3), "float32")
    for _ in range(50):
        layer(x, training=True)
    kernel = to_numpy(layer.normalize(layer.kernel))
    np.testing.assert_allclose(singular_values(kernel)[0], 1.0, atol=1e-4)


def test_inference_changes_nothing_and_training_not_the_kernel():
    layer = built()
    before = [to_numpy(w) for w in layer.weights]
    layer(np.ones((1, 4, 6, 3), "float32"))
    for old, weight in zip(before, layer.weights, strict=True):
        np.testing.assert_array_equal(to_numpy(weight), old)
    layer.kernel.assign(3 * layer.kernel)
    layer(np.ones((1, 4, 6, 3), "float32"), training=True)
    np.testing.assert_array_equal(to_numpy(layer.kernel), 3 * before[0])


def test_output_does_not_depend_on_the_size_of_the_kernel():
    layer = built()
    x = np.random.default_rng(0).normal(size=(2, 4, 6, 3)).astype("float32")
    y = to_numpy(layer(x))
    layer.kernel.assign(7 * layer.kernel)
    np.testing.assert_allclose(to_numpy(layer(x)), y, atol=1e-5)


def test_a_kernel_of_zeros_gives_zeros():
    layer = built(kernel_initializer="zeros")
    y = layer(np.ones((1, 4, 6, 3), "float32"), training=True)
    np.testing.assert_array_equal(to_numpy(y), 0)


def test_vectors_are_saved_and_are_not_trained(tmp_path):
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, SpectralConv2D(4, 3, name="conv")(inputs))
    assert [w.name for w in model.trainable_weights] == ["kernel", "bias"]
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    for a, b in zip(again.weights, model.weights, strict=True):
        np.testing.assert_array_equal(to_numpy(a), to_numpy(b))
