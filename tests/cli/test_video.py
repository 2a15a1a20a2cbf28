"""`keras-colorize video` as people use it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from keras_colorize.cli.app import app
from tests.serving import tiny_models
from tests.serving.video.videos import packets_of
from tests.serving.video.videos import read_video
from tests.serving.video.videos import rgb_of
from tests.serving.video.videos import still
from tests.serving.video.videos import write_video

ROOT = Path(__file__).parents[2]


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_models.photo_model())
    return path


def run(*arguments, exit_code=0):
    result = CliRunner().invoke(app, ["video", *map(str, arguments)])
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    assert result.exit_code == exit_code, result.output
    assert "Traceback" not in result.output
    return result


def test_the_command_colorizes_a_film_without_keras(tmp_path):
    """A process of its own, the shipped model, PyAV reading back."""
    path = write_video(tmp_path / "film.mp4", still(6, size=(96, 128)))
    output = tmp_path / "color.mp4"
    code = (
        "import sys\n"
        "from keras_colorize.cli import main\n"
        "try: main()\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        "heavy = {'keras', 'tensorflow', 'onnx', 'skimage'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "video", path, output],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(output)
    assert "6/6" in done.stderr and "frames/s" in done.stderr
    film = read_video(output)
    assert len(film["frames"]) == 6
    assert film["times"] == read_video(path)["times"]
    assert packets_of(output, "audio") == packets_of(path, "audio")
    assert "lite.photos" in film["tags"]["comment"]


def test_options_reach_the_film(tmp_path, model):
    path = write_video(tmp_path / "film.mp4", still(3), subtitles=False)
    output = tmp_path / "color.mkv"
    options = "--codec ffv1 --strength 0.5 --smooth-frames 1".split()
    run(path, output, "--model", model, *options)
    assert read_video(output)["context"].name == "ffv1"
    small = tmp_path / "small.mp4"
    run(path, small, "--model", model, "--crf", 40)
    large = tmp_path / "large.mp4"
    run(path, large, "--model", model, "--quality", 5)
    assert small.stat().st_size < large.stat().st_size


def test_hints_color_their_scene_with_the_shipped_model(tmp_path):
    scenes = still(3, "coffee", (96, 128)) + still(3, "chelsea", (96, 128))
    path = write_video(tmp_path / "film.mkv", scenes, audio=False)
    hints = tmp_path / "hints.json"
    blue = {"x": 64, "y": 48, "radius": 8, "color": "#2040e0"}
    hints.write_text(json.dumps([{**blue, "time": "00:00.150"}]))
    plain, hinted = tmp_path / "plain.mkv", tmp_path / "hinted.mkv"
    options = "--codec ffv1 --smooth-frames 1".split()
    run(path, plain, *options)
    run(path, hinted, *options, "--hints", hints)
    before, after = (
        np.array([rgb_of(f) for f in read_video(p)["frames"]])
        for p in (plain, hinted)
    )
    np.testing.assert_array_equal(after[:3], before[:3])
    blueness = (after[3:, 40:56, 56:72, 2] - after[3:, 40:56, 56:72, 0]).mean()
    was = (before[3:, 40:56, 56:72, 2] - before[3:, 40:56, 56:72, 0]).mean()
    assert blueness > was + 0.1


def test_mistakes_in_hints_end_in_one_sentence(tmp_path, model):
    path = write_video(tmp_path / "film.mkv", still(3), audio=False)
    output, hints = tmp_path / "color.mkv", tmp_path / "hints.json"
    red = {"x": 5, "y": 5, "radius": 2, "color": "red", "time": 0}
    for content, options, message in (
        ("not JSON", [], "hints.json must be a JSON list of hints"),
        (json.dumps([{**red, "time": "1:99"}]), [], "hint 1: `time` of a hint"),
        (json.dumps([{**red, "x": 64}]), [], "outside the frame of 64x48"),
        (json.dumps([red, {**red, "time": 9}]), [], "Hint 2 lies beyond the"),
        (
            json.dumps([red]),
            ["--model", model],
            "tiny.test takes no color hints",
        ),
    ):
        hints.write_text(content)
        result = run(path, output, "--hints", hints, *options, exit_code=2)
        assert message in result.stderr and result.stderr.count("\n") == 1
    result = run(path, output, "--hints", tmp_path / "none", exit_code=2)
    assert "The hints cannot be read" in result.stderr
    assert not output.exists()


def test_names_with_a_colon_or_in_another_encoding_are_files(
    tmp_path, model, monkeypatch
):
    """FFmpeg takes `1912:` for a protocol, and `%d` for numbered photos."""
    monkeypatch.chdir(tmp_path)
    names = ["1912:wedding.mkv", "./1912:wedding.mkv", "50%d.mkv"]
    if sys.platform == "linux":  # others allow UTF-8 only
        names.append(os.fsdecode(b"caf\xe9.mkv"))
    for name in names:
        path = write_video(tmp_path / "film.mkv", still(2))
        path.rename(name)
        run(name, f"{name[:-4]}:c.mkv", "--model", model, "--overwrite")
        assert len(read_video(f"file:{name[:-4]}:c.mkv")["frames"]) == 2
    long_name = "e" * 300 + ".mkv"
    result = run(long_name, "c.mkv", "--model", model, exit_code=1)
    assert "There is no film" in result.stderr
    result = run(names[0], long_name, "--model", model, exit_code=1)
    assert "cannot be written" in result.stderr


def test_notes_and_errors_are_sentences_on_stderr(tmp_path, model):
    path = write_video(tmp_path / "film.mkv", still(3), subtitles=True)
    output = tmp_path / "color.mp4"
    result = run(path, output, "--model", model)
    assert "Note: subtitle stream 2 (srt) left out" in result.stderr
    result = run(path, output, "--model", model, exit_code=1)
    assert "exists already" in result.stderr and result.stdout == ""
    run(path, output, "--model", model, "--overwrite")
    result = run(path, output, "--codec", "divx", exit_code=2)
    assert "one of h264" in result.stderr
    result = run(tmp_path / "no.mp4", tmp_path / "x.mp4", exit_code=1)
    assert "There is no film" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_cut_off_film_is_written_and_reported(tmp_path, model):
    path = write_video(tmp_path / "film.mkv", still(120))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    output = tmp_path / "color.mkv"
    result = run(path, output, "--model", model, exit_code=1)
    assert result.stdout.strip() == str(output)
    assert f"Error: {path}: it stops at 0:00:0" in result.stderr
    assert f"What could be read is in {output}." in result.stderr
    assert len(read_video(output)["frames"]) > 20


def test_ctrl_c_says_how_to_go_on(tmp_path, model, monkeypatch):
    from keras_colorize.serving.video import job

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "colorize_video", interrupted)
    path = write_video(tmp_path / "film.mkv", still(3))
    result = run(path, tmp_path / "c.mkv", "--model", model, exit_code=130)
    assert "same command goes on" in result.stderr
