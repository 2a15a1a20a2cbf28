import importlib
import pathlib
import sys
import tomllib

import keras
import numpy as np
import onnx
import onnxruntime
import pytest

from keras_colorize import __version__
from keras_colorize.exporters import conversion
from keras_colorize.exporters import onnx as exporter
from keras_colorize.exporters import onnx_graph
from keras_colorize.exporters.conversion import convert_function
from keras_colorize.exporters.onnx import export_onnx
from keras_colorize.exporters.serving_graph import build_serving_graph
from keras_colorize.exporters.validate import ExportMismatchError
from keras_colorize.serving.options import ColorizeOptions
from tests.exporters.thin_model import NETWORK_SIZE
from tests.exporters.thin_model import make_thin_model
from tests.helpers import textured_photo
from tests.helpers import write_photo


def open_session(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options)


def axes_of(node):
    return node.name, node.type, node.shape


@pytest.fixture(scope="module")
def photo_export(thin_model, tmp_path_factory):
    path = tmp_path_factory.mktemp("onnx") / "new folder" / "thin.onnx"
    report = export_onnx(
        thin_model,
        path,
        network_size=NETWORK_SIZE,
        metadata={"weights": "none", "license": "Apache-2.0"},
    )
    return path, report


def test_names_axes_and_optional_inputs(photo_export):
    session = open_session(photo_export[0])
    shape = ["batch", "height", "width", 3]
    assert [axes_of(node) for node in session.get_inputs()] == [
        ("image", "tensor(uint8)", shape)
    ]
    assert [axes_of(node) for node in session.get_outputs()] == [
        ("colorized", "tensor(uint8)", shape),
        ("ab", "tensor(float)", ["batch", "ab_height", "ab_width", 2]),
    ]
    optional = session.get_overridable_initializers()
    assert [axes_of(node) for node in optional] == [
        ("strength", "tensor(float)", []),
        ("temperature", "tensor(float)", []),
        (
            "L_offset",
            "tensor(float)",
            ["offset_batch", "offset_height", "offset_width", 1],
        ),
    ]


def test_metadata_tells_the_contract(photo_export):
    session = open_session(photo_export[0])
    metadata = session.get_modelmeta().custom_metadata_map
    contract, parts = metadata.pop("contract"), metadata.pop("parts")
    assert metadata == {
        "model": "thin",
        "version": __version__,
        "head": "photo",
        "output_kind": "q_logits",
        "network_size": str(NETWORK_SIZE),
        "size_multiple": "8",
        "temperature": "0.38",
        "weights": "none",
        "license": "Apache-2.0",
        "precision": "fp32",
    }
    for word in ("image", "colorized", "sRGB", "strength", "temperature"):
        assert word in contract
    for word in ("ab_height", "L_offset", "lightness"):
        assert word in parts


def test_file_is_plain_onnx_without_leftovers(photo_export):
    path, report = photo_export
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 18)]
    assert model.ir_version == 8
    assert "unk__" not in str(model.graph)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert report.path == path
    assert report.num_bytes == path.stat().st_size
    assert report.num_nodes == len(model.graph.node)


def test_versions_are_read_by_the_oldest_onnxruntime():
    text = (pathlib.Path(__file__).parents[2] / "pyproject.toml").read_text()
    dependencies = tomllib.loads(text)["project"]["dependencies"]
    (oldest,) = (d for d in dependencies if d.startswith("onnxruntime"))
    # Of the table at onnxruntime.ai/docs/reference/compatibility.html.
    assert oldest == "onnxruntime>=1.20"
    newest_opset, newest_ir = 21, 10
    assert max(onnx_graph.OPSETS) <= newest_opset
    assert onnx_graph.IR_VERSION <= newest_ir
    # And as new as the operators need.
    release = onnx.helper.find_min_ir_version_for(
        [onnx.helper.make_opsetid("", max(onnx_graph.OPSETS))]
    )
    assert onnx_graph.IR_VERSION == release


