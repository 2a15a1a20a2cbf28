"""The examples of docs/onnxruntime.md, run where this package is not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from keras_colorize.exporters.onnx_graph import fix_inputs
from keras_colorize.presets import find_onnx
from tests.helpers import textured_photo

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "onnxruntime.md").read_text(encoding="utf-8")
PYTHON, FIXING = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
(JS,) = re.findall(r"```js\n(.*?)```", PAGE, flags=re.DOTALL)
WEB = ROOT / "web" / "node_modules" / "onnxruntime-web" / "dist"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(find_onnx("lite"), "lite.onnx")
    Image.fromarray(textured_photo(40, 56)).save("photo.jpg")
    return tmp_path


def run(code):
    return subprocess.run(
        [sys.executable, "-I", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )


def test_ten_lines_of_python_run_without_this_package(folder):
    assert len(PYTHON.strip().splitlines()) <= 11  # an empty one between
    assert "keras_colorize" not in PYTHON
    result = run(PYTHON)
    # One warning for each optional input, as the page says.
    assert "appears in graph inputs" in result.stderr
    photo = np.asarray(Image.open("photo.colorized.jpg"))
    assert photo.shape == (40, 56, 3)
    assert np.ptp(photo.astype(int), axis=-1).max() > 10


def test_fixed_inputs_load_without_a_warning_and_give_the_same(folder):
    exec(FIXING, {})
    quiet = PYTHON.replace("lite.onnx", "lite.fixed.onnx")
    first = run(PYTHON + "np.save('first.npy', colorized)")
    second = run(quiet + "np.save('second.npy', colorized)")
    assert first.stderr and not second.stderr
    # With constants the runtime may round differently.
    difference = np.load("first.npy").astype(int) - np.load("second.npy")
    assert np.abs(difference).max() <= 1


def test_inputs_that_a_file_does_not_have_are_refused(folder):
    model = onnx.load("lite.onnx")
    for names in (["image", "colour"], ["strength"]):
        with pytest.raises(ValueError, match="must be inputs of the file, im"):
            fix_inputs(model, names)


@pytest.mark.skipif(
    not WEB.is_dir() or shutil.which("node") is None,
    reason="needs Node and web/node_modules: make test-web",
)
def test_the_same_in_javascript(folder):
    exec(FIXING, {})
    code = JS.replace('"onnxruntime-web"', f'"{WEB}/ort.node.min.mjs"')
    (folder / "example.mjs").write_text(code)
    result = subprocess.run(
        ["node", "example.mjs"], capture_output=True, text=True, check=True
    )
    assert "[ 1, 64, 96, 3 ] Uint8Array" in result.stdout
    assert not result.stderr


def test_an_exported_file_describes_itself(tmp_path):
    from keras_colorize.exporters.onnx import export_onnx
    from tests.exporters.thin_model import NETWORK_SIZE
    from tests.exporters.thin_model import make_thin_model

    export_onnx(
        make_thin_model(),
        tmp_path / "thin.onnx",
        network_size=NETWORK_SIZE,
        metadata={"license": "CC0", "weights": "mine", "weights_version": "3"},
    )
    model = onnx.load(tmp_path / "thin.onnx")
    assert model.doc_string.startswith(
        "Colorizes gray photos: thin, weights mine. image: uint8"
    )
    assert model.doc_string.endswith("License: CC0.")
    assert model.model_version == 3
    assert model.domain == "keras_colorize"
