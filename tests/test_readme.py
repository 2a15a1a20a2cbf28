"""What the README shows works as shown."""

import ast
import importlib
import pathlib
import re
import shlex

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON_BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
SHELL_LINES = [
    line.split("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
    if line.split("#")[0].strip()
]


@pytest.mark.parametrize("block", PYTHON_BLOCKS)
def test_python_imports_exist(block):
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name), alias.name


def test_python_for_photos_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows, columns = np.mgrid[0:48, 0:72]
    image = np.stack([2 * columns, 3 * rows, 90 + columns], -1)
    image = image.clip(0, 255).astype("uint8")
    Image.fromarray(image).save("old_photo.jpg")
    names = {"image": image, "photo": Image.fromarray(image)}
    exec(PYTHON_BLOCKS[0], names)
    assert pathlib.Path("old_photo.colorized.jpg").is_file()
    assert names["colorized"].shape == image.shape
    assert names["colorized"].dtype == np.uint8


def test_commands_of_keras_colorize_exist_with_their_options():
    from keras_colorize.cli.app import app

    commands = [c for c in SHELL_LINES if c.startswith("keras-colorize ")]
    assert len(commands) >= 4
    for command in commands:
        _, name, *arguments = shlex.split(command)
        help_text = CliRunner().invoke(app, [name, "--help"]).output
        for option in (a for a in arguments if a.startswith("-")):
            assert option in help_text, f"{command}: {option}"


def test_scripts_and_recipes_that_are_named_exist():
    for command in SHELL_LINES:
        for script in re.findall(r"python (export/\w+\.py)", command):
            assert (ROOT / script).is_file(), script
        for recipe in re.findall(r"--config (\w+)", command):
            assert (ROOT / f"training/configs/{recipe}.py").is_file(), recipe
        for target in re.findall(r"make ([a-z-]+)$", command):
            makefile = (ROOT / "Makefile").read_text()
            assert re.search(f"^{target}:", makefile, re.MULTILINE), target


def test_model_table_shows_the_registered_models():
    from keras_colorize import list_models
    from keras_colorize.models.registry import get_spec

    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", README, re.MULTILINE))
    assert rows == {n: f"{get_spec(n).params:,}" for n in list_models()}
