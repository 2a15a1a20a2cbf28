"""Shipped weights as a Keras model: the colors of the ONNX file."""

import numpy as np
import pytest
from keras import ops

from keras_colorize import ColorizeSession
from keras_colorize import load_pretrained
from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.difference import delta_e_2000
from keras_colorize.exporters.validate import MAX_SHARE
from keras_colorize.exporters.validate import MAX_SHARE_ROUNDED
from keras_colorize.serving.lightness import keep_lightness
from keras_colorize.serving.weights import DEFAULT_MODEL
from keras_colorize.serving.weights import find_shipped
from tests.helpers import textured_photo


def served_by_keras(name, network_size, image):
    """What the serving graph makes of one photo, uint8 (H, W, 3)."""
    from keras_colorize.serving.graph import build_serving_graph

    graph = build_serving_graph(load_pretrained(name), network_size)
    return graph.serve(image[None]).numpy()[0]


def test_keras_and_a_float_file_color_a_photo_alike():
    image = textured_photo(90, 140)
    expected = served_by_keras("eccv16_small", 128, image)
    got = ColorizeSession("eccv16_small").colorize_array(image)
    difference = np.abs(got.astype(int) - expected)
    assert difference.max() <= 1
    assert (difference.max(axis=-1) > 0).mean() <= MAX_SHARE
    assert np.ptp(got.astype(int), axis=-1).max() > 10  # it has color


def test_int8_keeps_the_colors_of_keras():
    from keras_colorize.serving.graph import build_serving_graph

    data = pytest.importorskip("skimage.data")
    photos = [
        textured_photo(90, 140),
        data.astronaut()[:300],
        data.coffee(),
        data.chelsea(),
    ]
    graph = build_serving_graph(load_pretrained("lite"), 256)
    session = ColorizeSession("lite")
    assert session.contract.facts["precision"] == "int8"
    means = []
    for photo in photos:
        expected = keep_lightness(photo, graph.serve(photo[None]).numpy()[0])
        got = session.colorize_array(photo)
        labs = [rgb_to_lab(x / np.float32(255)) for x in (expected, got)]
        means.append(float(ops.mean(delta_e_2000(*labs))))
        assert np.ptp(got.astype(int), axis=-1).max() > 10  # it has color
    # CIEDE2000 of about 1 is just noticeable; seen: 0.15 and 0.19.
    assert np.mean(means) < 0.25
    assert max(means) < 0.35


@pytest.mark.slow
@pytest.mark.parametrize(
    ("precision", "max_share"),
    [
        ("fp32", MAX_SHARE),
        # Batch norm was folded into its kernels: they are rounded once more.
        ("fp16", MAX_SHARE_ROUNDED),
    ],
)
def test_float_exports_of_the_default_model_are_those_of_keras(
    precision, max_share, tmp_path
):
    from keras_colorize.exporters.onnx import export_onnx

    path = tmp_path / "lite.onnx"
    export_onnx(load_pretrained("lite"), path, precision=precision)
    image = textured_photo(90, 140)
    expected = served_by_keras("lite", 256, image)
    got = ColorizeSession(path).colorize_array(image)
    difference = np.abs(got.astype(int) - expected)
    assert difference.max() <= 1
    assert (difference.max(axis=-1) > 0).mean() <= max_share


def test_model_without_weights_is_told_apart_from_an_unknown_one():
    with pytest.raises(ValueError, match="'eccv16_base' comes without weight"):
        load_pretrained("eccv16_base")
    with pytest.raises(ValueError, match="Did you mean eccv16_small"):
        load_pretrained("eccv16_smal")


def test_default_model_is_light_and_comes_with_its_card():
    weights = find_shipped(DEFAULT_MODEL)
    assert weights.model == "lite"
    for name, limit in (("model.onnx", 9e6), ("model.weights.h5", 16e6)):
        assert (weights.folder / name).stat().st_size <= limit
    card = (weights.folder / "README.md").read_text(encoding="utf-8")
    for heading in ("Data and terms", "Recipe", "Scores", "Limits"):
        assert f"## {heading}" in card
