import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.layers.sine_position import SinePositionEncoding
from tests.synthetic_weights import GOLDENS


def to_numpy(x):
    return ops.convert_to_numpy(x)


def test_equals_that_of_the_ddcolor_release():
    x = np.zeros((3, 4, 6, 256), "float32")
    encoding = to_numpy(SinePositionEncoding()(x))
    golden = np.load(GOLDENS / "ddcolor.npz")["pe_4x6"]
    assert encoding.shape == (1, 4, 6, 256)
    np.testing.assert_allclose(
        encoding.transpose(0, 3, 1, 2), golden, atol=2e-6
    )


def test_rows_come_first_and_end_in_a_full_turn():
    encoding = to_numpy(SinePositionEncoding()(np.zeros((1, 5, 3, 8), "f")))
    # The first sine and cosine of the last row, angle 2 pi; of the second of
    # five rows, angle 4 pi / 5.
    np.testing.assert_allclose(encoding[0, -1, :, :2], [[0, 1]] * 3, atol=1e-5)
    angle = 4 * np.pi / 5
    expected = [np.sin(angle), np.cos(angle)]
    np.testing.assert_allclose(encoding[0, 1, 2, :2], expected, atol=1e-5)


def test_size_is_read_in_the_graph():
    inputs = keras.Input((None, None, 8))
    model = keras.Model(inputs, SinePositionEncoding()(inputs))
    for size in ((2, 3), (7, 5)):
        x = np.zeros((2, *size, 8), "float32")
        expected = to_numpy(SinePositionEncoding()(x))
        np.testing.assert_allclose(to_numpy(model(x)), expected, atol=1e-6)


def test_channels_must_be_shared_by_two_axes_and_two_functions():
    with pytest.raises(ValueError, match="Received: 6 channels"):
        SinePositionEncoding()(np.zeros((1, 2, 3, 6), "float32"))
