"""What is uploaded to Lambda: complete, small enough, and nothing else."""

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from export.aws_lambda import build
from export.aws_lambda.build import MAX_UNZIPPED_BYTES
from export.aws_lambda.build import build_package
from export.aws_lambda.build import copy_own_files
from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession
from tests.helpers import textured_photo
from tests.serving import tiny_models
from tests.serving.aws_lambda.conftest import as_text
from tests.serving.photo_bytes import encode

ROOT = Path(__file__).parents[3]
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
GRAY = encode(textured_photo(48, 80)[..., 1], "JPEG")
# Reads an event, prints the answer and what was imported.
ASK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from handler import handler
answer = handler(json.load(sys.stdin))
print(json.dumps([answer, sorted(sys.modules), sys.modules["handler"].__file__,
    sys.modules["keras_colorize"].__file__]))
"""


def ask(folder, event, *flags):
    """Answer of the function in a folder, and the modules it imported."""
    result = subprocess.run(
        [sys.executable, *flags, "-c", ASK, str(folder)],
        input=json.dumps(event),
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    answer, modules, *files = json.loads(result.stdout)
    assert all(file.startswith(str(folder)) for file in files)
    return answer, modules


@pytest.fixture
def tiny_path(tmp_path):
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_models.photo_model())
    return path


@pytest.fixture
def no_pip(monkeypatch):
    """Instead of the libraries, one empty file of `no_pip.size` bytes."""

    def install(folder, python_version):
        assert python_version == "3.12"
        with (folder / "library.so").open("wb") as file:
            file.truncate(install.size)

    install.size = 1000
    monkeypatch.setattr(build, "install_libraries", install)
    monkeypatch.setattr(build, "_find_python", lambda version: None)
    return install


def test_own_files_are_all_that_the_function_imports(tmp_path, tiny_path):
    folder = tmp_path / "package"
    copy_own_files(folder, ["eccv16_small", tiny_path])
    answer, modules = ask(folder, {"image": as_text(GRAY), "model": "tiny"})
    assert "image" in answer
    unwanted = {"keras", "tensorflow", "onnx", "typer", "rich", "fastapi"}
    assert not unwanted & set(modules)
    # An unknown name makes it look through the registry of models.
    answer, _ = ask(folder, {"image": "", "model": "eccv16_base"})
    assert answer["statusCode"] == 422
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*.onnx")}
    assert names == {
        "keras_colorize/weights/eccv16_small.photos/model.onnx",
        "models/tiny.onnx",
    }
    assert not list(folder.rglob("*.h5"))


def test_zip_is_the_same_every_time_and_readable_by_all(
    tmp_path, tiny_path, no_pip
):
    report = build_package(tmp_path / "out", [tiny_path])
    assert not report.is_tried and "Not tried" in report.summary()
    first = report.zip_path.read_bytes()
    assert build_package(tmp_path / "out", [tiny_path]).num_bytes > 1000
    assert report.zip_path.read_bytes() == first
    with zipfile.ZipFile(report.zip_path) as archive:
        entries = {e.filename: e for e in archive.infolist()}
        assert archive.testzip() is None
    assert {"handler.py", "models/tiny.onnx", "library.so"} <= set(entries)
    assert {e.external_attr >> 16 for e in entries.values()} == {0o644}
    files = [p for p in report.folder.rglob("*") if p.is_file()]
    assert len(files) == len(entries)
    assert sum(e.file_size for e in entries.values()) == report.num_bytes


def test_package_over_the_limit_is_refused_with_the_figure(
    tmp_path, tiny_path, no_pip
):
    report = build_package(tmp_path / "out", [tiny_path])
    before = report.zip_path.read_bytes()
    own_bytes = report.num_bytes - no_pip.size
    no_pip.size = MAX_UNZIPPED_BYTES - own_bytes + 1  # sparse
    with pytest.raises(ValueError, match="262,144,000.*262,144,001.*container"):
        build_package(tmp_path / "out", [tiny_path])
    assert report.zip_path.read_bytes() == before
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["function.zip", "package"]
    report = build_package(tmp_path / "large", [tiny_path], make_zip=False)
    assert report.num_bytes == MAX_UNZIPPED_BYTES + 1
    assert report.zip_path is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--python-version", "3.11"], "glibc 2.26"),
        (["--python-version", "2.7"], "must be one of 3.11, 3.12"),
        (["--model", "absent.onnx"], "There is no model file absent.onnx"),
        (["--model", "eccv17"], "Unknown model"),
        (["--model", "lite", "--model", "lite"], "Received twice"),
    ],
)
def test_mistakes_end_in_one_sentence_and_nothing_is_left(
    arguments, message, tmp_path, no_pip
):
    output = tmp_path / "out"
    result = CliRunner().invoke(
        build.app, ["--output", str(output), *arguments]
    )
    assert result.exit_code == 2
    assert message in result.stderr and "Traceback" not in result.stderr
    assert not output.exists() or not any(output.iterdir())


def test_package_that_does_not_run_is_told(tmp_path):
    (tmp_path / "handler.py").write_text("raise RuntimeError('no')")
    with pytest.raises(RuntimeError, match="does not run: .*No module .*PIL"):
        build.try_package(tmp_path)


def test_containerfile_copies_what_exists_and_runs_the_handler():
    folder = ROOT / "export/aws_lambda"
    text = (folder / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    kept = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE):
        for source in shlex.split(line)[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in kept
    (script,) = re.findall(r"python (\S+\.py)", text)
    assert (ROOT / script).is_file()
    assert CliRunner().invoke(build.app, ["--help"]).exit_code == 0
    assert 'CMD ["handler.handler"]' in text
    pins = (ROOT / "constraints.txt").read_text("utf-8")
    for name in ("awslambdaric", "boto3", "typer", "rich"):
        assert re.search(rf"\b{name}\b", text)
        assert re.search(rf"^{name}==", pins, re.MULTILINE)


def test_model_that_does_not_take_the_trial_photo_is_told(
    tmp_path, monkeypatch
):
    path = tmp_path / "fixed.onnx"
    path.write_bytes(tiny_models.photo_model(size=(24, 40)))
    folder = tmp_path / "package"
    copy_own_files(folder, [path])
    monkeypatch.setattr(
        build,
        "_TRIAL",
        f"import sys\nsys.path += {sys.path!r}\n{build._TRIAL}",
    )
    with pytest.raises(RuntimeError, match="fixed: .*40x24 pixels only"):
        build.try_package(folder)


@pytest.mark.slow  # installs packages
def test_built_package_needs_nothing_else_and_writes_nothing(tmp_path):
    make_zip = VERSION not in build.ONLY_IN_CONTAINERS
    report = build_package(
        tmp_path / "out",
        ["eccv16_small"],
        python_version=VERSION,
        make_zip=make_zip,
    )
    assert report.is_tried
    assert report.num_bytes < MAX_UNZIPPED_BYTES
    before = {p: p.stat().st_mtime_ns for p in report.folder.rglob("*")}
    # Without site-packages, -S: its sys.path is Python's own and the folder.
    event = {"image": as_text(GRAY)}
    answer, modules = ask(report.folder, event, "-I", "-S")
    session = ColorizeSession("eccv16_small")
    expected = colorize_bytes(GRAY, session, PhotoOptions()).data
    assert answer == {"image": as_text(expected)}
    after = {p: p.stat().st_mtime_ns for p in report.folder.rglob("*")}
    assert after == before
    top = {m.partition(".")[0] for m in modules} - sys.stdlib_module_names
    assert {"PIL", "keras_colorize", "numpy", "onnxruntime"} <= top
    installed = {p.name.partition("-")[0] for p in report.folder.iterdir()}
    assert installed == {
        *("PIL", "__pycache__", "handler.py", "keras_colorize", "numpy"),
        *("numpy.libs", "onnxruntime", "pillow", "pillow.libs"),
    }
