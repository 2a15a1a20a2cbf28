"""A run that is killed and started again equals one that never stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from keras_colorize.files import PART_PREFIX
from tests.kill_points import kill_at_each_point
from tests.training.conftest import TINY_SETTINGS
from tests.training.conftest import write_photos
from training.overrides import apply_overrides
from training.overrides import load_recipe

_ROOT = Path(__file__).parents[2]
_TIMEOUT = 600  # seconds; a run takes about 15 on an idle machine
_SHORT = (*TINY_SETTINGS, "epochs=3", "steps_per_epoch=2", "samples.count=0")
# Dropout and batch norm in two networks, a rate that falls from step to step.
_ADVERSARIAL = (
    'model.overrides={"stackwise_filters": [4, 6, 8, 8, 8, 8]}',
    'adversary.discriminator_overrides={"stackwise_filters": [4, 6]}',
    "data.resize_short=72",
    "data.crop_size=64",
    "data.batch_size=3",
    "epochs=5",
    "steps_per_epoch=3",
    "data.validation_limit=4",
    "samples.count=2",
    "deterministic_ops=true",
    "precision=float32",
)


@pytest.fixture
def start():
    """Starts training processes; none outlives the test."""
    processes = []

    def start_process(recipe, data, workdir, settings):
        processes.append(_start(recipe, data, workdir, settings))
        return processes[-1]

    yield start_process
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a POSIX signal")
@pytest.mark.parametrize(
    "recipe",
    [
        "eccv16_small_photos",
        pytest.param("pix2pix_photos", marks=pytest.mark.slow),
    ],
)
def test_killed_run_continues_as_if_never_stopped(
    recipe, photo_folder, tiny_settings, tmp_path, start
):
    adversarial = recipe == "pix2pix_photos"
    settings = _ADVERSARIAL if adversarial else tiny_settings
    whole = start(recipe, photo_folder, tmp_path / "whole", settings)
    killed = start(recipe, photo_folder, tmp_path / "killed", settings)
    _wait_for(tmp_path / "killed" / "checkpoints" / "step-00000006", killed)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(timeout=_TIMEOUT) == -signal.SIGKILL
    assert not (tmp_path / "killed" / "final.weights.h5").exists()

    resumed = start(recipe, photo_folder, tmp_path / "killed", settings)
    resumed_output, _ = resumed.communicate(timeout=_TIMEOUT)
    whole_output, _ = whole.communicate(timeout=_TIMEOUT)
    assert whole.returncode == 0, whole_output
    assert resumed.returncode == 0, resumed_output
    assert "Resuming after epoch" in resumed_output

    log = (tmp_path / "whole" / "log.csv").read_text()
    assert log.count("\n") == 1 + 5
    assert (tmp_path / "killed" / "log.csv").read_text() == log
    state = "checkpoints/step-00000015/state.npz"
    saved = _assert_same_arrays(
        tmp_path / "killed" / state, tmp_path / "whole" / state
    )
    parts = ("generator", "discriminator") if adversarial else ()
    owners = [f"{part}_optimizer/" for part in parts] or ["optimizer/"]
    for owner in owners:
        assert any(name.startswith(owner) for name in saved), owner
    for name in ("checkpoints/step-00000015/state.json", "config.json"):
        text = (tmp_path / "killed" / name).read_text()
        assert text == (tmp_path / "whole" / name).read_text()


def train_tiny(folder):
    # Here: a process that is forked must not have begun to use TensorFlow.
    from rich.console import Console

    from training.run.runner import run_training

    (folder / "photos").mkdir()
    write_photos(folder / "photos", num_train=10, num_validation=4)
    config = apply_overrides(load_recipe("eccv16_small_photos"), _SHORT)
    workdir = folder / "run"
    yield
    run_training(config, workdir, folder / "photos", console=Console())


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a POSIX signal")
def test_run_killed_at_any_point_of_it_goes_on_to_the_same_end(tmp_path, start):
    *killed, whole = kill_at_each_point(train_tiny, tmp_path, most=10)
    assert len(killed) == 10
    for folder in killed:
        process = start(
            "eccv16_small_photos", folder / "photos", folder / "run", _SHORT
        )
        output, _ = process.communicate(timeout=_TIMEOUT)
        assert process.returncode == 0, output
        for name in ("log.csv", "config.json", "run.lock"):
            text = (folder / "run" / name).read_text()
            assert text == (whole / "run" / name).read_text()
        state = "run/checkpoints/step-00000006/state.npz"
        _assert_same_arrays(folder / state, whole / state)
        assert not list((folder / "run").rglob(f"{PART_PREFIX}*"))


def _assert_same_arrays(path, other_path):
    with np.load(path) as arrays, np.load(other_path) as others:
        assert arrays.files == others.files
        for name in arrays.files:
            np.testing.assert_array_equal(arrays[name], others[name], name)
        return arrays.files


def _start(recipe, data, workdir, settings):
    command = [sys.executable, "-m", "training.train"]
    command += ["--config", recipe, "--workdir", str(workdir)]
    command += ["--data", str(data)]
    for setting in settings:
        command += ["--set", setting]
    return subprocess.Popen(
        command,
        cwd=_ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait_for(path, process):
    deadline = time.monotonic() + _TIMEOUT
    while not path.exists():
        if process.poll() is not None:
            pytest.fail(f"{path} was not written.\n{process.stdout.read()}")
        if time.monotonic() > deadline:
            pytest.fail(f"{path} was not written in {_TIMEOUT} s.")
        time.sleep(0.005)
