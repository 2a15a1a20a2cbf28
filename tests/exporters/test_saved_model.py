import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_colorize.exporters import saved_model as exporter
from keras_colorize.exporters.saved_model import export_saved_model
from keras_colorize.exporters.serving_graph import build_serving_graph
from keras_colorize.exporters.validate import ExportMismatchError
from keras_colorize.files import PART_PREFIX
from keras_colorize.layers import dilated_conv
from tests.exporters.thin_model import NETWORK_SIZE
from tests.exporters.thin_model import make_thin_model
from tests.helpers import textured_photo

# Runs where the package cannot be imported.
FOREIGN_PROGRAM = """
import sys
sys.modules["keras_colorize"] = None
import numpy as np
import tensorflow as tf
photo = np.load("photo.npy")
plain = tf.saved_model.load("thin").serve(photo)
np.save("plain.npy", plain)
half = tf.saved_model.load("thin").serve(photo, strength=0.5, temperature=0.2)
np.save("half.npy", half)
import keras
layer = keras.layers.TFSMLayer("thin", call_endpoint="serve")
np.save("layer.npy", layer(photo))
"""


@pytest.fixture(scope="module")
def saved(thin_model, tmp_path_factory):
    directory = tmp_path_factory.mktemp("saved") / "thin"
    report = export_saved_model(
        thin_model,
        directory,
        network_size=NETWORK_SIZE,
        metadata={"weights": "none"},
    )
    return directory, report


