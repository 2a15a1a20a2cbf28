"""int8 files: what becomes int8, what stays, and what is refused."""

import pathlib

import numpy as np
import onnx
import pytest
from PIL import Image

from keras_colorize.exporters import onnx_graph
from keras_colorize.exporters import quantize
from keras_colorize.exporters.onnx import export_onnx
from keras_colorize.exporters.precision import copy_in_float32
from keras_colorize.exporters.quantize import quantize_onnx
from keras_colorize.exporters.validate import ExportMismatchError
from keras_colorize.serving.session import ColorizeSession
from tests.exporters.thin_model import NETWORK_SIZE
from tests.helpers import textured_photo

# Photos that are not part of the project lie beside it, or nowhere.
PHOTOS = pathlib.Path(__file__).parents[3] / "shared/data/photos160"
QUANTIZED = ("Conv", "QuantizeLinear", "DequantizeLinear")
FACTS = {"weights": "none", "license": "Apache-2.0"}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Nine small photos of several sizes."""
    folder = tmp_path_factory.mktemp("photos")
    for index in range(9):
        photo = textured_photo(30 + index, 44 - index)
        Image.fromarray(np.roll(photo, index, axis=1)).save(
            folder / f"{index}.png"
        )
    return folder


@pytest.fixture(scope="module")
def full(thin_model, tmp_path_factory):
    path = tmp_path_factory.mktemp("full") / "thin.onnx"
    export_onnx(thin_model, path, network_size=NETWORK_SIZE, metadata=FACTS)
    return path


@pytest.fixture(scope="module")
def int8(full, photos, tmp_path_factory):
    path = tmp_path_factory.mktemp("int8") / "new folder" / "thin.onnx"
    return path, quantize_onnx(full, path, photos)


def conv(name, x, y, kernel="k", **attributes):
    return onnx.helper.make_node("Conv", [x, kernel], [y], name, **attributes)


def int8_convolutions(graph):
    """Names of the convolutions whose kernels are int8."""
    kinds = {t.name: t.data_type for t in graph.initializer}
    source = {n.output[0]: n.input[0] for n in graph.node if n.input}
    return [
        node.name
        for node in graph.node
        if node.op_type == "Conv"
        and kinds.get(source.get(node.input[1])) == onnx.TensorProto.INT8
    ]


def relu(x, y):
    return onnx.helper.make_node("Relu", [x], [y], f"relu_{y}")


def test_first_last_outer_and_depthwise_with_neighbors_stay_float():
    graph = onnx.GraphProto()
    graph.input.extend(onnx.ValueInfoProto(name=n) for n in ("image", "hints"))
    graph.output.append(onnx.ValueInfoProto(name="ab"))
    graph.initializer.append(onnx.TensorProto(name="hints"))
    graph.node.extend(
        [
            conv("shrink", "image", "L"),
            conv("network/first", "L", "a"),
            conv("network/other_first", "L", "b"),
            relu("a", "c"),
            conv("network/inner", "c", "d"),
            # As the converter renames it: only the kernel tells.
            conv("Conv__7", "d", "e", kernel="network/conv/kernel"),
            conv("network/expand", "e", "f"),
            relu("f", "g"),
            conv("network/depthwise", "g", "h", group=8),
            relu("h", "i"),
            conv("network/project", "i", "j"),
            onnx.helper.make_node("Add", ["j", "b"], ["k"], "network/add"),
            conv("network/behind", "k", "l"),
            # Photos of the calibration have no hints.
            conv("network/hinted", "hints", "h1"),
            onnx.helper.make_node("Mul", ["h1", "hints"], ["m"], "gate"),
            onnx.helper.make_node("Add", ["l", "m"], ["n"], "network/more"),
            conv("network/last", "n", "logits"),
            conv("network/other_last", "c", "features"),
            conv("decode", "logits", "ab"),
        ]
    )
    assert quantize.choose_convolutions(graph) == [
        "network/inner",
        "Conv__7",
        "network/behind",
    ]
    # PyTorch names no node after the network, and has no convolution outside.
    names = {node.name: f"{i}" for i, node in enumerate(graph.node)}
    unnamed = onnx.GraphProto.FromString(graph.SerializeToString())
    for outside in (unnamed.node[0], unnamed.node[-1]):
        outside.op_type = "MatMul"
    for node in unnamed.node:
        node.name = names[node.name]
        node.input[:] = [name.replace("network/", "") for name in node.input]
    assert quantize.choose_convolutions(unnamed) == [
        names[name] for name in ("network/inner", "Conv__7", "network/behind")
    ]
    # Of inner ones by their size, whatever they are computed in.
    graph.initializer.extend(
        onnx.numpy_helper.from_array(np.zeros(shape, np.float32), name)
        for name, shape in (("k", (2, 3, 1, 1)), ("network/conv/kernel", (1,)))
    )
    assert quantize.find_large_kernels(graph, 6) == {"k"}
    assert quantize.find_large_kernels(graph, 7) == set()


def test_relu_joins_the_convolution_that_only_it_reads():
    graph = onnx.GraphProto()
    graph.node.extend(
        [
            conv("one", "x", "a"),
            relu("a", "b"),
            conv("two", "b", "c"),
            relu("c", "d"),
            onnx.helper.make_node("Add", ["c", "d"], ["e"], "add"),
            conv("not_chosen", "e", "f"),
            relu("f", "g"),
        ]
    )
    assert quantize.find_relus(graph, ["one", "two"]) == ["relu_b"]


def test_only_chosen_convolutions_have_int8_kernels(full, int8):
    chosen = quantize.choose_convolutions(onnx.load(full).graph)
    graph = onnx.load(int8[0]).graph
    assert int8_convolutions(graph) == chosen
    # All of ECCV16's 22 but the first and the last; one is transposed.
    everything = [n for n in graph.node if n.op_type == "Conv"]
    assert len(chosen) > 15
    assert len(everything) >= len(chosen) + 2


def test_each_output_channel_has_its_own_scale(full, int8):
    graph = onnx.load(int8[0]).graph
    tensors = {t.name: t for t in graph.initializer}
    scales = [
        tensors[node.input[1]].dims
        for node in graph.node
        if node.op_type == "DequantizeLinear"
        and len(tensors.get(node.input[0], onnx.TensorProto()).dims) == 4
    ]
    assert scales and all(list(dims) == [3] for dims in scales)


def test_sums_of_two_products_fit_16_bits(int8):
    # What processors without VNNI compute; they clip what does not fit.
    graph = onnx.load(int8[0]).graph
    tensors = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
    activations = {
        tensors[node.input[2]].dtype
        for node in graph.node
        if node.op_type == "QuantizeLinear"
    }
    weights = [
        tensors[node.input[0]]
        for node in graph.node
        if node.op_type == "DequantizeLinear" and node.input[0] in tensors
    ]
    largest = max(
        np.abs(w.astype(int)).max() for w in weights if w.dtype == np.int8
    )
    assert activations == {np.dtype(np.uint8)}
    assert 2 * 255 * largest < 2**15


def test_float_nodes_read_what_no_int8_convolution_has_rounded(int8):
    graph = onnx.load(int8[0]).graph
    producers = {name: node for node in graph.node for name in node.output}
    checked = 0
    for node in graph.node:
        for name in node.input if node.op_type not in QUANTIZED else ():
            source = producers.get(name)
            if source is None or source.op_type != "DequantizeLinear":
                continue
            rounding = producers.get(source.input[0])
            is_bias_or_kernel = rounding is None
            if not is_bias_or_kernel:
                before = producers[rounding.input[0]]
                assert before.op_type == "Conv", (node.name, before.name)
                checked += 1
    assert checked


def test_large_kernels_that_stay_float_are_stored_as_int8(
    full, int8, photos, tmp_path, monkeypatch
):
    source = onnx.load(full)
    chosen = quantize.choose_convolutions(source.graph)
    monkeypatch.setattr(quantize, "LARGE_KERNEL", 1)
    monkeypatch.setattr(
        quantize, "choose_convolutions", lambda graph: chosen[:1]
    )
    quantize_onnx(full, tmp_path / "thin.onnx", photos)
    graph = onnx.load(tmp_path / "thin.onnx").graph
    stored = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
    kept = {
        t.name: onnx.numpy_helper.to_array(t) for t in source.graph.initializer
    }
    kernels = {
        node.input[1] for node in source.graph.node if node.name in chosen[1:]
    }
    assert len(kernels) > 15
    for name in kernels:
        small, scale = stored[f"{name}_int8"], stored[f"{name}_scale"]
        assert small.dtype == np.int8
        assert scale.shape == (len(small), 1, 1, 1)
        error = np.abs(small * scale - kept[name])
        assert (error <= 0.5001 * scale).all()
        assert name not in stored
    # Nodes that restore weights are not counted, as those of float16 are not.
    assert not [
        name
        for name in onnx_graph.names_of_nodes(tmp_path / "thin.onnx")
        if name.startswith("Weight_")
    ]


def test_kernel_of_zeros_is_stored():
    model = onnx.ModelProto()
    values = np.zeros((2, 1, 1, 3), np.float32)
    values[1, 0, 0] = (0.5, -1.27, 0.004)
    model.graph.initializer.append(onnx.numpy_helper.from_array(values, "k"))
    onnx_graph.store_as_int8(model, {"k"})
    small, scale = map(onnx.numpy_helper.to_array, model.graph.initializer)
    assert small.reshape(2, 3).tolist() == [[0, 0, 0], [50, -127, 0]]
    np.testing.assert_allclose(scale.ravel(), [1, 0.01], rtol=1e-6)


def test_validation_photos_set_no_range(tmp_path):
    for split in ("train", "val"):
        for index in range(7):
            path = tmp_path / split / f"{index}.png"
            path.parent.mkdir(exist_ok=True)
            path.touch()
    for picked in quantize.pick_photos(tmp_path):
        assert {pathlib.Path(p).parent.name for p in picked} == {"train"}


def test_contract_is_that_of_the_source(full, int8):
    source, result = onnx.load(full), onnx.load(int8[0])
    onnx.checker.check_model(result, full_check=True)
    assert list(result.graph.input) == list(source.graph.input)
    assert list(result.graph.output) == list(source.graph.output)
    assert list(result.opset_import) == list(source.opset_import)
    assert result.ir_version == source.ir_version
    facts = ColorizeSession(full).contract.facts
    assert facts["precision"] == "fp32"
    assert ColorizeSession(int8[0]).contract.facts == {
        **facts,
        "precision": "int8",
    }
    assert [file.name for file in int8[0].parent.iterdir()] == ["thin.onnx"]


def test_optional_inputs_still_change_the_result(int8):
    session = ColorizeSession(int8[0])
    photo = textured_photo(41, 30)
    gray = session.colorize_array(photo, strength=0.0)
    assert np.ptp(gray.astype(int), axis=-1).max() <= 1
    vivid = session.colorize_array(photo, temperature=0.05)
    assert (vivid != session.colorize_array(photo)).any()


def test_photos_of_a_batch_are_colored_as_alone(int8):
    session = onnx_graph.open_session(int8[0])
    photos = np.stack([textured_photo(31, 45, seed) for seed in range(3)])
    together = session.run(None, {"image": photos})[0].astype(int)
    assert together.shape == photos.shape
    for photo, result in zip(photos, together, strict=True):
        alone = session.run(None, {"image": photo[None]})[0][0]
        assert np.abs(result - alone).max() <= 1


def test_difference_is_found_on_photos_that_set_no_range(full, int8, photos):
    calibration, held_out = quantize.pick_photos(photos)
    assert (len(calibration), len(held_out)) == (6, 3)
    assert not set(calibration) & set(held_out)
    difference = int8[1].difference
    assert difference.num_photos == 3
    assert 0 < difference.mean <= difference.worst
    again = quantize.compare_colors(full, int8[0], held_out)
    assert again == difference
    same = quantize.compare_colors(full, full, held_out)
    assert (same.mean, same.worst) == (0.0, 0.0)


def test_difference_of_known_colors(monkeypatch, photos):
    # L 50 and a 0 or 1: CIEDE2000 stretches a by 1.5 near gray, mean chroma
    # 0.75 weighs 1 + 0.045 * 0.75.
    class Session:
        def __init__(self, a):
            self.a = a

        def run(self, _, feed):
            return [np.full((*feed["L"].shape[:3], 2), self.a, np.float32)]

    feeds = [{"L": np.full((1, 2, 3, 1), 50.0, np.float32)}]
    monkeypatch.setattr(quantize, "_Feeds", lambda *_: feeds)
    monkeypatch.setattr(quantize.onnx, "load", lambda _: None)
    monkeypatch.setattr(
        quantize.onnx_graph, "open_session", lambda a: Session(np.array([a, 0]))
    )
    found = quantize.compare_colors(0.0, 1.0, photos)
    assert found.mean == pytest.approx(1.5 / (1 + 0.045 * 0.75), rel=1e-3)


@pytest.mark.parametrize(("means", "divisor"), [((2, 1.5), 2), ((3, 2, 1), 4)])
def test_the_last_convolutions_stay_float_where_colors_change_too_much(
    full, photos, tmp_path, monkeypatch, means, divisor
):
    found = iter(means)
    monkeypatch.setattr(
        quantize,
        "compare_colors",
        lambda *_: quantize.ColorDifference(next(found), 4.0, 3),
    )
    inner = quantize.choose_convolutions(onnx.load(full).graph)
    path = tmp_path / "thin.onnx"
    report = quantize_onnx(full, path, photos)
    count = len(inner) // divisor
    assert (report.num_int8, report.num_inner) == (count, len(inner))
    assert int8_convolutions(onnx.load(path).graph) == inner[:count]
    assert report.summary().startswith(f"{count} of {len(inner)} inner")
    assert [file.name for file in tmp_path.iterdir()] == ["thin.onnx"]


def test_too_large_a_difference_is_refused_with_the_figure(
    full, photos, tmp_path, monkeypatch
):
    monkeypatch.setattr(quantize, "MAX_MEAN_DIFFERENCE", 1e-6)
    path = tmp_path / "thin.onnx"
    path.write_bytes(b"an older export")
    with pytest.raises(ExportMismatchError, match="mean CIEDE2000 .* 0.[0-9]+"):
        quantize_onnx(full, path, photos)
    assert path.read_bytes() == b"an older export"
    assert [file.name for file in tmp_path.iterdir()] == ["thin.onnx"]


def test_ab_head_of_fixed_size_is_quantized_too(thin_model, photos, tmp_path):
    path = tmp_path / "ab.onnx"
    report = export_onnx(
        thin_model,
        path,
        size=40,
        head="ab",
        network_size=NETWORK_SIZE,
        precision="int8",
        calibration=photos,
    )
    assert report.precision == "int8"
    assert "mean CIEDE2000 to fp32" in report.summary()
    session = ColorizeSession(path)
    assert session.contract.fixed_size == (40, 40)
    assert [file.name for file in tmp_path.iterdir()] == ["ab.onnx"]


def test_what_int8_leaves_in_float_fits_float16(thin_model):
    weights = copy_in_float32(thin_model, rounds_kernels=True).get_weights()
    before = thin_model.get_weights()
    for new, old in zip(weights, before, strict=True):
        expected = old.astype(np.float16) if old.ndim >= 2 else old
        np.testing.assert_array_equal(new, expected.astype(np.float32))


def test_misuse_is_told_before_any_work(
    thin_model, photos, tmp_path, monkeypatch
):
    monkeypatch.setattr("keras_colorize.exporters.onnx.make_graph", None)
    path = tmp_path / "x.onnx"
    for calibration, error, message in (
        (None, ValueError, "give --calibration"),
        (tmp_path / "absent", FileNotFoundError, "no folder .*absent"),
        (tmp_path, ValueError, "at least 6 photos.* with 0"),
    ):
        with pytest.raises(error, match=message):
            export_onnx(
                thin_model, path, precision="int8", calibration=calibration
            )
    assert not list(tmp_path.iterdir())


def test_file_without_inner_convolutions_is_refused(photos, tmp_path):
    value = onnx.helper.make_tensor_value_info(
        "image", onnx.TensorProto.UINT8, ["batch", "height", "width", 3]
    )
    node = onnx.helper.make_node("Identity", ["image"], ["colorized"])
    graph = onnx.helper.make_graph([node], "none", [value], [])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "none.onnx")
    with pytest.raises(ValueError, match="int8 needs convolutions"):
        quantize_onnx(tmp_path / "none.onnx", tmp_path / "x.onnx", photos)
    assert not (tmp_path / "x.onnx").exists()


@pytest.mark.slow
def test_lite_keeps_its_colors_in_9_megabytes(tmp_path):
    from keras_colorize.exporters.loading import load_for_export

    if not PHOTOS.is_dir():
        pytest.skip(f"needs the photos of {PHOTOS}")
    model, metadata = load_for_export("lite")
    report = export_onnx(
        model,
        tmp_path / "lite.onnx",
        precision="int8",
        calibration=PHOTOS,
        metadata=metadata,
    )
    assert report.num_bytes <= 9e6
    found = report.quantization
    assert found is not None
    assert found.num_int8 == found.num_inner
    assert found.difference.mean < 0.3
