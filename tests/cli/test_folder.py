"""`keras-colorize folder`, on real trees of photos."""

import json
import os

import numpy as np
import pytest

from keras_colorize.serving.batch.run import LOCK_NAME
from keras_colorize.serving.batch.run import locked_results
from keras_colorize.serving.images.read import read_photo
from tests.cli.in_process import error_of
from tests.cli.in_process import invoke
from tests.helpers import mid_tone_photo
from tests.helpers import write_photo
from tests.serving import tiny_models

RGB = mid_tone_photo(60, 90)
GRAY = RGB[..., 1]


def test_folder_mirrors_reports_and_fails_for_one_bad_photo(
    photo_folder, tiny_model, tmp_path
):
    (photo_folder / "sea" / "empty.jpg").touch()
    (photo_folder / "sea" / "[bold]text.jpg").write_text("text")
    out, report = tmp_path / "out", tmp_path / "report.jsonl"
    arguments = ["folder", photo_folder, out, "--recursive"]
    arguments += ["--report", report, "--model", tiny_model]
    result = invoke(*arguments, exit_code=1)
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
    assert "0 colorized, 6 skipped, 0 failed" in invoke(*arguments).stdout
    result = invoke(*arguments, "--overwrite")
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
    target, exit_code, message, photo_folder, tiny_model, tmp_path
):
    (tmp_path / "file").touch()
    error = error_of(
        *("folder", photo_folder, tmp_path / target),
        *("--recursive", "--model", tiny_model),
        exit_code=exit_code,
    )
    assert error.startswith("Error: ") and message in error


def test_folder_checks_report_and_settings_before_work(
    photo_folder, tiny_model, tmp_path
):
    out = tmp_path / "out"
    arguments = ["folder", photo_folder / "sea", out, "--model", tiny_model]
    error = error_of(
        *arguments, "--report", tmp_path / "none" / "report", exit_code=1
    )
    assert "cannot be written" in error
    error_of(*arguments, "--strength", "-1", exit_code=2)
    assert [path.name for path in out.iterdir()] == [LOCK_NAME]


def test_folder_says_that_a_quality_has_no_effect(tiny_model, tmp_path):
    write_photo(tmp_path / "in" / "a.png", RGB)
    arguments = ["folder", tmp_path / "in", tmp_path / "out"]
    arguments += ["--model", tiny_model, "--quality", 40]
    for more in (["--dry-run"], []):
        result = invoke(*arguments, *more)
        assert "--quality has no effect: PNG has none." in result.stderr
    write_photo(tmp_path / "in" / "b.jpg", RGB)
    assert "no effect" not in invoke(*arguments).stderr


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
    half = tiny_models.colorized(RGB, share=0.5)
    np.testing.assert_array_equal(result, half)


def test_stdout_is_not_mixed_with_the_progress_bar(mixed, run, tiny_model):
    target = mixed.parent / "out"
    _, stdout, _ = run("folder", mixed, target, "--model", tiny_model)
    assert stdout.decode() == f"2 colorized, 0 skipped, 0 failed: {target}\n"


def test_other_files_and_damaged_rows_are_said_once(
    mixed, tiny_model, tmp_path
):
    (mixed / "a.psd").touch()
    (mixed / "b.PSD").touch()
    out = tmp_path / os.fsdecode(b"r\xe9sultats")
    out.mkdir()
    (out / ".keras-colorize.jsonl").write_text('{"output": 1}\n\n[]\n')
    arguments = ["folder", mixed, out, "--model", tiny_model]
    result = invoke(*arguments, "--report", tmp_path / "report")
    assert "2 colorized, 0 skipped, 0 failed" in result.stdout
    assert result.stderr.endswith("2 others left out: 2 .psd.\n")
    assert result.stderr.count("2 lines of .keras-colorize.jsonl") == 1
    rows = (tmp_path / "report").read_text("utf-8").splitlines()
    statuses = [json.loads(row)["status"] for row in rows]
    assert statuses == ["colorized", "colorized", "other", "other"]


def test_second_run_into_a_folder_is_refused(mixed, tiny_model, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    arguments = ["folder", mixed, out, "--model", tiny_model]
    with locked_results(out):
        error = error_of(*arguments, exit_code=1)
    assert f"Another run works in {out}: process {os.getpid()} of" in error
    assert "2 colorized" in invoke(*arguments).stdout


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_jobs(run, tmp_path):
    for i in range(40):
        photo = mid_tone_photo(60 + 7 * i, 90 + 5 * i)
        write_photo(tmp_path / "in" / f"{i}.png", photo)
    results = []
    for jobs in (1, 2):
        out = tmp_path / f"out{jobs}"
        assert run("folder", tmp_path / "in", out, "--jobs", jobs)[0] == 0
        paths = sorted(out.glob("*.png"))
        results.append({path.name: path.read_bytes() for path in paths})
    assert len(results[0]) == 40
    assert results[0] == results[1]


def test_dry_run_says_what_would_be_done_and_writes_nothing(
    photo_folder, tiny_model, tmp_path
):
    out = tmp_path / "out"
    arguments = ["folder", photo_folder, out, "-r", "--model", tiny_model]
    before = sorted(tmp_path.rglob("*"))
    *lines, summary = invoke(*arguments, "--dry-run").stdout.splitlines()
    assert sorted(tmp_path.rglob("*")) == before
    photos = sorted(photo_folder.rglob("*.jpg"))
    targets = [out / photo.relative_to(photo_folder) for photo in photos]
    assert sorted(lines) == sorted(
        f"{photo} -> {target}"
        for photo, target in zip(photos, targets, strict=True)
    )
    assert summary == f"6 to colorize, 0 skipped, 0 that cannot be: {out}"

    invoke(*arguments)
    targets[0].unlink()
    targets[1].write_bytes(b"")  # as a full disk leaves it
    lines = invoke(*arguments, "--dry-run").stdout.splitlines()
    assert len(lines) == 3
    assert lines[-1] == f"2 to colorize, 4 skipped, 0 that cannot be: {out}"
    lines = invoke(*arguments, "--dry-run", "--overwrite").stdout.splitlines()
    assert len(lines) == 7
    assert targets[1].read_bytes() == b""


def test_dry_run_names_what_cannot_be_done(tiny_model, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    write_photo(photos / "a.png", RGB)
    write_photo(photos / ("b" * 240 + ".png"), RGB)
    arguments = ["folder", photos, tmp_path / "out", "--suffix", "x" * 20]
    result = invoke(*arguments, "--dry-run", "--model", tiny_model, exit_code=1)
    assert "1 to colorize, 0 skipped, 1 that cannot be" in result.stdout
    assert "255 are the most" in result.stderr


def test_report_needs_the_name_of_a_file(run, tmp_path, tiny_model):
    write_photo(tmp_path / "in" / "a.png", RGB)
    code, _, stderr = run(
        *("folder", tmp_path / "in", tmp_path / "out"),
        *("--report", "-", "--model", tiny_model),
    )
    assert code == 2 and "--report takes the name of a file" in stderr
