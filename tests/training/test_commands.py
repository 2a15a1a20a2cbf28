import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from training import evaluate
from training import prior
from training import train
from training.run import runner

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "learning_rat=1"], "Did you mean optimizer.learning_rate"),
        (["--config", "eccv"], "Expected the name of a recipe"),
        (["--set", "epochs"], "Expected key=value"),
        ([], "Name a folder of photos with --data"),
        (["--data", "/nowhere/at/all"], "There is no folder"),
        (
            ["--config", "eccv16_intel", "--data", "/nowhere"],
            "Get it from https://",
        ),
    ],
)
def test_training_mistake_is_a_message_with_exit_code_2(
    tmp_path, arguments, message
):
    command = ["--config", "eccv16_small_photos", "--workdir", str(tmp_path)]
    result = CliRunner().invoke(train.app, command + arguments)
    assert result.exit_code == 2
    assert message in joined(result.stderr)
    assert "Traceback" not in result.stderr


def test_unwritable_work_directory_is_a_message(tmp_path):
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(
        train.app,
        [
            *("--config", "eccv16_small_photos"),
            *("--workdir", str(tmp_path / "file" / "run")),
        ],
    )
    assert result.exit_code == 2
    assert "file" in result.stderr


def test_training_that_diverged_is_a_failure_and_ctrl_c_says_how_to_go_on(
    tmp_path, monkeypatch
):
    command = ["--config", "eccv16_small_photos", "--workdir", str(tmp_path)]
    for error, code, message in (
        (ArithmeticError("loss is nan"), 1, "loss is nan"),
        (KeyboardInterrupt(), 130, "The same command continues"),
    ):
        monkeypatch.setattr(runner, "run_training", _raiser(error))
        result = CliRunner().invoke(train.app, command)
        assert result.exit_code == code
        assert message in result.stderr


def _raiser(error):
    def fail(*arguments, **options):
        raise error

    return fail


def test_prior_command_writes_a_prior(photo_folder, tmp_path):
    output = tmp_path / "prior.json"
    result = CliRunner().invoke(
        prior.app,
        [
            *("--data", str(photo_folder), "--output", str(output)),
            *("--resize-short", "40", "--label", "field", "--limit", "3"),
        ],
    )
    assert result.exit_code == 0, result.output
    assert "3 photos" in result.output
    saved = json.loads(output.read_text())
    assert sum(saved["prior"]) == pytest.approx(1, abs=1e-6)
    # 3 crops of 40 x 40, ab at every fourth pixel.
    assert saved["num_pixels"] == 3 * 10 * 10


def test_prior_command_refuses_another_ending_before_it_reads(photo_folder):
    result = CliRunner().invoke(
        prior.app, ["--data", str(photo_folder), "--output", "prior.txt"]
    )
    assert result.exit_code == 2
    assert ".json or .npy" in joined(result.stderr)
    assert "usable" not in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "no_such_model"], "no_such_model"),
        (["--model", "a.weights.h5"], "needs `arch`"),
        (
            ["--model", "a.weights.h5", "--arch", "eccv16_small"],
            "There is no weights file",
        ),
        (["--model", "a.onnx", "--network-size", "64"], "own network size"),
    ],
)
def test_evaluation_mistake_is_a_message_with_exit_code_2(
    tmp_path, photo_folder, arguments, message
):
    command = ["--data", str(photo_folder), "--out", str(tmp_path)]
    result = CliRunner().invoke(evaluate.app, command + arguments)
    assert result.exit_code == 2
    assert message in joined(result.stderr)
    assert list(tmp_path.iterdir()) == []


def test_modules_run_as_commands_and_help_needs_no_tensorflow():
    code = (
        "import runpy, sys\n"
        "for name in ('train', 'evaluate', 'prior'):\n"
        "    sys.argv = [name, '--help']\n"
        "    try:\n"
        "        runpy.run_module('training.' + name, run_name='__main__')\n"
        "    except SystemExit as end:\n"
        "        assert not end.code, end.code\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=_ROOT,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert "--network-size" in result.stdout


def joined(text):
    """Text with line breaks of the terminal taken out."""
    return re.sub(r"\s+", " ", text)
