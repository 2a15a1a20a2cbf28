import json
import subprocess
import sys
from pathlib import Path

import pytest

from keras_colorize import __version__
from keras_colorize.presets import list_shipped
from keras_colorize.presets import read_metadata
from keras_colorize.presets import terms_of
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


def test_models_lists_the_weights_with_size_seconds_and_license():
    lines = invoke("models").stdout.splitlines()
    weights = [line.split() for line in lines[1 : lines.index("")]]
    assert len(weights) == len(list_shipped())
    assert weights[0][:2] == ["lite", "(default)"]
    rows = {row[0]: row[1:] for row in weights}
    for shipped in list_shipped():
        metadata = read_metadata(shipped.folder)
        size = (shipped.folder / "model.onnx").stat().st_size / 1e6
        row = rows[shipped.model if shipped.is_default else shipped.name]
        row = [word for word in row if word != "(default)"]
        assert row[0] == f"{size:.1f}"
        assert float(row[1]) == pytest.approx(metadata["core_seconds"], rel=0.1)
        assert " ".join(row[2:]) == terms_of(metadata)


def test_models_tells_weights_of_one_model_and_their_licenses_apart(
    tmp_path, monkeypatch
):
    terms = {
        "photos": "Research use. Of many photos.",
        "open": "Apache-2.0. Of photos that anyone may use.",
    }
    for tag, license in terms.items():
        folder = tmp_path / f"lite.{tag}"
        folder.mkdir()
        (folder / "model.onnx").write_bytes(bytes(200_000))
        metadata = {
            "model": "lite",
            "tag": tag,
            "default": tag == "photos",
            "license": license,
            "sha256": {},
        }
        (folder / "metadata.json").write_text(json.dumps(metadata))
    monkeypatch.setattr("keras_colorize.presets.WEIGHTS_DIR", tmp_path)
    lines = invoke("models").stdout.splitlines()
    rows = [" ".join(line.split()) for line in lines[1 : lines.index("")]]
    assert rows == [
        "lite (default) 0.2 not measured research use",
        "lite.open 0.2 not measured Apache-2.0",
    ]


def test_models_lists_the_registry():
    from keras_colorize.models import registry

    output = invoke("models", "--all").stdout
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
