"""Shipped weights as a Keras model: the same numbers as the ONNX file."""

import numpy as np
import pytest

from keras_colorize import ColorizeSession
from keras_colorize import load_pretrained
from tests.helpers import textured_photo


def test_keras_and_onnxruntime_color_a_photo_alike():
    from keras_colorize.serving.graph import build_serving_graph

    image = textured_photo(90, 140)
    model = load_pretrained("eccv16_small")
    expected = build_serving_graph(model, 128).serve(image[None]).numpy()[0]
    got = ColorizeSession("eccv16_small").colorize_array(image)
    difference = np.abs(got.astype(int) - expected)
    assert difference.max() <= 1
    assert (difference.max(axis=-1) > 0).mean() <= 1e-3
    assert np.ptp(got.astype(int), axis=-1).max() > 10  # it has color


def test_model_without_weights_is_told_apart_from_an_unknown_one():
    with pytest.raises(ValueError, match="'eccv16_base' comes without weight"):
        load_pretrained("eccv16_base")
    with pytest.raises(ValueError, match="Did you mean eccv16_small"):
        load_pretrained("eccv16_smal")
