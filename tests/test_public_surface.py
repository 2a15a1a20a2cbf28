"""What `import keras_colorize` offers, and what it leaves unimported."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import keras_colorize

ROOT = Path(__file__).parents[1]
PUBLIC = [
    "ColorizeSession",
    "ColorizeWarning",
    "Colorizer",
    "FilmHint",
    "Hint",
    "colorize",
    "create_model",
    "list_models",
    "load_film_hints",
    "load_hints",
    "load_model",
    "load_pretrained",
]
TRAINING_LIBRARIES = {"keras", "tensorflow", "tf2onnx", "onnx", "skimage"}
CLI_LIBRARIES = {"typer", "rich", "numpy", "onnxruntime", "PIL"}


def modules_after(code, *arguments):
    """Top-level names in sys.modules after running `code` in a process."""
    code += "\nimport sys\nprint(*{name.split('.')[0] for name in sys.modules})"
    output = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return set(output.splitlines()[-1].split())


def test_public_names_are_exactly_these():
    assert keras_colorize.__all__ == PUBLIC == sorted(PUBLIC)
    assert set(PUBLIC) <= set(dir(keras_colorize))
    assert set(keras_colorize._HOMES) == set(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_is_the_one_of_its_module(name):
    home = importlib.import_module(keras_colorize._HOMES[name])
    assert getattr(keras_colorize, name) is getattr(home, name)


def test_other_names_are_no_attributes():
    with pytest.raises(AttributeError, match="has no attribute 'colourise'"):
        keras_colorize.colourise  # noqa: B018


def test_import_does_no_work():
    modules = modules_after("import keras_colorize")
    assert not modules & (TRAINING_LIBRARIES | CLI_LIBRARIES)


@pytest.mark.parametrize(
    "code",
    [
        "from keras_colorize import colorize",
        "from keras_colorize import ColorizeSession",
        "from keras_colorize import list_models; list_models()",
        "import keras_colorize.serving.batch.run",
        "import keras_colorize.cli.app",
    ],
)
def test_deployment_path_leaves_training_libraries_alone(code):
    assert not modules_after(code) & TRAINING_LIBRARIES


def test_command_leaves_training_libraries_alone():
    code = (
        "import sys; from keras_colorize.cli import main\n"
        "try: main()\nexcept SystemExit: pass"
    )
    assert not modules_after(code, "models") & TRAINING_LIBRARIES
    photo = str(ROOT / "none.jpg")
    assert not modules_after(code, "image", photo) & TRAINING_LIBRARIES


def test_version_is_answered_before_anything_is_imported():
    code = "from keras_colorize.cli import main; main()"
    modules = modules_after(code, "--version")
    assert not modules & (TRAINING_LIBRARIES | CLI_LIBRARIES)
