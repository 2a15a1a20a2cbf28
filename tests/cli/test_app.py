import subprocess
import sys
from pathlib import Path

import pytest

from keras_colorize import __version__
from tests.cli.in_process import error_of
from tests.cli.in_process import invoke

ROOT = Path(__file__).parents[2]


def test_version_and_help():
    assert invoke("--version").stdout.strip() == __version__
    output = invoke("--help").stdout
    for command in ("image", "folder", "models"):
        assert command in output


def test_unknown_command_is_said():
    assert "No such command 'imgae'" in error_of("imgae", exit_code=2)


def test_models_lists_the_registry():
    from keras_colorize.models import registry

    output = invoke("models").stdout
    for name in registry.model_names():
        assert name in output
    assert "lite.photos" in output  # whole, whatever the width


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
