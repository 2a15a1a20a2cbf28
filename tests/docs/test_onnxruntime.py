"""The examples of docs/onnxruntime.md, run where this package is not."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image

from keras_colorize.exporters.onnx_graph import fix_inputs
from keras_colorize.presets import find_onnx
from tests.browser import CHROMIUM
from tests.browser import launched
from tests.browser import wait_until
from tests.helpers import textured_photo
from tests.web.conftest import serving

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "onnxruntime.md").read_text(encoding="utf-8")
PYTHON, FIXING = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
(JS,) = re.findall(r"```js\n(.*?)```", PAGE, flags=re.DOTALL)
# Where `make test-web` installs what the examples in JavaScript import.
RUNTIMES = {
    "onnxruntime-web": ROOT / "web" / "node_modules",
    "onnxruntime-node": ROOT / "build" / "onnxruntime-node" / "node_modules",
}


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


@pytest.mark.parametrize("package", RUNTIMES)
def test_the_same_in_javascript_from_node(folder, package):
    modules = RUNTIMES[package]
    if not (modules / package).is_dir() or shutil.which("node") is None:
        pytest.skip("needs Node and its packages: make test-web")
    exec(FIXING, {})
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / package).symlink_to(modules / package)
    code = JS.replace('"onnxruntime-node"', f'"{package}"')
    saving = "import { writeFileSync } from 'node:fs';\n"
    saving += "writeFileSync('colorized', colorized.data);\n"
    (folder / "example.mjs").write_text(code + saving)
    result = subprocess.run(
        ["node", "example.mjs"], capture_output=True, text=True, check=True
    )
    assert "[ 1, 64, 96, 3 ] Uint8Array" in result.stdout
    assert not result.stderr
    check_colors(np.frombuffer(Path("colorized").read_bytes(), np.uint8))


@pytest.mark.slow
def test_the_same_in_javascript_in_a_browser(folder):
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="part of the dev extra"
    )
    modules = RUNTIMES["onnxruntime-web"]
    if CHROMIUM is None or not (modules / "onnxruntime-web").is_dir():
        pytest.skip("needs Chromium and web/node_modules: make test-web")
    exec(FIXING, {})
    (folder / "node_modules").symlink_to(modules)
    code = JS.replace('import { readFile } from "node:fs/promises";\n', "")
    code = code.replace(
        'await readFile("lite.fixed.onnx")', '"lite.fixed.onnx"'
    )
    code = code.replace('"onnxruntime-node"', '"onnxruntime-web"')
    dist = "/node_modules/onnxruntime-web/dist/ort.bundle.min.mjs"
    names = json.dumps({"imports": {"onnxruntime-web": dist}})
    (folder / "page.html").write_text(
        f"<script type='importmap'>{names}</script><script type='module'>"
        f"{code}; document.title = JSON.stringify([...colorized.data]);"
        "</script>"
    )
    with (
        serving(folder, {}) as (address, _),
        sync_api.sync_playwright() as playwright,
        launched(playwright) as browser,
    ):
        page = browser.new_page()
        errors, said = [], []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{address}page.html")
        wait_until(page, "document.title !== ''")
        assert not errors
        assert not [line for line in said if "graph inputs" in line]
        check_colors(np.array(json.loads(page.title()), np.uint8))


def check_colors(colorized):
    """Compares with what Python gives for the photo of the page."""
    session = onnxruntime.InferenceSession("lite.fixed.onnx")
    inputs = {
        "image": np.full((1, 64, 96, 3), 120, np.uint8),
        "strength": np.array(0.8, np.float32),
    }
    (expected,) = session.run(["colorized"], inputs)
    difference = np.abs(expected.ravel().astype(int) - colorized)
    assert np.ptp(expected.astype(int), axis=-1).max() > 10  # not gray
    assert difference.max() <= 2


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