@pytest.mark.parametrize("size", [(1, 1), (1, 60), (45, 33)])
def test_any_size_equals_keras(photo_export, thin_graph, size):
    photo = textured_photo(*size)[None]
    result = open_session(photo_export[0]).run(None, {"image": photo})[0]
    difference = np.abs(result.astype(int) - thin_graph.serve(photo))
    assert difference.max() <= 1


def test_optional_inputs_change_the_result(photo_export, thin_graph):
    photo = textured_photo(30, 44)[None]
    session = open_session(photo_export[0])
    for scalars in ({"strength": 0.0}, {"temperature": 0.1}):
        feed = {n: np.array(v, np.float32) for n, v in scalars.items()}
        result = session.run(None, {"image": photo, **feed})[0]
        default = session.run(None, {"image": photo})[0]
        expected = thin_graph.serve(photo, **scalars).numpy().astype(int)
        assert (result != default).any()
        assert np.abs(expected - result).max() <= 1


@pytest.mark.parametrize("size", [(24, 24), (24, 40), (31, 24), (96, 24)])
def test_lightness_beside_a_black_image_is_not_resized(
    photo_export, thin_model, size
):
    L = np.random.default_rng(4).uniform(0, 100, (2, *size, 1))
    L = L.astype(np.float32)
    (ab,) = open_session(photo_export[0]).run(
        ["ab"], {"image": np.zeros((2, *size, 3), np.uint8), "L_offset": L}
    )
    # The network sees what it is given, to the last bit but for rounding.
    np.testing.assert_allclose(ab, thin_model.predict_ab(L), atol=2e-3)


def test_ab_beside_a_photo_is_that_of_its_size_before_strength(
    photo_export, thin_graph
):
    photo = textured_photo(60, 50)[None]
    feed = {"image": photo, "strength": np.array(0.0, np.float32)}
    colorized, ab = open_session(photo_export[0]).run(None, feed)
    expected, expected_ab = thin_graph.serve_in_parts(photo, strength=0.0)
    assert ab.shape == (1, 29, 24, 2)  # 28.8
    np.testing.assert_allclose(ab, expected_ab, atol=2e-3)
    assert np.abs(colorized.astype(int) - expected).max() <= 1
    assert np.abs(ab).max() > 1.0


def test_dilated_and_transposed_convolutions_are_single_nodes(photo_export):
    nodes = onnx.load(photo_export[0]).graph.node
    dilations = [
        attribute.ints[0]
        for node in nodes
        if node.op_type == "Conv"
        for attribute in node.attribute
        if attribute.name == "dilations"
    ]
    assert dilations.count(2) == 6  # stacks 5 and 6
    types = [node.op_type for node in nodes]
    assert types.count("ConvTranspose") == 1
    assert not {"SpaceToDepth", "DepthToSpace", "Pad"} & set(types)


@pytest.mark.parametrize("side", [None, 256])
def test_network_of_eccv16_takes_at_most_90_nodes(side):
    import tensorflow as tf

    # The layers of eccv16_base; the number of filters is no node.
    model = make_thin_model()
    function = tf.function(
        lambda L: model(L, training=False),
        input_signature=[tf.TensorSpec((None, side, side, 1), name="L")],
    )
    assert len(convert_function(function, 18).graph.node) <= 90


@pytest.mark.slow
def test_eccv16_base_takes_at_most_90_nodes_and_agrees(tmp_path):
    from keras_colorize import create_model

    model = create_model("eccv16_base")
    report = export_onnx(model, tmp_path / "base.onnx", network_size=64)
    assert report.num_network_nodes <= 90


def test_ab_head_of_fixed_size_in_opset_17(thin_model, tmp_path):
    path = tmp_path / "ab.onnx"
    report = export_onnx(
        thin_model,
        path,
        size=40,
        head="ab",
        network_size=NETWORK_SIZE,
        opset=17,
    )
    session = open_session(path)
    assert [axes_of(node) for node in session.get_inputs()] == [
        ("L", "tensor(float)", ["batch", 40, 40, 1])
    ]
    assert [axes_of(node) for node in session.get_outputs()] == [
        ("ab", "tensor(float)", ["batch", 40, 40, 2])
    ]
    assert [o.version for o in onnx.load(path).opset_import] == [17]
    assert report.agreement.max_difference < 1e-3


