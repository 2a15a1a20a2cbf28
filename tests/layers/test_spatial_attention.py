import numpy as np
from keras import ops

from keras_colorize.layers.spatial_attention import SpatialAttention


def to_numpy(x):
    return ops.convert_to_numpy(x)


def photo():
    return np.random.default_rng(0).normal(size=(2, 3, 5, 16)).astype("float32")


def test_starts_as_the_identity():
    x = photo()
    np.testing.assert_array_equal(to_numpy(SpatialAttention()(x)), x)


def test_each_pixel_gets_the_mean_of_values_its_key_finds():
    x, layer = photo(), SpatialAttention()
    layer(x)
    layer.gamma.assign([0.5])
    query, key, value = (
        to_numpy(conv(x)).reshape(2, 15, -1)
        for conv in (layer.query, layer.key, layer.value)
    )
    scores = np.exp(np.einsum("bic,bjc->bij", query, key))
    probs = scores / scores.sum(axis=1, keepdims=True)  # over i
    found = np.einsum("bij,bic->bjc", probs, value).reshape(x.shape)
    np.testing.assert_allclose(to_numpy(layer(x)), x + 0.5 * found, atol=1e-5)
