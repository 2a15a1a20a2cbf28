"""Export to ONNX by PyTorch: the contract of tf2onnx's files, compared."""

import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import onnx
import pytest
from keras import ops
from PIL import Image

from keras_colorize.exporters.onnx import export_onnx
from keras_colorize.exporters.onnx import make_graph
from keras_colorize.exporters.onnx_graph import IR_VERSION
from keras_colorize.exporters.onnx_graph import open_session
from keras_colorize.exporters.validate import make_hints
from keras_colorize.exporters.validate import make_images
from keras_colorize.models import registry
from keras_colorize.serving.session import ColorizeSession
from tests.backends import reference
from tests.helpers import textured_photo
from tests.models.tiny import distinct_models

ROOT = pathlib.Path(__file__).parents[2]
# Photos at free sizes, hints and looks; a distribution, dilations; one size.
FAMILIES = ("lite", "eccv16_base", "autoencoder_32")
# Batch, height and width; of the image, and of what the network sees.
SIZES = (((2, 31, 44), (1, 1, 1)), ((2, 90, 37),) * 2, ((1, 1, 1), (1, 60, 5)))

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "torch",
    reason="PyTorch converts what Keras runs on PyTorch",
)
every_model = pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=() if n in FAMILIES else pytest.mark.slow)
        for n in distinct_models()
    ],
)


def drawn_model(name):
    """A small model, and the size at which its files see photos."""
    model = registry.create_model(name, **reference.overrides(name))
    reference.set_weights(model)
    return model, min(model.fixed_size or (2 * model.size_multiple,))


def axes_of(values):
    return {value.name: value.shape for value in values}


def expected_axes(model):
    """Axes of the optional inputs of a photo head."""
    names = ("strength", *model.settings_of_look())
    axes = {name: [] for name in names}
    axes["L_offset"] = ["offset_batch", "offset_height", "offset_width", 1]
    if model.takes_hints:
        axes["hints"] = ["hint_batch", "hint_points", 5]
        axes["photo_size"] = [2]
    return axes


@every_model
def test_file_of_pytorch_has_the_contract_and_agrees(name, tmp_path):
    model, network_size = drawn_model(name)
    path = tmp_path / "model.onnx"
    # Compares at two sizes and two batch sizes, or raises.
    report = export_onnx(
        model, path, network_size=network_size, converter="torch"
    )
    assert report.agreement.num_comparisons == 4
    session = open_session(path)
    photo = ["batch", "height", "width", 3]
    assert axes_of(session.get_inputs()) == {"image": photo}
    assert axes_of(session.get_outputs()) == {
        "colorized": photo,
        "ab": ["batch", "ab_height", "ab_width", 2],
    }
    optional = session.get_overridable_initializers()
    assert axes_of(optional) == expected_axes(model)
    file = onnx.load(path)
    assert [(o.domain, o.version) for o in file.opset_import] == [("", 18)]
    assert file.ir_version == IR_VERSION
    assert str(ROOT) not in str(file)
    assert ColorizeSession(path).contract.model == name
    for image_size, seen_size in SIZES:
        assert_parts_agree(session, model, network_size, image_size, seen_size)


def assert_parts_agree(session, model, network_size, image_size, seen_size):
    """All inputs at once, and the second output, whose shape is Keras'."""
    graph = make_graph("torch", model, network_size, "photo", None)
    height, width = image_size[1:]
    rng = np.random.default_rng(image_size)
    options = {
        name: np.array(0.8 * value, np.float32)
        for name, value in {**graph.defaults, **graph.part_defaults}.items()
    }
    options["L_offset"] = rng.uniform(0, 50, (*seen_size, 1)).astype("float32")
    if model.takes_hints:
        options["hints"] = make_hints(1, height, width)
        options["photo_size"] = np.array([2 * height, width], np.float32)
    image = make_images(*image_size, "photo") // 2
    photo, ab = session.run(["colorized", "ab"], {"image": image, **options})
    expected_photo, expected_ab = (
        ops.convert_to_numpy(x)
        for x in graph.compute(
            ops.convert_to_tensor(image),
            **{n: ops.convert_to_tensor(x) for n, x in options.items()},
        )
    )
    assert np.abs(photo - expected_photo).max() <= 0.51
    np.testing.assert_allclose(ab, expected_ab, atol=2e-3)
    assert np.ptp(ab) > 0


def test_file_of_pytorch_computes_what_reads_hints_for_hints_alone(tmp_path):
    model, network_size = drawn_model("lite")
    path = tmp_path / "model.onnx"
    export_onnx(model, path, network_size=network_size, converter="torch")
    choices = [n for n in onnx.load(path).graph.node if n.op_type == "If"]
    convs = [
        sorted(
            [node.op_type for node in way.g.node].count("Conv")
            for way in choice.attribute
        )
        for choice in choices
    ]
    assert convs == [[0, 3], [0, 0]]  # in the network, and after it


def test_file_of_pytorch_in_int8_has_inner_convolutions_in_int8(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for index in range(9):
        photo = textured_photo(30 + index, 44 - index)
        Image.fromarray(photo).save(photos / f"{index}.png")
    model, network_size = drawn_model("eccv16_base")
    path = tmp_path / "model.onnx"
    report = export_onnx(
        model,
        path,
        network_size=network_size,
        converter="torch",
        precision="int8",
        calibration=photos,
    )
    found = report.quantization
    assert found.num_int8 == found.num_inner > 10
    kinds = [node.op_type for node in onnx.load(path).graph.node]
    assert kinds.count("QuantizeLinear") >= found.num_int8
    # Biases are in the convolutions, ReLUs in their ranges.
    assert kinds.count("Relu") < found.num_int8
    photo = textured_photo(31, 44)
    assert ColorizeSession(path).colorize_array(photo).shape == photo.shape


def test_command_needs_no_tensorflow(tmp_path):
    path = tmp_path / "color.onnx"
    # None in `sys.modules` is no absence: Keras looks there.
    code = """
import sys
from importlib.machinery import PathFinder

class Finder(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name not in ("tensorflow", "tf2onnx"):
            return super().find_spec(name, path, target)

sys.meta_path[:] = [Finder if f is PathFinder else f for f in sys.meta_path]
from export.export_onnx import app
app()
"""
    options = f"--model eccv16_small --head ab --size 48 --output {path}"
    environment = {**os.environ}
    environment.pop("KERAS_BACKEND")
    run = subprocess.run(
        [sys.executable, "-c", code, *options.split(), "--converter", "torch"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert "2 comparisons with Keras" in run.stdout
    (result,) = open_session(path).run(
        None, {"L": make_images(1, 48, 48, "ab")}
    )
    assert result.shape == (1, 48, 48, 2)
    assert np.isfinite(result).all()


def test_other_converter_is_refused_on_pytorch(tmp_path):
    model, _ = drawn_model("autoencoder_32")
    with pytest.raises(ValueError, match="KERAS_BACKEND=tensorflow before"):
        export_onnx(model, tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())
