"""Color hints from the serving graph through the exported files."""

import json

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf

from keras_colorize.color.luminance import image_to_L
from keras_colorize.color.luminance import keep_lightness
from keras_colorize.exporters.onnx import export_onnx
from keras_colorize.exporters.saved_model import export_saved_model
from keras_colorize.exporters.serving_graph import build_serving_graph
from keras_colorize.hints import Hint
from keras_colorize.hints import hints_to_array
from keras_colorize.models.full_size import NO_HINTS
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.resize import resize_antialiased
from keras_colorize.serving.resize import resize_bilinear
from keras_colorize.serving.session import ColorizeSession
from tests.exporters.hint_model import AB
from tests.exporters.hint_model import NETWORK_SIZE
from tests.exporters.hint_model import HintModel
from tests.helpers import textured_photo

SIZES = ((41, 30), (30, 77))


def hints_for(height, width):
    """Two hints that overlap and one in a corner, float32 (1, 3, 5)."""
    x, y = 0.6 * width, 0.4 * height
    return np.array(
        [[[x, y, 7, 50, 20], [x + 5, y, 5, -30, 9], [0.2, 0.2, 0.1, 1, 60]]],
        np.float32,
    )


@pytest.fixture(scope="module")
def model():
    return HintModel(name="hinted")


@pytest.fixture(scope="module")
def graph(model):
    return build_serving_graph(model, NETWORK_SIZE)


@pytest.fixture(scope="module")
def ab_graph(model):
    return build_serving_graph(model, NETWORK_SIZE, head="ab")


