import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.layers.resize import BoundedShortSide
from keras_colorize.layers.resize import ResizeToStride
from keras_colorize.layers.resize import resize_bilinear
from keras_colorize.layers.resize import shrink_antialiased
from keras_colorize.layers.resize import smaller_side

needs_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="compares with tf.image.resize",
)
SIZES = [(5, 9), (23, 6), (13, 17), (31, 40), (1, 1), (1, 50)]


def _image(shape=(2, 13, 17, 3)):
    return np.random.default_rng(5).random(shape).astype("float32") * 100


def test_bilinear_doubles_a_row_by_hand():
    # Centers at -0.25, 0.25, 0.75, 1.25 of the old samples.
    x = np.array([10.0, 30.0], "float32").reshape(1, 1, 2, 1)
    doubled = ops.convert_to_numpy(resize_bilinear(x, (1, 4)))
    np.testing.assert_allclose(doubled.ravel(), [10, 15, 25, 30], rtol=1e-6)


def test_shrinking_to_half_weighs_neighbors_by_a_triangle():
    # Step 2: the first result sits at 0.5; weights 3/4, 3/4, 1/4 (sum 7/4).
    x = np.array([0.0, 10.0, 20.0, 30.0], "float32").reshape(1, 1, 4, 1)
    halved = ops.convert_to_numpy(shrink_antialiased(x, (1, 2)))
    np.testing.assert_allclose(halved.ravel(), [50 / 7, 160 / 7], rtol=1e-6)


@needs_tensorflow
@pytest.mark.parametrize("size", SIZES)
def test_both_equal_tensorflow(size):
    import tensorflow as tf

    x = _image()
    np.testing.assert_allclose(
        shrink_antialiased(x, size),
        tf.image.resize(x, size, antialias=True),
        atol=5e-4,  # neighbors of noise differ by up to 100, at float32
    )
    np.testing.assert_allclose(
        resize_bilinear(x, size), tf.image.resize(x, size), atol=1e-4
    )


def test_enlarging_with_antialiasing_is_bilinear():
    x = _image((1, 5, 7, 2))
    np.testing.assert_allclose(
        ops.convert_to_numpy(shrink_antialiased(x, (9, 20))),
        ops.convert_to_numpy(resize_bilinear(x, (9, 20))),
        atol=1e-4,
    )


def test_a_one_pixel_image_fills_any_size():
    x = np.full((1, 1, 1, 1), 7.0, "float32")
    filled = ops.convert_to_numpy(shrink_antialiased(x, (3, 5)))
    np.testing.assert_allclose(filled, np.full((1, 3, 5, 1), 7.0), rtol=1e-6)


def test_padding_repeats_the_last_row_and_column():
    x = _image()
    plain = ops.convert_to_numpy(shrink_antialiased(x, (5, 9)))
    padded = ops.convert_to_numpy(shrink_antialiased(x, (5, 9), (8, 16)))
    expected = np.pad(plain, ((0, 0), (0, 3), (0, 7), (0, 0)), mode="edge")
    np.testing.assert_allclose(padded, expected, atol=1e-4)


@needs_tensorflow
def test_sizes_may_be_tensors_in_a_graph_of_unknown_shape():
    import tensorflow as tf

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, None, None, 3)),
            tf.TensorSpec((2,), tf.int32),
        ]
    )
    def resize(x, size):
        sides = size[0], size[1]
        return shrink_antialiased(x, sides), resize_bilinear(x, sides)

    x = _image()
    shrunk, bilinear = resize(x, np.array((6, 11), "int32"))
    np.testing.assert_allclose(shrunk, shrink_antialiased(x, (6, 11)))
    np.testing.assert_allclose(bilinear, resize_bilinear(x, (6, 11)))


@pytest.mark.parametrize("resize", [resize_bilinear, shrink_antialiased])
def test_low_precision_stays_low_precision(resize):
    x = ops.cast(_image(), "bfloat16")
    outputs = resize(x, (5, 9))
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"


@pytest.mark.parametrize(
    "size, bounded",
    [
        ((64, 96), (64, 96)),
        ((128, 96), (96, 64)),  # 64 / 96 of 128 is 85: nearer to 96
        ((160, 320), (64, 128)),
        ((32, 512), (32, 512)),
    ],
)
def test_short_side_is_bounded_and_the_aspect_kept(size, bounded):
    layer = BoundedShortSide(64)
    x = _image((1, *size, 1))
    y = layer(x)
    assert y.shape == layer.compute_output_shape(x.shape) == (1, *bounded, 1)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(y),
        ops.convert_to_numpy(shrink_antialiased(x, bounded)),
    )
    if bounded == size:
        np.testing.assert_array_equal(ops.convert_to_numpy(y), x)


def test_lengths_may_be_ints_of_numpy_or_tensors():
    nine = ops.convert_to_tensor(9, "int32")
    for a, b in ((7, 9), (np.int64(7), 9), (9, np.int32(7)), (nine, 7)):
        assert int(ops.convert_to_numpy(smaller_side(a, b))) == 7


def test_maps_are_resized_to_a_stride_of_a_picture():
    layer = ResizeToStride(16)
    maps, picture = _image((2, 3, 2, 4)), _image((2, 96, 160, 1))
    resized = layer([maps, picture])
    shapes = [maps.shape, picture.shape]
    assert resized.shape == layer.compute_output_shape(shapes) == (2, 6, 10, 4)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(resized),
        ops.convert_to_numpy(resize_bilinear(maps, (6, 10))),
    )


@needs_tensorflow
def test_layers_take_sizes_that_are_known_at_run_time_only():
    import tensorflow as tf

    inputs = keras.Input((None, None, 1))
    bounded = BoundedShortSide(64)(inputs)
    model = keras.Model(inputs, [bounded, ResizeToStride(8)([bounded, inputs])])
    assert model.output_shape == [(None, None, None, 1)] * 2
    signature = [tf.TensorSpec((None, None, None, 1))]
    graph = tf.function(model, input_signature=signature)
    bounded, resized = graph(_image((1, 160, 320, 1)))
    assert bounded.shape == (1, 64, 128, 1)
    assert resized.shape == (1, 20, 40, 1)


@pytest.mark.parametrize(
    "layer", [BoundedShortSide(96, 16, name="a"), ResizeToStride(4, name="b")]
)
def test_layers_are_made_again_from_their_config(layer):
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config


def test_impossible_bounds_and_strides_are_refused():
    with pytest.raises(ValueError, match="Received: bound=100, multiple=32"):
        BoundedShortSide(100)
    with pytest.raises(ValueError, match="Received: stride=0"):
        ResizeToStride(0)
