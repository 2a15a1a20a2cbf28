"""The hypercolumn's convolution equals the one that builds it."""

import keras
import numpy as np
import pytest
from keras import layers
from keras import ops

from keras_colorize.layers.bilinear_upsampling import BilinearUpsampling
from keras_colorize.layers.hypercolumn_conv import HypercolumnConv2D

STRIDES = (1, 2, 4, 8)
CHANNELS = (3, 4, 5, 6)
SCALES = (0.5, 2.0, 1.0, 0.25)


def make_levels(height, width, batch=2):
    rng = np.random.default_rng(height * width)
    return [
        rng.normal(size=(batch, height // s, width // s, c)).astype("float32")
        for s, c in zip(STRIDES, CHANNELS, strict=True)
    ]


def make_pair(filters=7):
    """Our layer and a plain convolution, built, with the same weights."""
    ours = HypercolumnConv2D(filters, STRIDES, SCALES)
    plain = layers.Conv2D(filters, 3, padding="same")
    ours.build([(None, None, None, c) for c in CHANNELS])
    plain.build((None, None, None, sum(CHANNELS)))
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=w.shape) for w in ours.weights]
    ours.set_weights(weights)
    plain.set_weights(weights)
    return ours, plain


def build_hypercolumn(levels):
    return ops.concatenate(
        [
            scale * BilinearUpsampling(s)(x) if s > 1 else scale * x
            for x, s, scale in zip(levels, STRIDES, SCALES, strict=True)
        ],
        axis=-1,
    )


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("size", [(8, 8), (8, 24), (40, 16), (72, 80)])
def test_equals_upsampling_concatenation_and_convolution(size, training):
    ours, plain = make_pair()
    levels = make_levels(*size)
    expected = ops.convert_to_numpy(plain(build_hypercolumn(levels)))
    found = ops.convert_to_numpy(ours(levels, training=training))
    assert found.shape == (2, *size, 7)
    # Borders included: the convolution reads zeros there, not the edge.
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="uses tf.GradientTape"
)
@pytest.mark.parametrize("size", [(8, 16), (72, 24)])
def test_gradients_equal_those_of_the_plain_convolution(size):
    import tensorflow as tf

    ours, plain = make_pair()
    levels = make_levels(*size)
    upstream = np.random.default_rng(2).normal(size=(2, *size, 7))
    gradients = []
    for layer, inputs in ((ours, levels), (plain, build_hypercolumn(levels))):
        with tf.GradientTape() as tape:
            outputs = layer(inputs, training=True)
            loss = tf.reduce_sum(outputs * upstream.astype("float32"))
        gradients.append(tape.gradient(loss, [w.value for w in layer.weights]))
    for found, expected in zip(*gradients, strict=True):
        difference = np.abs(np.asarray(found) - expected).max()
        assert difference <= 1e-4 * np.abs(expected).max()


def test_config_round_trip():
    layer, _ = make_pair()
    again = HypercolumnConv2D.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize(
    "arguments",
    [
        {"filters": 0, "strides": (1, 2)},
        {"filters": 4, "strides": ()},
        {"filters": 4, "strides": (1, 2), "level_scales": (1.0,)},
    ],
)
def test_impossible_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received: "):
        HypercolumnConv2D(**arguments)


def test_levels_of_different_full_sizes_are_refused():
    with pytest.raises(ValueError, match="one full size"):
        HypercolumnConv2D(4, (1, 2)).build([(1, 8, 8, 3), (1, 3, 4, 3)])
