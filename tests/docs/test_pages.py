"""What the README and the pages of docs/ show works as shown."""

import ast
import importlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from tests.helpers import textured_photo
from tests.helpers import write_photo
from tests.serving.video import videos

ROOT = pathlib.Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
README = PAGES["README.md"]


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


PYTHON_BLOCKS = [
    pytest.param(block, id=f"{name}-{number}")
    for name, text in PAGES.items()
    for number, block in enumerate(blocks(text, "python"))
]
SHELL_LINES = [
    line.split(" #")[0].strip()
    for text in PAGES.values()
    for block in blocks(text, "sh")
    for line in block.replace("\\\n", " ").splitlines()
    if line.strip() and not line.startswith("#")
]


def test_readme_is_short_and_begins_with_a_picture():
    assert len(README.splitlines()) < 150
    assert 0 < README.index("![") < README.index("## ")


@pytest.mark.parametrize("block", PYTHON_BLOCKS)
def test_python_imports_exist(block):
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name), alias.name


@pytest.mark.parametrize("page", ["README.md", "docs/photos.md"])
def test_python_for_photos_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows, columns = np.mgrid[0:48, 0:72]
    image = np.stack([2 * columns, 3 * rows, 90 + columns], -1)
    image = image.clip(0, 255).astype("uint8")
    Image.fromarray(image).save("old_photo.jpg")
    names = {"image": image, "photo": Image.fromarray(image)}
    exec(blocks(PAGES[page], "python")[0], names)
    assert pathlib.Path("old_photo.colorized.jpg").is_file()
    assert names["colorized"].shape == image.shape
    assert names["colorized"].dtype == np.uint8


def test_python_for_films_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    videos.write_video("old.mp4", videos.still(3))
    exec(blocks(PAGES["docs/films.md"], "python")[0], {})
    assert len(videos.packets_of("color.mp4", "video")) == 3


def test_commands_of_keras_colorize_exist_with_their_options():
    from keras_colorize.cli.app import app

    commands = {c for c in SHELL_LINES if c.startswith("keras-colorize ")}
    assert len(commands) >= 10
    for command in commands:
        _, name, *arguments = shlex.split(command)
        help_text = CliRunner().invoke(app, [name, "--help"]).output
        for option in (a for a in arguments if re.match("--?[a-z]", a)):
            assert option in help_text, f"{command}: {option}"


def test_scripts_recipes_and_targets_that_are_named_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in SHELL_LINES:
        for script in re.findall(r"python ([\w/]+\.py)", command):
            assert (ROOT / script).is_file(), script
        for module in re.findall(r"python -m (training\.\w+)", command):
            assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), module
        for recipe in re.findall(r"--config (\w+)", command):
            assert (ROOT / f"training/configs/{recipe}.py").is_file(), recipe
        for target in re.findall(r"^make ([a-z-]+)", command):
            assert re.search(f"^{target}:", makefile, re.MULTILINE), target


def test_files_of_the_project_that_pages_name_exist():
    folders = "benchmarks|docs|examples|export|findings|keras_colorize|web"
    for page, text in PAGES.items():
        named = re.findall(rf"`((?:{folders}|training)/[\w/.]+)`", text)
        for name in named:
            built = name.startswith(("web/dist",))
            assert built or (ROOT / name).exists(), f"{page}: {name}"


def test_links_of_the_readme_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_model_table_shows_the_registered_models():
    from keras_colorize import list_models
    from keras_colorize.models.registry import get_spec

    table = PAGES["docs/models.md"]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", table, re.MULTILINE))
    assert rows == {n: f"{get_spec(n).params:,}" for n in list_models()}


def test_terms_of_the_weights_are_those_of_their_metadata():
    from keras_colorize.presets import list_shipped
    from keras_colorize.presets import read_metadata
    from keras_colorize.presets import terms_of

    for weights in list_shipped():
        terms = terms_of(read_metadata(weights.folder))
        for page in ("docs/models.md", "docs/license.md"):
            row = re.search(rf"^\| `{weights.name}`.*$", PAGES[page], re.M)
            assert terms in row.group(), f"{page}: {weights.name}"
        if weights.is_default and weights.model == "lite":
            assert f"for {terms}" in README


def test_size_and_speed_of_the_weights_are_those_of_their_files():
    from keras_colorize.files import ONNX_FILE
    from keras_colorize.presets import list_shipped
    from keras_colorize.presets import read_metadata

    for weights in list_shipped():
        megabytes = (weights.folder / ONNX_FILE).stat().st_size / 1e6
        row = re.search(
            rf"^\| `{weights.name}`.*$", PAGES["docs/models.md"], re.M
        )
        seconds = read_metadata(weights.folder)["core_seconds"]
        assert f"| {megabytes:.1f} | {seconds:.2g} |" in row.group()


def test_each_photo_of_the_gallery_is_credited_and_shown():
    gallery = PAGES["docs/gallery.md"]
    photos = {path.stem for path in (ROOT / "docs" / "photos").iterdir()}
    credits = dict(
        re.findall(
            r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| [^|]+ \|$", gallery, re.M
        )
    )
    assert set(credits) == photos
    assert set(credits.values()) <= {
        "public domain",
        "CC0 1.0",
        "CC BY 4.0",
        "CC BY 2.0",
    }
    shown = set(re.findall(r"\(pictures/(\w+)\.jpg\)", gallery))
    made = {path.stem for path in (ROOT / "docs" / "pictures").glob("*.jpg")}
    assert shown == photos
    assert photos <= made


def test_notebooks_are_named_where_they_exist():
    for path in (ROOT / "examples").glob("*.ipynb"):
        assert json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert any(path.name in text for text in PAGES.values()), path.name


@pytest.mark.slow
def test_fine_tuned_model_goes_on_in_another_process(tmp_path):
    first, second, looks = blocks(PAGES["docs/train.md"], "python")[:3]
    for long, short in (
        ("steps_per_epoch=100, epochs=5", "steps_per_epoch=1, epochs=1"),
        ("batch_size=16", "batch_size=2"),
    ):
        assert long in first
        first = first.replace(long, short)
    photos = [
        write_photo(tmp_path / f"{seed}.png", textured_photo(140, 170, seed))
        for seed in range(4)
    ]
    first = f"paths = {[str(path) for path in photos]}\n{first}"
    second = (
        "import numpy as np; image = np.full((40, 60, 3), 90, 'uint8')\n"
        "held_out = ['3.png']\n"
        f"{second}\nassert colorized.shape == image.shape\n{looks}"
        "assert 0.7 < model.looks['natural']['vividness'] < 4.3"
    )
    for code in (first, second):
        subprocess.run(
            [sys.executable, "-W", "error::UserWarning", "-c", code],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=True,
        )
    assert (tmp_path / "mine.onnx").is_file()