def test_runs_where_the_package_is_not_installed(saved, thin_graph):
    folder = saved[0].parent
    photo = textured_photo(35, 52)[None]
    np.save(folder / "photo.npy", photo)
    done = subprocess.run(
        [sys.executable, "-c", FOREIGN_PROGRAM],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    expected = {
        "plain": thin_graph.serve(photo),
        "half": thin_graph.serve(photo, strength=0.5, temperature=0.2),
        "layer": thin_graph.serve(photo),
    }
    for name, result in expected.items():
        received = np.load(folder / f"{name}.npy").astype(int)
        assert np.abs(received - result).max() <= 1, name


@pytest.mark.parametrize("max_inline_bytes", [0, 2**28])
def test_large_weights_are_kept_out_of_the_function(
    thin_model, thin_graph, tmp_path, monkeypatch, max_inline_bytes
):
    monkeypatch.setattr(exporter, "MAX_INLINE_BYTES", max_inline_bytes)
    path = str(tmp_path / "thin")
    report = export_saved_model(thin_model, path, network_size=NETWORK_SIZE)
    assert report.agreement.max_difference <= 1
    # The loaded object is gone before the call, as most people write it.
    photo = textured_photo(35, 52)[None]
    result = np.int16(tf.saved_model.load(path).serve(photo))
    assert np.abs(result - np.int16(thin_graph.serve(photo))).max() <= 1
    loaded = tf.saved_model.load(path)
    (function,) = loaded.serve.concrete_functions
    kernels = {
        variable.shape
        for variable in thin_model.variables
        if "kernel" in variable.path
    }
    inside = {
        tuple(operation.outputs[0].shape)
        for operation in _operations(function.graph)
        if operation.type == "Const"
    }
    assert bool(kernels & inside) == (max_inline_bytes > 0)
    assert bool(function.captured_inputs) == (max_inline_bytes == 0)
    signature = loaded.signatures["serving_default"]
    served = signature(
        image=tf.constant(photo),
        strength=tf.constant(1.0),
        temperature=tf.constant(0.38),
    )["colorized"]
    np.testing.assert_array_equal(served, result)


def test_layers_with_their_own_gradient_can_be_saved(monkeypatch, tmp_path):
    # As on processors for which TensorFlow cannot differentiate a dilation.
    monkeypatch.setattr(dilated_conv, "_differentiates_dilation", lambda: False)
    model = make_thin_model()
    export_saved_model(model, tmp_path / "thin", network_size=NETWORK_SIZE)
    loaded = tf.saved_model.load(str(tmp_path / "thin"))
    photo = textured_photo(35, 52)[None]
    expected = build_serving_graph(model, NETWORK_SIZE).serve(photo)
    difference = np.abs(np.int16(loaded.serve(photo)) - np.int16(expected))
    assert difference.max() <= 1


def test_signature_for_servers_names_the_output(saved):
    signature = tf.saved_model.load(str(saved[0])).signatures["serving_default"]
    photo = tf.constant(textured_photo(20, 31)[None])
    result = signature(
        image=photo,
        strength=tf.constant(1.0),
        temperature=tf.constant(0.38),
    )
    assert list(result) == ["colorized"]
    assert result["colorized"].shape == photo.shape


def test_folder_holds_metadata_and_nothing_is_left_beside(saved):
    directory, report = saved
    metadata = json.loads((directory / "metadata.json").read_text())
    assert metadata["head"] == "photo"
    assert metadata["weights"] == "none"
    names = [path.name for path in directory.parent.iterdir()]
    assert not [name for name in names if name.startswith(PART_PREFIX)]
    assert report.path == directory
    assert report.num_bytes > 50_000
    assert report.agreement.max_difference <= 1


def test_bfloat16_computes_in_it_and_keeps_the_colors(
    thin_model, thin_graph, tmp_path
):
    directory = tmp_path / "thin"
    report = export_saved_model(
        thin_model, directory, network_size=NETWORK_SIZE, precision="bfloat16"
    )
    metadata = json.loads((directory / "metadata.json").read_text())
    assert metadata["precision"] == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"
    loaded = tf.saved_model.load(str(directory))
    kinds = [
        operation.outputs[0].dtype
        for function in loaded.serve.concrete_functions
        for operation in _operations(function.graph)
        if operation.type == "Conv2D"
    ]
    # What resizes, and the layers that give and decode the result, stay.
    assert kinds.count(tf.bfloat16) > 2 * kinds.count(tf.float32)
    photo = textured_photo(35, 52)[None]
    colorized = loaded.serve(photo, strength=0.9).numpy().astype(int)
    expected = thin_graph.serve(photo, strength=0.9).numpy()
    difference = np.abs(colorized - expected)
    assert difference.mean() < 0.5
    assert report.agreement.max_difference > 0


def _operations(graph):
    """All operations of a function and of those that it calls."""
    definitions = graph.as_graph_def().library.function
    yield from graph.get_operations()
    for definition in definitions:
        inner = graph._get_function(definition.signature.name)
        yield from inner.graph.get_operations()


def test_other_precisions_are_those_of_onnx_files(thin_model, tmp_path):
    with pytest.raises(ValueError, match="'bfloat16'.*of this format.*'int8'"):
        export_saved_model(thin_model, tmp_path / "thin", precision="int8")
    assert not list(tmp_path.iterdir())


def test_an_older_saved_model_is_replaced(thin_model, tmp_path):
    directory = tmp_path / "thin"
    directory.mkdir()
    (directory / "saved_model.pb").write_bytes(b"older")
    export_saved_model(
        thin_model, directory, size=32, head="ab", network_size=NETWORK_SIZE
    )
    ab = tf.saved_model.load(str(directory)).serve(np.zeros((1, 32, 32, 1)))
    assert ab.shape == (1, 32, 32, 2)


def test_other_folders_are_not_touched(thin_model, tmp_path):
    (tmp_path / "diary.txt").write_text("dear diary")
    with pytest.raises(FileExistsError, match="is not a SavedModel"):
        export_saved_model(thin_model, tmp_path)
    with pytest.raises(FileExistsError, match="is not a SavedModel"):
        export_saved_model(thin_model, tmp_path / "diary.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_mismatch_leaves_no_folder(thin_model, tmp_path, monkeypatch):
    correct = exporter.function_with_defaults
    monkeypatch.setattr(
        exporter,
        "function_with_defaults",
        lambda function, image, defaults: correct(
            function, image, {**defaults, "strength": 0.2}
        ),
    )
    with pytest.raises(ExportMismatchError, match="Worst difference"):
        export_saved_model(
            thin_model, tmp_path / "thin", size=32, network_size=NETWORK_SIZE
        )
    assert list(tmp_path.iterdir()) == []


def test_loads_as_a_layer_of_a_keras_model(saved, thin_graph):
    photo = textured_photo(28, 39)[None]
    inputs = keras.Input((None, None, 3), dtype="uint8")
    layer = keras.layers.TFSMLayer(str(saved[0]), call_endpoint="serve")
    model = keras.Model(inputs, layer(inputs))
    difference = model.predict(photo, verbose=0).astype(int)
    difference -= thin_graph.serve(photo).numpy()
    assert np.abs(difference).max() <= 1
