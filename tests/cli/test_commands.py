"""The real command in a process of its own, on real files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image
from typer.testing import CliRunner

from keras_colorize import __version__
from keras_colorize.cli.app import app
from keras_colorize.presets import find_shipped
from keras_colorize.serving.images.read import read_photo
from tests.helpers import mid_tone_photo
from tests.helpers import write_photo
from tests.serving import tiny_models
from tests.serving.photo_bytes import encode
from tests.serving.photo_bytes import exif_bytes

ROOT = Path(__file__).parents[2]
RGB = mid_tone_photo(60, 90)
GRAY = RGB[..., 1]
SHIFTED = RGB + np.array(tiny_models.SHIFT)


def software_of(path):
    with Image.open(path) as image:
        return image.getexif()[ExifTags.Base.Software]


# === Pipes ===


def test_stdin_to_stdout_gives_a_photo_and_nothing_else(run, tiny_model):
    data = encode(RGB, "PNG")
    code, stdout, stderr = run("image", "-", "--model", tiny_model, stdin=data)
    assert (code, stderr) == (0, "")
    photo = read_photo(stdout)
    assert photo.format == "PNG"
    np.testing.assert_array_equal(photo.rgb, SHIFTED)


def test_pipe_takes_format_quality_and_file(run, tiny_model, tmp_path):
    data = encode(RGB, "PNG")
    arguments = ["image", "-", "--model", tiny_model]
    sizes = []
    for quality in (20, 90):
        code, stdout, _ = run(
            *arguments, "--format", "jpg", "--quality", quality, stdin=data
        )
        assert code == 0 and read_photo(stdout).format == "JPEG"
        sizes.append(len(stdout))
    assert sizes[0] < sizes[1] / 2
    target = tmp_path / "out.tiff"
    code, stdout, _ = run(*arguments, "-o", target, stdin=data)
    assert stdout.decode().strip() == str(target)
    np.testing.assert_array_equal(read_photo(target).rgb, SHIFTED)


def test_file_goes_to_stdout_byte_for_byte(run, tiny_model, tmp_path):
    path = write_photo(tmp_path / "photo.png", RGB)
    code, stdout, _ = run("image", path, "-o", "-", "--model", tiny_model)
    assert code == 0
    np.testing.assert_array_equal(read_photo(stdout).rgb, SHIFTED)
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "is empty (0 bytes)"), (b"Dear grandmother", "is not a photo")],
)
def test_bad_stdin_is_said_and_stdout_stays_empty(
    data, message, run, tiny_model
):
    code, stdout, stderr = run("image", "-", "--model", tiny_model, stdin=data)
    assert (code, stdout) == (1, b"")
    assert message in stderr and stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_a_full_disk_behind_stdout_is_said(start, tiny_model, tmp_path):
    path = write_photo(tmp_path / "photo.png", RGB)
    with open("/dev/full", "wb") as full:
        process = start(
            *("image", path, "-o", "-", "--model", tiny_model), stdout=full
        )
        _, stderr = process.communicate()
    assert process.returncode == 1
    assert b"cannot be written to stdout: No space left" in stderr
    assert stderr.count(b"\n") == 1


def test_several_photos_do_not_go_through_a_pipe(run, tiny_model, tmp_path):
    path = write_photo(tmp_path / "photo.png", RGB)
    arguments = ["--model", tiny_model]
    for photos in (["-", path], [path, path, "-o", "-"]):
        code, stdout, stderr = run("image", *photos, *arguments)
        assert (code, stdout) == (2, b"")
        assert "one photo at a time" in stderr


# === Several photos ===


def test_several_photos_are_done_and_a_bad_one_is_said(
    run, tiny_model, tmp_path
):
    good = [write_photo(tmp_path / f"{n}.png", RGB) for n in "ab"]
    bad = tmp_path / "bad.jpg"
    bad.write_text("text")
    code, stdout, stderr = run(
        *("image", good[0], bad, good[1], "-o", tmp_path / "new/out"),
        *("--model", tiny_model, "--format", "tiff"),
    )
    assert code == 1
    targets = [tmp_path / "new/out" / f"{n}.tiff" for n in "ab"]
    assert stdout.decode().split() == [str(t) for t in targets]
    for target in targets:
        np.testing.assert_array_equal(read_photo(target).rgb, SHIFTED)
    assert stderr.count("Error: ") == stderr.count("\n") == 1
    assert "bad.jpg is not a photo" in stderr


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all"
)
def test_a_photo_that_may_not_be_read_does_not_stop_the_others(
    run, tiny_model, tmp_path
):
    good, locked = (write_photo(tmp_path / f"{n}.png", RGB) for n in "ab")
    locked.chmod(0)
    code, stdout, stderr = run("image", locked, good, "--model", tiny_model)
    assert code == 1 and stdout.decode().strip().endswith("a.colorized.png")
    assert "b.png may not be read" in stderr


def test_the_name_of_one_photo_is_no_folder_for_several(tiny_model, tmp_path):
    photos = [write_photo(tmp_path / f"{n}.png", RGB) for n in "ab"]
    target = tmp_path / "out.jpg"
    arguments = ["image", *photos, "-o", target, "--model", tiny_model]
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "names one photo, and there are 2" in result.stderr
    assert not target.exists()


def test_photos_of_one_stem_get_results_of_their_own(run, tiny_model, tmp_path):
    for suffix in ("jpg", "png", "bmp"):
        write_photo(tmp_path / f"a.{suffix}", RGB)
    code, stdout, _ = run(
        *("image", *sorted(tmp_path.iterdir()), "--format", "png"),
        *("--model", tiny_model, "--suffix", "", "-o", tmp_path / "out"),
    )
    assert code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "a.bmp.png",
        "a.jpg.png",
        "a.png",
    ]
    assert len(set(stdout.split())) == 3


def test_suffix_is_part_of_the_name(run, tiny_model, tmp_path):
    path = write_photo(tmp_path / "a.png", RGB)
    run("image", path, "--suffix", "-color", "--model", tiny_model)
    assert (tmp_path / "a-color.png").is_file()
    code, _, stderr = run("image", path, "--suffix", "", "--model", tiny_model)
    assert code == 1 and "would replace what belongs to" in stderr
    np.testing.assert_array_equal(read_photo(path).rgb, RGB)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "docx"], "The format must be one of jpg"),
        (["--format", "png", "-o", "x.jpg"], "name different formats"),
        (["--quality", "0"], "`quality` must be from 1 to 100"),
        (["--suffix", "../x"], "part of a file name"),
        (["--max-pixels", "0"], "`max_pixels` must be at least 1"),
    ],
)
def test_senseless_options_are_said(arguments, message, tiny_model, tmp_path):
    path = write_photo(tmp_path / "a.png", RGB)
    arguments = ["image", path, *arguments, "--model", tiny_model]
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr and "Traceback" not in result.stderr


def test_pixel_limit_can_be_lowered_and_raised(run, tiny_model, tmp_path):
    path = write_photo(tmp_path / "a.png", RGB)
    arguments = ["image", path, "--model", tiny_model, "--max-pixels"]
    code, _, stderr = run(*arguments, 60 * 90 - 1)
    assert code == 1 and "--max-pixels" in stderr
    # Far above it Pillow refuses, in words of its own.
    code, _, stderr = run(*arguments, 100)
    assert code == 1 and "Received: 5400 pixels. Shrink" in stderr
    assert run(*arguments, 60 * 90)[0] == 0


def test_nothing_is_left_in_the_home_folder(tiny_model, tmp_path):
    """Such as the number that onnxruntime's telemetry gives a machine."""
    path, home = write_photo(tmp_path / "a.png", RGB), tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-m", "keras_colorize.cli", "image", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(home)}
    environment = {
        name: value
        for name, value in environment.items()
        if not name.startswith(("XDG_", "ORT_"))
    }
    subprocess.run(
        [*command, "--model", str(tiny_model)],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    assert (tmp_path / "a.colorized.png").is_file()
    assert list(home.iterdir()) == []


# === What a photo carries ===


def test_metadata_names_the_model_beside_the_camera(run, tiny_model, tmp_path):
    exif = exif_bytes(Make="Zenit", Software="Scanner 9", Orientation=6)
    path = write_photo(tmp_path / "a.jpg", RGB, exif=exif, dpi=(300, 300))
    arguments = ["image", path, "--model", tiny_model, "--strength", 0.5]
    code, stdout, _ = run(*arguments)
    target = stdout.decode().strip()
    made = f"keras-colorize {__version__}, tiny.test, strength 0.5"
    assert software_of(target) == f"Scanner 9; {made}"
    with Image.open(target) as image:
        assert image.getexif()[ExifTags.Base.Make] == "Zenit"
        assert image.getexif()[ExifTags.Base.Orientation] == 1
        assert image.info["dpi"] == (300, 300)
        assert image.size == (60, 90)
    code, stdout, _ = run("image", target, "--model", tiny_model)
    again = f"keras-colorize {__version__}, tiny.test"
    assert software_of(stdout.decode().strip()) == f"Scanner 9; {again}"


@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "avif", "heic"])
def test_every_format_with_exif_names_the_model(
    suffix, run, tiny_model, tmp_path
):
    path = write_photo(tmp_path / "a.png", RGB)
    target = tmp_path / f"out.{suffix}"
    code, _, stderr = run("image", path, "-o", target, "--model", tiny_model)
    assert (code, stderr) == (0, "")
    code, stdout, _ = run("inspect", "--json", target)
    facts = json.loads(stdout)
    assert facts["software"] == f"keras-colorize {__version__}, tiny.test"
    assert (facts["width_pixels"], facts["height_pixels"]) == (90, 60)


