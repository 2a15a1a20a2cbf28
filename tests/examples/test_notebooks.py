"""The notebooks are tidy, and run from top to bottom on local files."""

import ast
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import ExifTags
from PIL import Image
from skimage import data
from typer.testing import CliRunner

from keras_colorize import ColorizeSession
from keras_colorize.color.luminance import keep_lightness
from tests.helpers import textured_photo
from tests.helpers import write_photo
from tests.helpers import write_sky_photos

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
NOTEBOOKS = sorted(path.name for path in EXAMPLES.glob("*.ipynb"))
CELL_TIMEOUT_S = 600
ABSOLUTE_PATH = re.compile(r"[\"'\s=](/\w|~/|[A-Z]:\\)")

# Around the notebook: the package cannot be imported, and nobody did.
HIDE_PACKAGE = """
import sys
sys.modules["keras_colorize"] = None
"""
PACKAGE_STAYED_HIDDEN = """
try:
    import keras_colorize
except ImportError:
    print("no keras_colorize")
assert not [name for name in sys.modules if name.startswith("keras_colorize.")]
"""


def read(name):
    nbformat = pytest.importorskip("nbformat", reason="part of the dev extra")
    return nbformat.read(EXAMPLES / name, as_version=nbformat.NO_CONVERT)


def parameters_cell(notebook):
    (cell,) = [
        cell
        for cell in notebook.cells
        if "parameters" in cell.metadata.get("tags", [])
    ]
    return cell


def run(name, folder, parameters, first=None, last=None):
    """Runs a notebook in a folder; returns it with its outputs.

    `parameters` take the place of the cell of that name, `first` and `last`
    are cells around the others.
    """
    nbclient = pytest.importorskip("nbclient", reason="part of the dev extra")
    pytest.importorskip("ipykernel", reason="part of the dev extra")
    pytest.importorskip("matplotlib", reason="part of the dev extra")
    from nbformat.v4 import new_code_cell

    notebook = read(name)
    cell = parameters_cell(notebook)
    names = {
        node.id
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Name)
    }
    assert set(parameters) == names
    cell.source = "\n".join(f"{k} = {v!r}" for k, v in parameters.items())
    if first:
        notebook.cells.insert(0, new_code_cell(first))
    if last:
        notebook.cells.append(new_code_cell(last))
    client = nbclient.NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    python_path = os.pathsep.join([str(ROOT), str(EXAMPLES)])
    return client.execute(env={**os.environ, "PYTHONPATH": python_path})


def printed(notebook):
    return "".join(
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stdout"
    )


def num_figures(notebook):
    return sum(
        "image/png" in output.get("data", {})
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )


@pytest.fixture(scope="session")
def saved_lite(tmp_path_factory):
    """The SavedModel of lite, written as the notebook tells."""
    from export import export_saved_model

    folder = tmp_path_factory.mktemp("export") / "lite_saved_model"
    arguments = ["--model", "lite", "--output", f"{folder}/"]
    result = CliRunner().invoke(export_saved_model.app, arguments)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="session")
def float_lite(tmp_path_factory):
    """The ONNX file of lite in fp32: the one in the box computes in int8."""
    from export import export_onnx

    path = tmp_path_factory.mktemp("export") / "lite.onnx"
    arguments = ["--model", "lite", "--output", str(path)]
    result = CliRunner().invoke(export_onnx.app, arguments)
    assert result.exit_code == 0, result.output
    return ColorizeSession(path)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_is_tidy(name):
    notebook = read(name)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    first_code = next(c for c in notebook.cells if c.cell_type == "code")
    assert first_code is parameters_cell(notebook)
    for cell in notebook.cells:
        assert cell.source and cell.source == cell.source.strip()
        assert not ABSOLUTE_PATH.search(cell.source), cell.source
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


@pytest.mark.parametrize("path", ["/content/a", "~/a", "C:\\a", "/home/a"])
def test_an_absolute_path_is_found(path):
    assert ABSOLUTE_PATH.search(f'PHOTOS = "{path}"')
    assert not ABSOLUTE_PATH.search('PHOTOS = "photos/cats"  # a / b')


