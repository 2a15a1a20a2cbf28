"""The command as people use it: messages, files and exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from keras_colorize import __version__
from keras_colorize.cli.app import app
from keras_colorize.serving.images.read import read_photo
from tests.helpers import mid_tone_photo
from tests.helpers import write_photo
from tests.serving import tiny_models

ROOT = Path(__file__).parents[1]
RGB = mid_tone_photo(20, 30)


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_models.photo_model())
    return path


@pytest.fixture
def photo_path(tmp_path):
    return write_photo(tmp_path / "photo.png", RGB)


def run(*arguments, exit_code=0):
    """Runs the command in this process; stdout and stderr come apart."""
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    assert result.exit_code == exit_code, result.output
    return result


def error_of(*arguments, exit_code):
    result = run(*arguments, exit_code=exit_code)
    assert "Traceback" not in result.output
    assert result.stdout == ""
    return result.stderr


def run_process(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "keras_colorize.cli", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


# === image ===


def test_image_writes_beside_the_photo_and_says_where(photo_path, model):
    result = run("image", photo_path, "--model", model)
    target = photo_path.with_name("photo.colorized.png")
    assert result.stdout.strip() == str(target)
    expected = np.clip(RGB + np.array(tiny_models.SHIFT), 0, 255)
    np.testing.assert_array_equal(read_photo(target).rgb, expected)


def test_image_takes_output_strength_and_temperature(
    photo_path, model, tmp_path
):
    target = tmp_path / "gray.tiff"
    run("image", photo_path, "-o", target, "--model", model, "--strength", 0)
    np.testing.assert_array_equal(read_photo(target).rgb, RGB)
    run("image", photo_path, "--model", model, "--temperature", 0.19)
    colorized = read_photo(tmp_path / "photo.colorized.png").rgb
    shift = np.array(tiny_models.SHIFT) / 2
    np.testing.assert_array_equal(colorized, np.clip(RGB + shift, 0, 255))


def test_image_output_may_be_a_folder(photo_path, model, tmp_path):
    (tmp_path / "out").mkdir()
    run("image", photo_path, "-o", tmp_path / "out", "--model", model)
    assert (tmp_path / "out" / "photo.png").is_file()


def test_image_replaces_only_when_told(photo_path, model):
    run("image", photo_path, "--model", model)
    error = error_of("image", photo_path, "--model", model, exit_code=1)
    assert "exists already" in error and "--overwrite" in error
    run("image", photo_path, "--model", model, "--overwrite")


def test_image_prints_what_is_left_out(model, tmp_path):
    path = write_photo(tmp_path / "photo.png", RGB, icc_profile=b"no profile")
    result = run("image", path, "--model", model)
    assert result.stderr.startswith("Note: ICC profile left out")


def photo_file(folder, kind):
    """Writes a photo of an unusual kind."""
    path = folder / f"{kind}.png"
    gray = RGB[..., 0]
    exif = Image.Exif()
    exif[0x112] = 6
    if kind == "cmyk":
        path = path.with_suffix(".jpg")
    image = {
        "1x1": lambda: Image.fromarray(RGB[:1, :1]),
        "1x30": lambda: Image.fromarray(RGB[:1]),
        "20x1": lambda: Image.fromarray(RGB[:, :1]),
        "16-bit": lambda: Image.fromarray(gray.astype(np.uint16) * 257),
        "gray": lambda: Image.fromarray(gray),
        "palette": lambda: Image.fromarray(RGB).quantize(64),
        "cmyk": lambda: Image.fromarray(RGB).convert("CMYK"),
        "alpha": lambda: Image.fromarray(np.dstack([RGB, gray])),
        "rotated": lambda: Image.fromarray(RGB),
    }[kind]()
    options = {"exif": exif.tobytes()} if kind == "rotated" else {}
    image.save(path, **options)
    return path


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("1x1", (1, 1)),
        ("1x30", (1, 30)),
        ("20x1", (20, 1)),
        ("16-bit", (20, 30)),
        ("gray", (20, 30)),
        ("palette", (20, 30)),
        ("cmyk", (20, 30)),
        ("alpha", (20, 30)),
        ("rotated", (30, 20)),
    ],
)
def test_unusual_photos_are_colorized(kind, size, model, tmp_path):
    path = photo_file(tmp_path, kind)
    source = read_photo(path)
    result = run("image", path, "--model", model)
    photo = read_photo(result.stdout.strip())
    assert photo.rgb.shape == (*size, 3)
    expected = np.clip(source.rgb + np.array(tiny_models.SHIFT), 0, 255)
    # JPEG of a noisy texture; 16 bits keep the luminance that SHIFT changes.
    tolerance = {"cmyk": 30, "16-bit": 15}.get(kind, 0)
    assert np.abs(photo.rgb - expected).max() <= tolerance
    assert (photo.rgb16 is not None) == (kind == "16-bit")
    assert (photo.alpha is not None) == (kind == "alpha")


def bad_photo(folder, kind):
    path = folder / f"{kind}.jpg"
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("Dear grandmother,\n")
    elif kind == "truncated":
        write_photo(path, RGB)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
    elif kind == "folder":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("empty", "empty.jpg is empty (0 bytes)"),
        ("text", "text.jpg is not a photo that can be read"),
        ("truncated", "truncated.jpg is damaged or cut short"),
        ("folder", "folder.jpg is a folder"),
        ("missing", "There is no file"),
    ],
)
def test_unreadable_photo_is_said_in_one_sentence(
    kind, message, model, tmp_path
):
    path = bad_photo(tmp_path, kind)
    before = sorted(tmp_path.iterdir())
    error = error_of("image", path, "--model", model, exit_code=1)
    assert error.startswith("Error: ") and message in error
    assert error.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_unwritable_output_is_said(photo_path, model, tmp_path):
    target = tmp_path / "none" / "out.png"
    error = error_of(
        "image", photo_path, "-o", target, "--model", model, exit_code=1
    )
    assert "cannot be written" in error and "make its folder" in error


def test_unknown_output_format_is_said(photo_path, model, tmp_path):
    error = error_of(
        *("image", photo_path, "-o", tmp_path / "out.docx"),
        *("--model", model),
        exit_code=1,
    )
    assert "Received: .docx" in error


# === Settings ===


def test_unknown_model_is_said_with_the_known_ones(photo_path):
    error = error_of("image", photo_path, "--model", "eccv17", exit_code=2)
    assert error.startswith("Error: Unknown model 'eccv17'.")
    assert ".onnx file" in error


def test_missing_and_damaged_model_files_are_said(photo_path, tmp_path):
    path = tmp_path / "bad.onnx"
    error = error_of("image", photo_path, "--model", path, exit_code=2)
    assert "There is no model file" in error
    path.write_text("no model")
    error = error_of("image", photo_path, "--model", path, exit_code=1)
    assert "bad.onnx cannot be loaded" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--strenth", "2"], "No such option: --strenth"),
        (["--strength", "much"], "'--strength'"),
        (["--strength", "-1"], "`strength` must be 0 or more"),
        (["--temperature", "3"], "`temperature` must be above 0"),
    ],
)
def test_wrong_option_is_said(arguments, message, photo_path, model):
    error = error_of(
        "image", photo_path, "--model", model, *arguments, exit_code=2
    )
    assert message in error


def test_unknown_command_is_said():
    assert "No such command 'imgae'" in error_of("imgae", exit_code=2)


def test_temperature_is_refused_where_it_means_nothing(photo_path, tmp_path):
    path = tmp_path / "ab.onnx"
    path.write_bytes(tiny_models.ab_model())
    error = error_of(
        *("image", photo_path, "--model", path, "--temperature", "0.5"),
        exit_code=2,
    )
    assert "tiny takes no temperature" in error


def test_out_of_memory_is_said_not_hidden(photo_path, model, monkeypatch):
    from keras_colorize.serving.session import ColorizeSession

    def fail(*_):
        raise MemoryError("Unable to allocate 9 GiB")

    monkeypatch.setattr(ColorizeSession, "_run", fail)
    error = error_of("image", photo_path, "--model", model, exit_code=1)
    assert "Out of memory: Unable to allocate 9 GiB" in error
    assert not photo_path.with_name("photo.colorized.png").exists()


# === folder ===


def test_folder_mirrors_reports_and_fails_for_one_bad_photo(
    photo_folder, model, tmp_path
):
    (photo_folder / "sea" / "empty.jpg").touch()
    (photo_folder / "sea" / "[bold]text.jpg").write_text("text")
    out, report = tmp_path / "out", tmp_path / "report.jsonl"
    arguments = ["folder", photo_folder, out, "--recursive"]
    arguments += ["--report", report, "--model", model]
    result = run(*arguments, exit_code=1)
    assert "6 colorized, 0 skipped, 2 failed" in result.stdout
    assert "empty.jpg is empty (0 bytes)" in result.stderr
    assert "[bold]text.jpg is not a photo" in result.stderr
    assert "Traceback" not in result.output
    rows = [json.loads(line) for line in report.read_text().splitlines()]
    assert sorted(row["status"] for row in rows) == (
        ["colorized"] * 6 + ["failed"] * 2
    )
    assert len(list(out.rglob("*.jpg"))) == 6

    for path in photo_folder.rglob("*.jpg"):
        if path.stat().st_size < 100:
            path.unlink()
    assert "0 colorized, 6 skipped, 0 failed" in run(*arguments).stdout
    result = run(*arguments, "--overwrite")
    assert "6 colorized, 0 skipped, 0 failed" in result.stdout


@pytest.mark.parametrize(
    ("target", "exit_code", "message"),
    [
        ("photos", 2, "given as both folders"),
        ("photos/out", 2, "colorize its own results"),
        ("file", 1, "is a file"),
        ("file/out", 1, "cannot be written"),
    ],
)
def test_folder_refuses_a_wrong_target(
    target, exit_code, message, photo_folder, model, tmp_path
):
    (tmp_path / "file").touch()
    error = error_of(
        *("folder", photo_folder, tmp_path / target),
        *("--recursive", "--model", model),
        exit_code=exit_code,
    )
    assert error.startswith("Error: ") and message in error


def test_folder_checks_report_and_settings_before_work(
    photo_folder, model, tmp_path
):
    out = tmp_path / "out"
    arguments = ["folder", photo_folder / "sea", out, "--model", model]
    error = error_of(
        *arguments, "--report", tmp_path / "none" / "report", exit_code=1
    )
    assert "cannot be written" in error
    error_of(*arguments, "--strength", "-1", exit_code=2)
    assert not out.exists() or not any(out.iterdir())


# === models, --version, --help ===


def test_models_lists_the_registry():
    from keras_colorize.models import registry

    output = run("models").stdout
    for name in registry.model_names():
        assert name in output
    assert "lite.photos" in output  # whole, whatever the width


def test_version_and_help():
    assert run("--version").stdout.strip() == __version__
    output = run("--help").stdout
    for command in ("image", "folder", "models"):
        assert command in output


def test_command_runs_as_a_process(photo_path, model):
    result = run_process("image", photo_path, "--model", model)
    assert (result.returncode, result.stderr) == (0, "")
    assert Path(result.stdout.strip()).is_file()
    result = run_process("image", photo_path, "--model", model)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