def test_16_bit_scan_stays_16_bit(run, tiny_model, tmp_path):
    gray16 = (np.arange(60 * 90, dtype=np.uint16) * 12).reshape(60, 90)
    path = tmp_path / "scan.tif"
    Image.fromarray(gray16).save(path)
    code, stdout, stderr = run("image", path, "--model", tiny_model)
    assert (code, stderr) == (0, "")
    photo = read_photo(stdout.decode().strip())
    assert len(np.unique(photo.rgb16[..., 1])) > 5000
    code, _, stderr = run(
        "image", path, "-o", tmp_path / "a.jpg", "--model", tiny_model
    )
    assert stderr == "Note: 16 bits became 8: JPEG holds no more.\n"


# === Photos in color ===


@pytest.fixture
def mixed(tmp_path):
    """Folder with a photo in color and a gray one."""
    write_photo(tmp_path / "in" / "color.png", RGB)
    write_photo(tmp_path / "in" / "gray.png", GRAY)
    return tmp_path / "in"


def test_photos_in_color_stay_with_skip_color(mixed, run, tiny_model, tmp_path):
    arguments = ["folder", mixed, tmp_path / "out", "--model", tiny_model]
    arguments += ["--skip-color", "--report", tmp_path / "report"]
    for first, second in (("left", "colorized"), ("skipped", "skipped")):
        code, stdout, _ = run(*arguments)
        assert code == 0
        rows = (tmp_path / "report").read_text().splitlines()
        statuses = {
            row["input"].rpartition("/")[2]: row["status"]
            for row in map(json.loads, rows)
        }
        assert statuses == {"color.png": first, "gray.png": second}
    assert (tmp_path / "out" / "gray.png").is_file()
    assert not (tmp_path / "out" / "color.png").exists()
    code, stdout, _ = run(*arguments[:-3])  # without --skip-color
    assert b"1 colorized, 1 skipped, 0 failed" in stdout