@pytest.fixture(scope="module")
def onnx_path(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("onnx") / "hinted.onnx"
    export_onnx(model, path, network_size=NETWORK_SIZE)
    return path


class LookedHintModel(HintModel):
    """The same with a look, which leaves no color as predicted."""

    looks = {"natural": {"vividness": 1.6, "focus": 0.5}, "calm": {}}


# === Serving graph ===


def test_hinted_colors_come_out_as_asked_under_any_look():
    model = LookedHintModel(name="looked")
    graph = build_serving_graph(model, NETWORK_SIZE, head="ab")
    L = np.full((1, 48, 96, 1), 50.0, np.float32)
    hints = np.array([[[70, 12, 8, 50, 20]]], np.float32)
    # Elsewhere: chroma 14.422, 1.6 * (14.422 / 12)**0.5 = 1.75407.
    natural = graph.serve(L, hints=hints).numpy()[0]
    vivid = graph.serve(L, vividness=2.0, focus=0.0, hints=hints).numpy()[0]
    for ab, factor in ((natural, 1.75407), (vivid, 2.0)):
        np.testing.assert_allclose(ab[12, 70], [50, 20], atol=1e-2)
        np.testing.assert_allclose(ab[40, 10], factor * np.array(AB), atol=1e-2)
    ab_hint = np.zeros((1, 16, 24, 2), np.float32)
    ab_hint[0, 3, 5] = 50, 20
    mask = np.float32(ab_hint[..., :1] != 0)
    ab = model.predict_ab(L[:, :16, :24], ab_hint=ab_hint, hint_mask=mask)
    ab = keras.ops.convert_to_numpy(ab)[0]
    np.testing.assert_allclose(ab[3, 5], [50, 20], atol=1e-2)
    np.testing.assert_allclose(ab[9, 9], 1.75407 * np.array(AB), atol=1e-2)


def test_hints_color_the_photo_where_they_are(ab_graph):
    L = np.full((1, 48, 96, 1), 50.0, np.float32)  # two pixels in one
    hints = np.array([[[70, 12, 8, 50, 20]]], np.float32)
    ab = ab_graph.serve(L, hints=hints).numpy()[0]
    np.testing.assert_allclose(ab[12, 70], [50, 20], atol=1e-3)
    y, x = np.mgrid[:48, :96] + 0.5
    distance = np.hypot(y - 12, x - 70)
    # Bilinear enlarging blurs the edge by one pixel of the network, 2 here.
    np.testing.assert_allclose(ab[distance < 5], [[50, 20]] * 80, atol=1e-3)
    outside = ab[distance > 11]
    np.testing.assert_allclose(
        outside, np.broadcast_to(AB, outside.shape), atol=1e-3
    )


def test_default_is_the_color_without_hints(model, graph, ab_graph):
    photo = textured_photo(33, 50)[None]
    L = image_to_L(photo[0])[None]
    plain = graph.serve(photo).numpy()
    np.testing.assert_array_equal(graph.serve(photo, hints=NO_HINTS), plain)
    far = np.array([[[9, 9, -1, 80, 80], [3, 3, -5, 9, 9]]], np.float32)
    np.testing.assert_array_equal(graph.serve(photo, hints=far), plain)
    np.testing.assert_allclose(
        ab_graph.serve(L), model.predict_ab(L), atol=1e-4
    )


def test_the_last_hint_wins(ab_graph):
    L = np.full((1, 24, 40, 1), 50.0, np.float32)
    rows = np.array([[[9, 9, 4, 50, 20], [9, 9, 4, -30, 9]]], np.float32)
    for hints, expected in ((rows, [-30, 9]), (rows[:, ::-1], [50, 20])):
        ab = ab_graph.serve(L, hints=hints).numpy()
        np.testing.assert_allclose(ab[0, 9, 9], expected, atol=1e-3)


def test_hints_of_a_photo_do_not_depend_on_the_network_size(model):
    L = np.full((1, 48, 80, 1), 50.0, np.float32)
    hints = np.array([[[60.5, 12.5, 0.2, 50, 20]]], np.float32)
    for network_size in (16, 48):
        graph = build_serving_graph(model, network_size, head="ab")
        ab = graph.serve(L, hints=hints).numpy()[0]
        row, column = np.unravel_index(ab[..., 0].argmax(), (48, 80))
        assert abs(row - 12) <= 48 / network_size
        assert abs(column - 60) <= 48 / network_size


def test_batch_shares_hints_or_has_its_own(ab_graph):
    L = np.full((2, 24, 40, 1), 50.0, np.float32)
    one = np.array([[[9, 9, 4, 50, 20]]], np.float32)
    shared = ab_graph.serve(L, hints=one).numpy()
    np.testing.assert_allclose(shared[:, 9, 9], [[50, 20]] * 2, atol=1e-3)
    own = np.concatenate([one, one * [[[1, 1, 1, -1, 1]]]]).astype("float32")
    ab = ab_graph.serve(L, hints=own).numpy()
    np.testing.assert_allclose(ab[:, 9, 9], [[50, 20], [-50, 20]], atol=1e-3)


# === ONNX ===


def test_onnx_file_follows_hints_like_keras(onnx_path, graph):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(onnx_path, options)
    assert [
        (node.name, node.type, node.shape)
        for node in session.get_overridable_initializers()
    ] == [
        ("strength", "tensor(float)", []),
        ("hints", "tensor(float)", ["hint_batch", "hint_points", 5]),
        (
            "L_offset",
            "tensor(float)",
            ["offset_batch", "offset_height", "offset_width", 1],
        ),
        ("photo_size", "tensor(float)", [2]),
    ]
    for size in SIZES:
        photo = np.stack([textured_photo(*size), textured_photo(*size, 1)])
        plain = session.run(None, {"image": photo})[0]
        assert np.abs(graph.serve(photo).numpy() - plain.astype(int)).max() <= 1
        hints = hints_for(*size)
        # As many as the default has, and more; shared, and one set a photo.
        for rows in (hints[:, :1], np.tile(hints, (2, 3, 1))):
            hinted = session.run(None, {"image": photo, "hints": rows})[0]
            expected = graph.serve(photo, hints=rows).numpy()
            assert np.abs(expected - hinted.astype(int)).max() <= 1
            assert (hinted != plain).any()


def test_metadata_explains_hints(onnx_path):
    session = ColorizeSession(onnx_path)
    assert session.contract.optional_inputs == {"strength", "hints"}
    metadata = session._session.get_modelmeta().custom_metadata_map
    for word in ("hints", "(x, y, radius, a, b)", "pixels of the image"):
        assert word in metadata["contract"]
    assert "photo_size (height, width)" in metadata["parts"]


@pytest.mark.parametrize("size", [(41, 30), (30, 77), (100, 6), (24, 36)])
def test_session_draws_hints_as_the_graph_does(onnx_path, graph, size):
    photo = textured_photo(*size)
    height, width = size
    hints = [
        Hint(0.6 * width, 0.4 * height, 0.2 * width, "#c24a33"),
        Hint(0.1, height - 0.1, 0.3, "navy"),
    ]
    expected = graph.serve(
        photo[None], hints=hints_to_array(hints, *size)
    ).numpy()[0]
    session = ColorizeSession(onnx_path)
    options = ColorizeOptions(hints=tuple(hints))
    assert session.contract.gives_small_ab
    colorized = session.colorize_checked(photo, options)
    kept = keep_lightness(photo, expected)
    assert np.abs(colorized.astype(int) - kept).max() <= 1
    assert (colorized != kept).mean() <= 1e-3
    assert (
        colorized != session.colorize_checked(photo, ColorizeOptions())
    ).any()


def test_session_paints_the_color_of_a_hint(onnx_path):
    photo = np.full((60, 90, 3), 119, np.uint8)  # L = 50
    hint = Hint(70, 20, 9, (194, 74, 51))  # an L of 48
    session = ColorizeSession(onnx_path)
    options = ColorizeOptions(hints=(hint,))
    colorized = session.colorize_checked(photo, options).astype(int)
    assert np.abs(colorized[20, 70] - [200, 79, 56]).max() <= 5
    plain = session.colorize_checked(photo, ColorizeOptions())
    np.testing.assert_array_equal(colorized[40:, :50], plain[40:, :50])


@pytest.mark.parametrize("size", ["dynamic", 40])
def test_ab_head_takes_hints_in_pixels_of_L(model, ab_graph, size, tmp_path):
    path = tmp_path / "ab.onnx"
    options = {"head": "ab", "network_size": NETWORK_SIZE, "size": size}
    export_onnx(model, path, **options)
    session = ColorizeSession(path)
    photo = np.full((60, 90, 3), 119, np.uint8)
    hint = Hint(70, 20, 12, "#c24a33")
    small = resize_antialiased(
        image_to_L(photo), *session.network_size_of(60, 90)
    )
    options = ColorizeOptions(hints=(hint,))
    ab = session._run_small(small[None], (60, 90), options)[0]
    ab = resize_bilinear(ab, 60, 90)
    expected = hints_to_array([hint], 60, 90)[0, 0, 3:]
    np.testing.assert_allclose(ab[20, 70], expected, atol=1e-2)
    np.testing.assert_allclose(ab[50, 20], AB, atol=1e-2)


# === SavedModel ===


def test_saved_model_keeps_hints_and_their_default(model, graph, tmp_path):
    export_saved_model(model, tmp_path / "hinted", network_size=NETWORK_SIZE)
    served = tf.saved_model.load(str(tmp_path / "hinted"))
    layer = keras.layers.TFSMLayer(
        str(tmp_path / "hinted"), call_endpoint="serve"
    )
    for size in SIZES:
        photo, hints = textured_photo(*size)[None], hints_for(*size)
        plain = graph.serve(photo).numpy().astype(int)
        assert np.abs(served.serve(photo) - plain).max() <= 1
        assert np.abs(np.asarray(layer(photo)) - plain).max() <= 1
        expected = graph.serve(photo, strength=0.5, hints=hints).numpy()
        hinted = served.serve(photo, strength=0.5, hints=hints).numpy()
        assert np.abs(hinted.astype(int) - expected).max() <= 1
        assert (hinted != plain).any()
    text = json.loads((tmp_path / "hinted" / "metadata.json").read_text())
    assert "(x, y, radius, a, b)" in text["contract"]
