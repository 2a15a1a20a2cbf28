"""Exports of models of each output kind and of networks of one input size."""

import json

import numpy as np
import onnx
import pytest
import tensorflow as tf
from keras import layers

from keras_colorize.color.luminance import keep_lightness
from keras_colorize.exporters.conversion import convert_function
from keras_colorize.exporters.onnx import export_onnx
from keras_colorize.exporters.saved_model import export_saved_model
from keras_colorize.exporters.serving_graph import build_serving_graph
from keras_colorize.models.registry import create_model
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.session import ColorizeSession
from tests.exporters.kinds_model import NETWORK_SIZE
from tests.exporters.kinds_model import make_kinds_model
from tests.helpers import textured_photo
from tests.models.tiny import tiny_overrides

KINDS = ("ab", "uv", "rgb", "ab_and_q_logits")


def extreme_photo(height, width):
    """Black and white halves, where powers and roots have their edges."""
    photo = np.zeros((height, width, 3), np.uint8)
    photo[:, width // 2 :] = 255
    return photo


@pytest.mark.parametrize("kind", KINDS)
def test_onnx_file_of_each_kind_colorizes_like_keras(kind, tmp_path):
    model = make_kinds_model(kind)
    report = export_onnx(
        model, tmp_path / "kind.onnx", network_size=NETWORK_SIZE
    )
    assert report.agreement.num_comparisons == 4
    session = ColorizeSession(report.path)
    assert session.contract.optional_inputs == {"strength"}
    assert session.contract.gives_small_ab
    graph = build_serving_graph(model, NETWORK_SIZE)
    for photo in (
        textured_photo(41, 30),
        extreme_photo(30, 44),
        np.zeros((25, 33, 3), np.uint8),
        np.full((33, 25, 3), 255, np.uint8),
    ):
        served = graph.serve(photo[None]).numpy()[0]
        expected = keep_lightness(photo, served).astype(int)
        colorized = session.colorize_checked(photo, ColorizeOptions())
        assert np.abs(colorized - expected).max() <= 1
    # Strong colors, so that agreement says something.
    colorized = session.colorize_array(textured_photo(41, 30)).astype(int)
    assert np.ptp(colorized, axis=-1).max() > 40


@pytest.mark.parametrize("kind", ["uv", "rgb"])
def test_ab_of_black_and_white_is_finite_and_equal(kind, tmp_path):
    model = make_kinds_model(kind)
    options = {"head": "ab", "network_size": NETWORK_SIZE}
    export_onnx(model, tmp_path / "ab.onnx", **options)
    graph = build_serving_graph(model, **options)
    L = np.zeros((1, 26, 45, 1), np.float32)
    L[:, :, 20:] = 100.0
    expected = graph.serve(L).numpy()
    assert np.isfinite(expected).all()
    session = ColorizeSession(tmp_path / "ab.onnx")
    small = session._session.run(["ab"], {"L": L})[0]
    np.testing.assert_allclose(small, expected, atol=0.01)


@pytest.mark.parametrize("size", [(32, 32), (24, 40)])
def test_network_of_one_size_serves_photos_of_any_size(size, tmp_path):
    model = make_kinds_model("rgb", fixed_size=size)
    path = tmp_path / "fixed.onnx"
    report = export_onnx(model, path, network_size=min(size))
    assert report.agreement.num_comparisons == 4
    session = ColorizeSession(path)
    assert session.contract.fixed_size is None
    graph = build_serving_graph(model, min(size))
    for photo in (textured_photo(61, 43), textured_photo(9, 90)):
        colorized = session.colorize_checked(photo, ColorizeOptions())
        served = np.asarray(graph.serve(photo[None])[0])
        expected = keep_lightness(photo, served).astype(int)
        assert np.abs(colorized - expected).max() <= 1
    metadata = {p.key: p.value for p in onnx.load(path).metadata_props}
    assert f"at {size[0]} x {size[1]} pixels" in metadata["contract"]


def test_saved_model_of_a_network_of_one_size_agrees(tmp_path):
    model = make_kinds_model("rgb", fixed_size=(24, 40))
    report = export_saved_model(model, tmp_path / "fixed", network_size=24)
    assert report.agreement.max_difference <= 1
    photo = textured_photo(35, 52)[None]
    served = tf.saved_model.load(str(tmp_path / "fixed")).serve(photo)
    assert served.shape == photo.shape


def test_a_size_that_nobody_gave_is_that_of_colorize(tmp_path):
    fixed = make_kinds_model("rgb", fixed_size=(24, 40))
    own = make_kinds_model("ab")
    own.network_size = 16
    for model, size in ((fixed, "24"), (own, "16")):
        onnx_path, folder = tmp_path / "x.onnx", tmp_path / "x"
        export_onnx(model, onnx_path, size=32)
        export_saved_model(model, folder, size=32)
        session = ColorizeSession(onnx_path)
        assert session.contract.network_size == int(size)
        facts = json.loads((folder / "metadata.json").read_text())
        assert facts["network_size"] == size
        photo = textured_photo(32, 32)
        expected = model.colorize(photo).astype(int)
        colorized = session.colorize_checked(photo, ColorizeOptions())
        difference = np.abs(colorized - expected)
        assert difference.max() <= 1
    registered = create_model("eccv16_small", **tiny_overrides("eccv16_small"))
    assert build_serving_graph(registered).network_size == 128


def test_wrong_network_size_of_such_a_model_is_told(tmp_path):
    model = make_kinds_model("rgb", fixed_size=(24, 40))
    with pytest.raises(ValueError, match="24 x 40 pixels.*must be 24. Rec"):
        export_onnx(model, tmp_path / "x.onnx", network_size=48)


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("kernel", [2, 3, 4, 5])
def test_transposed_convolution_keeps_its_crop(kernel, is_known):
    rng = np.random.default_rng(kernel)
    layer = layers.Conv2DTranspose(3, kernel, strides=2, padding="same")
    layer.build((None, None, None, 2))
    layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
    sides = (7, 4) if is_known else (None, None)
    function = tf.function(
        lambda x: layer(x),
        input_signature=[tf.TensorSpec((None, *sides, 2), name="x")],
    )
    model = convert_function(function, 18)
    types = [node.op_type for node in model.graph.node]
    assert types.count("ConvTranspose") == 1
    for size in ((7, 4),) if is_known else ((7, 4), (5, 9)):
        x = rng.normal(size=(2, *size, 2)).astype(np.float32)
        (result,) = _run(model, x)
        np.testing.assert_allclose(result, layer(x), atol=1e-5)


def _run(model, x):
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {session.get_inputs()[0].name: x})
