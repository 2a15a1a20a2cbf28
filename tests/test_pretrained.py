"""Shipped weights as a Keras model: the same numbers as the ONNX file."""

import numpy as np
import pytest

from keras_colorize import ColorizeSession
from keras_colorize import load_pretrained
from keras_colorize.exporters.validate import MAX_SHARE
from keras_colorize.exporters.validate import MAX_SHARE_ROUNDED
from keras_colorize.serving.weights import DEFAULT_MODEL
from keras_colorize.serving.weights import find_shipped
from tests.helpers import textured_photo


@pytest.mark.parametrize(
    ("name", "network_size", "max_share"),
    [
        ("eccv16_small", 128, MAX_SHARE),
        # Batch norm was folded into its kernels: they are rounded once more.
        ("lite", 256, MAX_SHARE_ROUNDED),
    ],
)
def test_keras_and_onnxruntime_color_a_photo_alike(
    name, network_size, max_share
):
    from keras_colorize.serving.graph import build_serving_graph

    image = textured_photo(90, 140)
    graph = build_serving_graph(load_pretrained(name), network_size)
    expected = graph.serve(image[None]).numpy()[0]
    got = ColorizeSession(name).colorize_array(image)
    difference = np.abs(got.astype(int) - expected)
    assert difference.max() <= 1
    assert (difference.max(axis=-1) > 0).mean() <= max_share
    assert np.ptp(got.astype(int), axis=-1).max() > 10  # it has color


def test_model_without_weights_is_told_apart_from_an_unknown_one():
    with pytest.raises(ValueError, match="'eccv16_base' comes without weight"):
        load_pretrained("eccv16_base")
    with pytest.raises(ValueError, match="Did you mean eccv16_small"):
        load_pretrained("eccv16_smal")


def test_default_model_is_light_and_comes_with_its_card():
    weights = find_shipped(DEFAULT_MODEL)
    assert weights.model == "lite"
    for name in ("model.onnx", "model.weights.h5"):
        assert (weights.folder / name).stat().st_size <= 16_000_000
    card = (weights.folder / "README.md").read_text(encoding="utf-8")
    for heading in ("Data and terms", "Recipe", "Scores", "Limits"):
        assert f"## {heading}" in card