def test_regression_model_has_no_temperature_input(tmp_path):
    path = tmp_path / "l2.onnx"
    model = make_thin_model("thin_l2", output_kind="ab")
    export_onnx(model, path, size=32, network_size=NETWORK_SIZE)
    session = open_session(path)
    names = [node.name for node in session.get_overridable_initializers()]
    assert names == ["strength", "L_offset"]
    assert "temperature" not in session.get_modelmeta().custom_metadata_map


def test_float16_weights_halve_the_file_and_compute_the_same(tmp_path):
    from keras_colorize.models.eccv16.colorizer import ECCV16Colorizer

    model = ECCV16Colorizer((12,) * 8, name="thin")
    options = {"size": 32, "network_size": NETWORK_SIZE}
    full = export_onnx(model, tmp_path / "full.onnx", **options)
    half = export_onnx(
        model,
        tmp_path / "half.onnx",
        precision="fp16",
        **options,
    )
    stored = {
        tensor.data_type: tensor.dims
        for tensor in onnx.load(half.path).graph.initializer
        if len(tensor.dims) == 4
    }
    assert onnx.TensorProto.FLOAT16 in stored
    kernels = sum(w.size for w in model.get_weights() if w.ndim > 1)
    assert full.num_bytes - half.num_bytes > 1.9 * kernels - 4000
    photo = textured_photo(32, 32)[None]
    results = [
        open_session(r.path).run(None, {"image": photo})[0].astype(int)
        for r in (full, half)
    ]
    # float16 has 11 bits: a part in 2000 of some 20 units of ab.
    assert np.abs(results[0] - results[1]).max() <= 2


def test_float16_reaches_kernels_that_batch_norm_was_folded_into(tmp_path):
    from keras_colorize.models.lite.colorizer import LiteColorizer

    model = LiteColorizer(encoder_width=0.1, decoder_filters=(8, 8, 6, 4))
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if layer.name.endswith("_norm"):
            shape = layer.moving_variance.shape
            layer.moving_variance.assign(rng.uniform(0.3, 3, shape))
    path = tmp_path / "lite.onnx"
    export_onnx(model, path, size=32, network_size=32, precision="fp16")
    graph = onnx.load(path).graph
    assert not [n for n in graph.node if n.op_type == "BatchNormalization"]
    stored = {t.name: t.data_type for t in graph.initializer}
    kernels = [n.input[1] for n in graph.node if n.op_type == "Conv"]
    assert len(kernels) > 20
    assert not set(kernels) & set(stored)  # each is restored by nodes
    restored = [n for n in graph.node if n.output[0] in kernels]
    assert {n.op_type for n in restored} == {"Cast", "Mul"}


def test_fp16_and_int8_are_made_of_one_conversion(
    thin_model, tmp_path, monkeypatch
):
    photos = tmp_path / "photos"
    for index in range(6):
        write_photo(photos / f"{index}.png", textured_photo(32, 40 + index))
    conversions = []

    def convert(*args):
        conversions.append(args)
        return convert_function(*args)

    monkeypatch.setattr(conversion, "convert_function", convert)
    writer = exporter.OnnxWriter(
        thin_model, size=32, network_size=NETWORK_SIZE, calibration=photos
    )
    precisions = ("fp32", "fp16", "int8")
    for precision in precisions:
        writer.write(tmp_path / f"{precision}.onnx", precision)
    assert len(conversions) == 2
    # Each is the file that it would be alone.
    for precision in precisions:
        alone = export_onnx(
            thin_model,
            tmp_path / "alone.onnx",
            size=32,
            network_size=NETWORK_SIZE,
            precision=precision,
            calibration=photos,
        )
        model, expected = (
            onnx.load(path)
            for path in (tmp_path / f"{precision}.onnx", alone.path)
        )
        assert model.metadata_props == expected.metadata_props
        assert weights_of(model) == weights_of(expected)


