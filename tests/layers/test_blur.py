import keras
import numpy as np
from keras import ops

from keras_colorize.layers.blur import Blur


def to_numpy(x):
    return ops.convert_to_numpy(x)


def test_means_of_the_pixel_and_those_above_and_left():
    x = np.array([[1.0, 3.0, 5.0], [2.0, 8.0, 0.0]], "float32")
    # Row and column 0 count twice: 1, (1+3)/2, (3+5)/2; (1+2)/2, ...
    expected = [[1.0, 2.0, 4.0], [1.5, 3.5, 4.0]]
    y = to_numpy(Blur()(x.reshape(1, 2, 3, 1)))
    np.testing.assert_allclose(y[0, ..., 0], expected)


def test_takes_any_size_in_a_graph():
    inputs = keras.Input((None, None, 4))
    model = keras.Model(inputs, Blur()(inputs))
    assert model.output_shape == (None, None, None, 4)
    x = np.random.default_rng(0).normal(size=(2, 5, 7, 4)).astype("float32")
    y = to_numpy(model(x))
    mean = (x[:, 2, 3] + x[:, 1, 3] + x[:, 2, 2] + x[:, 1, 2]) / 4
    np.testing.assert_allclose(y[:, 2, 3], mean, atol=1e-6)
