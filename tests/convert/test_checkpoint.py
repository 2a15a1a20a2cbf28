"""Checkpoint file in, preset folder out, or one sentence and no folder."""

import json

import numpy as np
import pytest
from keras import ops
from typer.testing import CliRunner

from export import convert_checkpoint
from keras_colorize.convert.checkpoint import import_checkpoint
from keras_colorize.files import sha256_of
from keras_colorize.models.colorizer import Colorizer
from tests.synthetic_weights import GOLDENS
from tests.synthetic_weights import synthetic_state_dict

torch = pytest.importorskip(
    "torch", reason="checkpoints are PyTorch files (extra: backends)"
)


def save(state, path):
    torch.save({key: torch.tensor(x) for key, x in state.items()}, path)
    return path


def convert(*arguments):
    result = CliRunner().invoke(
        convert_checkpoint.app, [str(argument) for argument in arguments]
    )
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def arguments(tiny_releases, state, release, tmp_path):
    checkpoint = save(state, tmp_path / "published.pth")
    return {
        "--model": release.model,
        "--checkpoint": checkpoint,
        "--output": tmp_path / "presets" / "converted",
    }


def flat(arguments):
    return [part for pair in arguments.items() for part in pair]


def test_script_writes_a_preset_that_loads(arguments, release, state):
    result = convert(*flat(arguments))
    assert result.exit_code == 0, result.output
    folder = arguments["--output"]
    assert result.stdout.startswith(f"{folder}: {release.model}")
    expected = import_checkpoint(arguments["--checkpoint"], release.model)
    model = Colorizer.from_preset(folder)
    assert model.get_config() == expected.get_config()
    for got, want in zip(model.weights, expected.weights, strict=True):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(got), ops.convert_to_numpy(want)
        )
    metadata = json.loads((folder / "metadata.json").read_text())
    assert metadata["license"].startswith("BSD-2-Clause")
    assert metadata["checkpoint"] == "published.pth"
    checksum = sha256_of(arguments["--checkpoint"])
    assert metadata["checkpoint_sha256"] == checksum


def test_mistakes_end_in_one_sentence_and_no_folder(
    arguments, tiny_releases, release, tmp_path
):
    other = next(n for n in sorted(tiny_releases) if n != release.model)
    damaged = tmp_path / "damaged.pth"
    damaged.write_bytes(arguments["--checkpoint"].read_bytes()[:-200])
    for change, message in (
        ({"--model": "unetpp_base"}, "No published checkpoint is known"),
        ({"--model": other}, f"holds weights of {release.model}"),
        ({"--checkpoint": tmp_path / "absent.pth"}, "no checkpoint file at"),
        ({"--checkpoint": damaged}, "could not be read: it is cut off"),
    ):
        result = convert(*flat({**arguments, **change}))
        assert result.exit_code == 2
        assert message in result.stderr
        assert not arguments["--output"].parent.exists()


def test_a_folder_that_holds_something_is_left_alone(arguments):
    arguments["--output"].mkdir(parents=True)
    arguments["--output"].joinpath("mine.txt").write_text("keep")
    result = convert(*flat(arguments))
    assert result.exit_code == 2
    assert "new or empty folder" in result.stderr
    assert [p.name for p in arguments["--output"].iterdir()] == ["mine.txt"]


def test_nothing_is_left_when_writing_fails(arguments, monkeypatch):
    def fail(self, filepath):
        raise OSError("No space left on device")

    monkeypatch.setattr(Colorizer, "save_weights", fail)
    result = convert(*flat(arguments))
    assert result.exit_code == 2
    assert "No space left" in result.stderr
    assert not any(arguments["--output"].parent.iterdir())


@pytest.mark.parametrize("family", ["eccv16", "siggraph17"])
def test_imported_file_gives_the_colors_of_the_release(family, tmp_path):
    path = save(synthetic_state_dict(family), tmp_path / "full.pth")
    model = import_checkpoint(path, f"{family}_base")
    with np.load(GOLDENS / f"{family}.npz") as file:
        golden = {key: file[key].transpose(0, 2, 3, 1) for key in file}
    hints = {k: golden[k] for k in ("ab_hint", "hint_mask") if k in golden}
    ab = ops.convert_to_numpy(model.predict_ab(golden["L"], **hints))
    scale = np.abs(golden["ab"]).max()
    assert np.abs(ab - golden["ab"]).max() / scale <= 1e-5
