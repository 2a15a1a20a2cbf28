import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.layers.luma import LToLuma


def test_known_lightness_becomes_encoded_gray():
    # sRGB gray 0.4663 has L* = 50; black and white keep their places.
    L = np.array([0.0, 50.0, 100.0], "float32").reshape(1, 3, 1, 1)
    luma = ops.convert_to_numpy(LToLuma()(L))
    assert luma.shape == (1, 3, 1, 1)
    np.testing.assert_allclose(luma.ravel(), [0, 0.4663, 1], atol=1e-4)


def test_has_no_weights_and_keeps_the_shape_in_a_graph():
    inputs = keras.Input((None, None, 1))
    model = keras.Model(inputs, LToLuma()(inputs))
    assert model.weights == []
    assert model.output_shape == (None, None, None, 1)
    assert model(np.full((2, 3, 5, 1), 40.0)).shape == (2, 3, 5, 1)


def test_stays_float32_under_mixed_precision():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        inputs = keras.Input((None, None, 1))
        model = keras.Model(inputs, LToLuma()(inputs))
    finally:
        keras.mixed_precision.set_global_policy("float32")
    # bfloat16 would read both as 97.0.
    L = np.array([96.9, 97.1], "float32").reshape(1, 2, 1, 1)
    luma = model(L)
    assert keras.backend.standardize_dtype(luma.dtype) == "float32"
    assert np.ptp(ops.convert_to_numpy(luma)) > 1e-3


def test_config_round_trip():
    layer = LToLuma(name="luma")
    assert LToLuma.from_config(layer.get_config()).name == "luma"


def test_more_than_one_channel_is_refused():
    with pytest.raises(ValueError, match="Received"):
        LToLuma()(np.zeros((1, 4, 6, 3), "float32"))
