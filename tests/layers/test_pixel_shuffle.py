import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.layers.pixel_shuffle import PixelShuffle
from keras_colorize.layers.pixel_shuffle import ShuffleInitializer
from keras_colorize.layers.pixel_shuffle import keras_order


def shuffle(x, factor=2):
    return ops.convert_to_numpy(PixelShuffle(factor)(x))


def test_four_channels_of_a_pixel_become_two_by_two_pixels():
    x = np.arange(8, dtype="float32").reshape(1, 1, 2, 4)
    expected = [[0, 1, 4, 5], [2, 3, 6, 7]]
    np.testing.assert_array_equal(shuffle(x)[0, ..., 0], expected)


def test_every_channel_goes_where_the_formula_says():
    r, height, width, channels = 3, 2, 5, 4
    x = np.random.default_rng(0).random((2, height, width, r * r * channels))
    y = shuffle(x.astype("float32"), r)
    assert y.shape == (2, r * height, r * width, channels)
    for i in range(r):
        for j in range(r):
            for c in range(channels):
                np.testing.assert_allclose(
                    y[:, i::r, j::r, c],
                    x[..., (i * r + j) * channels + c],
                    rtol=1e-6,
                )


def test_order_of_pytorch_is_undone():
    # One pixel with channels c * 4 + i * 2 + j, as PyTorch numbers them.
    x = keras_order(np.arange(12, dtype="float32"))[None, None, None]
    y = shuffle(x)[0]
    for c in range(3):
        np.testing.assert_array_equal(
            y[..., c], [[4 * c, 4 * c + 1], [4 * c + 2, 4 * c + 3]]
        )


def test_starts_as_nearest_enlargement():
    inputs = keras.Input((None, None, 3))
    conv = keras.layers.Conv2D(20, 1, kernel_initializer=ShuffleInitializer())
    model = keras.Model(inputs, PixelShuffle()(conv(inputs)))
    x = np.random.default_rng(0).random((1, 3, 5, 3)).astype("float32")
    # One channel a pixel: processors add several up in different orders.
    x *= np.eye(3, dtype="float32")[np.arange(15).reshape(1, 3, 5) % 3]
    y = ops.convert_to_numpy(model(x))
    assert y.shape == (1, 6, 10, 5)
    np.testing.assert_array_equal(y, y[:, ::2, ::2].repeat(2, 1).repeat(2, 2))
    assert np.ptp(y[0, 0, 0]) > 0


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="uses tf.function"
)
def test_size_may_be_known_at_run_time_only():
    import tensorflow as tf

    inputs = keras.Input((None, None, 8))
    model = keras.Model(inputs, PixelShuffle()(inputs))
    assert model.output_shape == (None, None, None, 2)
    signature = [tf.TensorSpec((None, None, None, 8))]
    graph = tf.function(model, input_signature=signature)
    assert graph(np.zeros((1, 3, 5, 8), "float32")).shape == (1, 6, 10, 2)


@pytest.mark.parametrize("kind", [PixelShuffle, ShuffleInitializer])
def test_config_round_trip(kind):
    config = kind(3).get_config()
    assert kind.from_config(config).get_config() == config


def test_impossible_arguments_are_refused():
    with pytest.raises(ValueError, match="Received: factor=0"):
        PixelShuffle(0)
    with pytest.raises(ValueError, match=r"multiple of 4.*\(1, 2, 3, 6\)"):
        PixelShuffle()(np.zeros((1, 2, 3, 6), "float32"))
