import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.layers.bilinear_upsampling import BilinearUpsampling


def test_doubles_a_row_by_hand():
    # Centers at -0.25, 0.25, 0.75, 1.25 of the old samples.
    x = np.array([10.0, 30.0], "float32").reshape(1, 1, 2, 1)
    doubled = ops.convert_to_numpy(BilinearUpsampling(2)(x))
    assert doubled.shape == (1, 2, 4, 1)
    np.testing.assert_allclose(doubled[0, 0, :, 0], [10, 15, 25, 30])


def test_equals_the_layer_of_keras_at_known_sizes():
    x = np.random.default_rng(0).random((2, 5, 9, 3)).astype("float32")
    reference = keras.layers.UpSampling2D(3, interpolation="bilinear")
    np.testing.assert_allclose(
        ops.convert_to_numpy(BilinearUpsampling(3)(x)),
        ops.convert_to_numpy(reference(x)),
        atol=1e-6,
    )


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="uses tf.function"
)
def test_size_may_be_known_at_run_time_only():
    import tensorflow as tf

    inputs = keras.Input((None, None, 2))
    model = keras.Model(inputs, BilinearUpsampling(2)(inputs))
    assert model.output_shape == (None, None, None, 2)
    signature = [tf.TensorSpec((None, None, None, 2))]
    graph = tf.function(model, input_signature=signature)
    assert graph(np.zeros((1, 3, 5, 2), "float32")).shape == (1, 6, 10, 2)


def test_config_round_trip():
    config = BilinearUpsampling(3, name="up").get_config()
    assert BilinearUpsampling.from_config(config).get_config() == config


def test_impossible_factor_is_refused():
    with pytest.raises(ValueError, match="Received: factor=0"):
        BilinearUpsampling(0)