def weights_of(model):
    """What the initializers hold, whatever the converter has named them."""
    return sorted(
        (t.data_type, list(t.dims), t.raw_data) for t in model.graph.initializer
    )


def test_mixed_precision_model_exports_float32(tmp_path):
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = make_thin_model("thin_mixed")
    finally:
        keras.config.set_dtype_policy(policy)
    path = tmp_path / "mixed.onnx"
    report = export_onnx(model, path, size=32, network_size=NETWORK_SIZE)
    kinds = {t.data_type for t in onnx.load(path).graph.initializer}
    assert onnx.TensorProto.BFLOAT16 not in kinds
    assert report.agreement.max_difference <= 1
    assert keras.config.dtype_policy().name == policy.name


def test_mismatch_leaves_the_old_file_and_nothing_else(
    thin_model, tmp_path, monkeypatch
):
    correct = onnx_graph.add_input_defaults
    monkeypatch.setattr(
        onnx_graph,
        "add_input_defaults",
        lambda model, defaults: correct(
            model, {**defaults, "strength": 0.2, "temperature": 1.0}
        ),
    )
    path = tmp_path / "thin.onnx"
    path.write_bytes(b"an older export")
    with pytest.raises(ExportMismatchError, match="Worst difference: [0-9]+"):
        export_onnx(thin_model, path, size=32, network_size=NETWORK_SIZE)
    assert path.read_bytes() == b"an older export"
    assert [file.name for file in tmp_path.iterdir()] == ["thin.onnx"]


def test_misuse_is_told_before_any_work(thin_model, tmp_path, monkeypatch):
    monkeypatch.setattr(exporter, "make_graph", None)
    path = tmp_path / "x.onnx"
    with pytest.raises(ValueError, match=r"`converter` must be one of"):
        export_onnx(thin_model, path, converter="jax")
    with pytest.raises(ValueError, match="opset 18.*converter='tf2onnx'"):
        export_onnx(thin_model, path, converter="torch", opset=17)
    with pytest.raises(ValueError, match="KERAS_BACKEND=torch before"):
        export_onnx(thin_model, path, converter="torch")
    with pytest.raises(ValueError, match=r"`opset` must be one of \(17, 18\)"):
        export_onnx(thin_model, path, opset=21)
    with pytest.raises(ValueError, match="`size` must be 'dynamic'"):
        export_onnx(thin_model, path, size="large")
    with pytest.raises(ValueError, match="`precision` must be one"):
        export_onnx(thin_model, path, precision="float16")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        export_onnx(thin_model, tmp_path)
    assert not path.exists()


def test_kernels_beyond_float16_are_refused(tmp_path):
    model = make_thin_model()
    model.get_layer("q_logits").kernel.assign_add(
        np.full(model.get_layer("q_logits").kernel.shape, 1e5)
    )
    with pytest.raises(ValueError, match="below 65504"):
        export_onnx(model, tmp_path / "x.onnx", precision="fp16")


def test_graph_is_that_of_the_session(photo_export, thin_model):
    from keras_colorize import ColorizeSession

    photo = textured_photo(41, 30)
    session = ColorizeSession(photo_export[0])
    expected = build_serving_graph(thin_model, NETWORK_SIZE).serve(
        photo[None], strength=0.5
    )
    options = ColorizeOptions(strength=0.5)
    colorized = session.colorize_checked(photo, options).astype(int)
    assert np.abs(colorized - expected[0]).max() <= 1


@pytest.mark.parametrize(
    ("package", "module"), [("onnx", "onnx_graph"), ("tf2onnx", "conversion")]
)
def test_missing_package_is_named_with_its_extra(monkeypatch, package, module):
    name = f"keras_colorize.exporters.{module}"
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(ImportError, match=r"keras-colorize\[export\]"):
        importlib.import_module(name)