def test_photo_in_color_passes_a_pipe_unchanged(run, tiny_model):
    data = encode(RGB, "PNG")
    arguments = ["image", "-", "--skip-color", "--model", tiny_model]
    code, stdout, stderr = run(*arguments, stdin=data)
    assert (code, stdout) == (0, data)
    assert "in color already" in stderr
    _, stdout, _ = run(*arguments, stdin=encode(GRAY, "PNG"))
    assert np.ptp(read_photo(stdout).rgb.astype(int), axis=-1).min() > 30


# === folder ===


def test_folder_takes_format_and_quality_with_several_jobs(
    run, tiny_model, tmp_path
):
    for name in ("a.png", "a.jpg", "sea/a.png", "sea/B.PNG", "sea/b.bmp"):
        write_photo(tmp_path / "in" / name, RGB)
    (tmp_path / "in" / "bad.jpg").write_text("text")
    arguments = ["folder", tmp_path / "in", tmp_path / "out", "-r"]
    arguments += ["--model", tiny_model, "--jobs", 2, "--format", "jpg"]
    arguments += ["--report", tmp_path / "report", "--quality", 90]
    code, stdout, stderr = run(*arguments)
    assert code == 1
    assert b"5 colorized, 0 skipped, 1 failed" in stdout
    assert "bad.jpg is not a photo" in stderr
    rows = (tmp_path / "report").read_text().splitlines()
    rows = [json.loads(row) for row in rows]
    assert len(rows) == 6
    assert {row["model"] for row in rows} == {"tiny.test"}
    assert [row["error"] == "" for row in rows].count(False) == 1
    done = [row for row in rows if row["status"] == "colorized"]
    assert all(row["seconds"] > 0 for row in done)
    results = [row["output"] for row in done]
    assert len({name.casefold() for name in results}) == 5
    for result in results:
        assert read_photo(result).format == "JPEG"
    code, stdout, _ = run(*arguments)
    assert b"0 colorized, 5 skipped, 1 failed" in stdout


