import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.layers.padding import pad_to_multiple


def picture(height, width):
    x = np.arange(height * width, dtype="float32")
    return x.reshape(1, height, width, 1)


@pytest.mark.parametrize(
    ("size", "padded"),
    [((8, 16), (8, 16)), ((9, 15), (16, 16)), ((1, 17), (8, 24))],
)
def test_the_last_row_and_column_fill_up_to_the_next_multiple(size, padded):
    x = picture(*size)
    y = ops.convert_to_numpy(pad_to_multiple(x, 8))
    more = [(0, big - small) for small, big in zip(size, padded, strict=True)]
    expected = np.pad(x, [(0, 0), *more, (0, 0)], mode="edge")
    np.testing.assert_array_equal(y, expected)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="uses tf.function"
)
def test_an_onnx_file_of_free_sizes_pads_and_never_crops():
    import onnxruntime
    import tensorflow as tf

    from keras_colorize.exporters.conversion import convert_function

    function = tf.function(
        lambda x: pad_to_multiple(x, 8),
        input_signature=[tf.TensorSpec((1, None, None, 1), name="x")],
    )
    model = convert_function(function, opset=18)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (feed,) = session.get_inputs()
    for size in ((8, 16), (9, 15), (1, 17)):
        x = picture(*size)
        (y,) = session.run(None, {feed.name: x})
        expected = ops.convert_to_numpy(pad_to_multiple(x, 8))
        np.testing.assert_array_equal(y, expected)
