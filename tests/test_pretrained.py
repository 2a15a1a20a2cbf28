"""Shipped weights as a Keras model: the colors of the ONNX file."""

import numpy as np
import pytest
from keras import ops
from skimage import data

from keras_colorize import ColorizeSession
from keras_colorize import load_pretrained
from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.difference import delta_e_2000
from keras_colorize.color.luminance import keep_lightness
from keras_colorize.exporters.validate import MAX_SHARE_ROUNDED
from keras_colorize.presets import DEFAULT_MODEL
from keras_colorize.presets import find_shipped
from tests.helpers import textured_photo

# Share of pixels where float32 rounding may fall on different sides of a half.
MAX_SHARE = 1e-3


def keras_function(name, network_size):
    """The serving graph: photo to photo, uint8 (H, W, 3)."""
    from keras_colorize.exporters.serving_graph import build_serving_graph

    graph = build_serving_graph(load_pretrained(name), network_size)
    return lambda photo: graph.serve(photo[None]).numpy()[0]


def assert_same_pixels(got, expected, max_share):
    difference = np.abs(got.astype(int) - expected)
    assert difference.max() <= 1
    assert (difference.max(axis=-1) > 0).mean() <= max_share
    assert_has_color(got)


def assert_has_color(photo):
    assert np.ptp(photo.astype(int), axis=-1).max() > 10


def test_keras_and_a_float_file_color_a_photo_alike():
    image = textured_photo(90, 140)
    got = ColorizeSession("eccv16_small").colorize_array(image)
    expected = keras_function("eccv16_small", 128)(image)
    assert_same_pixels(got, expected, MAX_SHARE)


def test_int8_keeps_the_colors_of_keras():
    session = ColorizeSession("lite")
    assert session.contract.facts["precision"] == "int8"
    photos = (textured_photo(90, 140), data.coffee(), data.chelsea())
    serve = keras_function("lite", 256)
    means = []
    for photo in (*photos, data.astronaut()[:300]):
        expected = keep_lightness(photo, serve(photo))
        got = session.colorize_array(photo)
        labs = [rgb_to_lab(x / np.float32(255)) for x in (expected, got)]
        means.append(float(ops.mean(delta_e_2000(*labs))))
        assert_has_color(got)
    # CIEDE2000 of about 1 is just noticeable; seen: 0.15 and 0.19.
    assert np.mean(means) < 0.25
    assert max(means) < 0.35


@pytest.mark.parametrize(
    ("precision", "max_share"),
    [
        pytest.param("fp32", MAX_SHARE, marks=pytest.mark.slow),
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
    got = ColorizeSession(path).colorize_array(image)
    assert_same_pixels(got, keras_function("lite", 256)(image), max_share)


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
