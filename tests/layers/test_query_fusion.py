"""The fused last layer equals what it stands for."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.layers.blur import blur
from keras_colorize.layers.pixel_shuffle import PixelShuffle
from keras_colorize.layers.query_fusion import QueryFusion


def to_numpy(x):
    return ops.convert_to_numpy(x)


@pytest.fixture
def inputs():
    rng = np.random.default_rng(0)
    shapes = (2, 3, 5, 4 * 6), (2, 7, 6), (2, 6, 10, 3)
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def test_equals_maps_at_full_size_and_a_convolution(inputs):
    layer = QueryFusion(2, factor=2)
    fused = layer(inputs)
    features, queries, extra = inputs
    pixels = blur(PixelShuffle(2)(features))
    maps = ops.einsum("bqc,bhwc->bhwq", queries, pixels)
    plain = layer.conv(ops.concatenate([maps, extra], axis=-1))
    assert fused.shape == (2, 6, 10, 2)
    np.testing.assert_allclose(to_numpy(fused), to_numpy(plain), atol=1e-4)


def test_stays_float32_under_mixed_precision(inputs):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        layer = QueryFusion(2, factor=2)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    outputs = layer([ops.cast(x, "bfloat16") for x in inputs])
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"


def test_training_follows_the_kernel(inputs):
    layer = QueryFusion(2, factor=2)
    layer(inputs)
    before = to_numpy(layer.conv.u).copy()
    kernel = to_numpy(layer.conv.kernel)[..., ::-1] * [1.0, 2.0]
    layer.conv.kernel.assign(kernel)
    layer(inputs)
    np.testing.assert_array_equal(to_numpy(layer.conv.u), before)
    layer(inputs, training=True)
    assert np.abs(to_numpy(layer.conv.u) - before).max() > 1e-3