def test_results_of_other_settings_are_kept_and_said(
    mixed, run, tiny_model, tmp_path
):
    arguments = ["folder", mixed, tmp_path / "out", "--model", tiny_model]
    run(*arguments)
    code, stdout, stderr = run(*arguments, "--strength", 0.5)
    assert (code, b"2 skipped" in stdout) == (0, True)
    assert "2 of the skipped results were made with other" in stderr
    code, _, stderr = run(*arguments, "--strength", 0.5, "--overwrite")
    assert "other settings" not in stderr
    result = read_photo(tmp_path / "out" / "color.png").rgb
    shift = np.array(tiny_models.SHIFT) / 2
    np.testing.assert_array_equal(result, RGB + shift)


# === inspect, --help, completion ===


def test_inspect_says_what_files_are(run, tiny_model, tmp_path):
    exif = exif_bytes(Make="Zenit")
    photo = write_photo(tmp_path / "a.png", GRAY, exif=exif, dpi=(300, 300))
    code, stdout, _ = run("inspect", "--json", photo, tiny_model)
    assert code == 0
    facts, model = map(json.loads, stdout.splitlines())
    assert facts["content"] == "gray" and facts["bits"] == 8
    assert facts["exif"] == {"Make": "Zenit"}
    assert facts["dots_per_inch"] == pytest.approx([300, 300], abs=0.1)
    assert model["name"] == "tiny.test" and model["head"] == "photo"
    code, stdout, _ = run("inspect", photo)
    assert "width pixels: 90" in stdout.decode()


def test_inspect_says_where_a_model_is_from(run, tmp_path):
    shipped = find_shipped("lite")
    copy = tmp_path / "copy.onnx"
    copy.write_bytes((shipped.folder / "model.onnx").read_bytes())
    code, stdout, _ = run("inspect", "--json", "lite", copy)
    assert code == 0
    for facts in map(json.loads, stdout.splitlines()):
        assert facts["weights_version"] == "1"
        assert facts["weights_sha256"] == shipped.sha256["model.weights.h5"]
        assert facts["license"].startswith("Research use.")
        assert "Caltech 101 (CC BY 4.0)" in facts["training_data"]
        assert facts["contract"].startswith("image: uint8")
        assert facts["file_sha256"] == shipped.sha256["model.onnx"]
        assert facts["same_as_shipped"] == "lite.photos"


def test_inspect_says_what_a_model_does_not_say(run, tiny_model):
    code, stdout, _ = run("inspect", tiny_model)
    lines = stdout.decode().splitlines()
    assert code == 0
    assert "  license: not stated in the file" in lines
    assert "  weights sha256: not stated in the file" in lines
    assert "  precision: not stated in the file" in lines
    assert not any("same as shipped" in line for line in lines)


def test_inspect_goes_on_after_a_bad_file(run, tmp_path):
    good = write_photo(tmp_path / "a.png", RGB)
    code, stdout, stderr = run("inspect", tmp_path / "none.jpg", good)
    assert code == 1
    assert b"content: color" in stdout
    assert "There is no file" in stderr
    code, stdout, stderr = run("inspect", "eccv17")
    assert (code, stdout) == (2, b"") and "Unknown model" in stderr


@pytest.mark.parametrize("command", ["image", "folder", "models", "inspect"])
def test_help_shows_examples_one_a_line(command, run):
    code, stdout, _ = run(command, "--help")
    lines = stdout.decode().splitlines()
    examples = lines[lines.index("  Examples:") + 1 :]
    assert code == 0
    assert all(line.strip().startswith(("keras-", "curl")) for line in examples)
    assert any(f"keras-colorize {command}" in line for line in examples)


def test_shell_completes_commands_and_models(tmp_path):
    def complete(words):
        result = subprocess.run(
            [sys.executable, "-m", "keras_colorize.cli"],
            env={
                "_KERAS_COLORIZE_COMPLETE": "complete_bash",
                "COMP_WORDS": words,
                "COMP_CWORD": str(len(words.split()) - words[-1].isalpha()),
                "PYTHONPATH": str(ROOT),
            },
            capture_output=True,
            text=True,
        )
        return result.stdout.split()

    assert complete("keras-colorize im") == ["image"]
    assert "lite" in complete("keras-colorize image --model li")


def test_stdout_is_not_mixed_with_the_progress_bar(mixed, run, tiny_model):
    target = mixed.parent / "out"
    _, stdout, _ = run("folder", mixed, target, "--model", tiny_model)
    assert stdout.decode() == f"2 colorized, 0 skipped, 0 failed: {target}\n"