def test_there_are_notebooks_for_colab_and_for_finetuning():
    assert NOTEBOOKS == ["colab.ipynb", "finetune.ipynb"]


@pytest.mark.slow
def test_colab_colorizes_the_example_photos_from_the_zip(
    saved_lite, float_lite, tmp_path
):
    zipped = tmp_path / "lite_saved_model.zip"
    zipfile.main(["-c", str(zipped), f"{saved_lite}/"])
    notebook = run(
        "colab.ipynb",
        tmp_path,
        {
            "SAVED_MODEL": zipped.name,
            "PHOTOS": None,
            "OUTPUT": "colorized",
            "SETTINGS": {},
        },
        HIDE_PACKAGE,
        PACKAGE_STAYED_HIDDEN,
    )
    text = printed(notebook)
    assert text.rstrip().endswith("no keras_colorize")
    assert "TensorFlow 2." in text and "Keras 3." in text
    assert num_figures(notebook) == 4
    differences = re.findall(r"differ by (\d+) of 255", text)
    assert len(differences) == 4 and max(map(int, differences)) <= 1
    with Image.open(tmp_path / "colorized" / "coffee.png") as image:
        colorized = np.array(image)
    # A session gives colors that were clipped the photo's lightness besides.
    kept = keep_lightness(data.coffee(), colorized).astype(int)
    difference = np.abs(kept - float_lite.colorize_array(data.coffee()))
    assert np.ptp(colorized, axis=-1).mean() > 5  # not gray
    assert difference.mean() < 0.01  # levels of 255; 0.0005 seen


@pytest.mark.slow
def test_colab_colorizes_a_folder_upright_with_settings(saved_lite, tmp_path):
    photos = tmp_path / "photos"
    rotated = Image.Exif()
    rotated[ExifTags.Base.Orientation] = 6  # lies on its side
    write_photo(photos / "a.jpg", textured_photo(40, 70), exif=rotated)
    write_photo(photos / "a.png", textured_photo(50, 30)[..., 0])
    (photos / "notes.txt").write_text("not a photo")
    notebook = run(
        "colab.ipynb",
        tmp_path,
        {
            "SAVED_MODEL": str(saved_lite),
            "PHOTOS": "photos",
            "OUTPUT": "colorized",
            "SETTINGS": {"strength": 0.0},
        },
        HIDE_PACKAGE,
        PACKAGE_STAYED_HIDDEN,
    )
    assert "no keras_colorize" in printed(notebook)
    assert num_figures(notebook) == 2
    sizes = {}
    for path in (tmp_path / "colorized").iterdir():
        with Image.open(path) as image:
            sizes[path.name] = image.size
            pixels = np.array(image).astype(int)
        assert np.ptp(pixels, axis=-1).max() <= 1  # gray, by strength 0
    assert sizes == {"a.jpg.png": (40, 70), "a.png.png": (30, 50)}


@pytest.mark.slow
def test_finetuning_improves_the_photos_that_were_held_out(tmp_path):
    write_sky_photos(tmp_path / "photos", 24)
    notebook = run(
        "finetune.ipynb",
        tmp_path,
        {
            "PHOTOS": "photos",
            "OUTPUT": "finetuned.onnx",
            "EPOCHS": 2,
            "STEPS_PER_EPOCH": 10,
            "CROP_SIZE": 96,
            "BATCH_SIZE": 4,
            "LEARNING_RATE": 3e-4,
            "SEED": 0,
            "NUM_SHOWN": 2,
        },
    )
    text = printed(notebook)
    assert "19 photos to train on, 5 held out" in text
    before, after = (
        float(re.findall(rf"{name}: PSNR ([\d.]+) dB", text)[-1])
        for name in ("before", "after")
    )
    assert after > before + 1.5  # dB; 13.7 to 16.4 seen
    assert num_figures(notebook) == 2
    session = onnxruntime.InferenceSession(
        tmp_path / "finetuned.onnx", providers=["CPUExecutionProvider"]
    )
    assert session.get_inputs()[0].name == "image"
