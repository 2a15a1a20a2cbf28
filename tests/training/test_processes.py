"""Several processes, or devices, train the model that one would train."""

import csv
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.training.test_packed_training import not_installed
from tests.training.test_packed_training import pack_folder

ROOT = Path(__file__).parents[2]
TIMEOUT = 900  # seconds; the longest test takes two minutes on an idle machine


@pytest.fixture
def packed(photo_folder, tmp_path):
    pack_folder(photo_folder, tmp_path / "packed")
    return tmp_path / "packed"


@pytest.fixture
def start(packed, tiny_settings):
    """Function that starts a training process; what still runs is killed."""
    started = []

    def start(workdir, *arguments, **environ):
        settings = [*tiny_settings, "deterministic_ops=false", "epochs=2"]
        settings += [
            "steps_per_epoch=2",
            "samples.count=0",
            "data.batch_size=4",
        ]
        settings += ["data.degradation.probability=0.5"]
        command = ["-m", "training.train", "--config", "eccv16_small_photos"]
        command += ["--workdir", str(workdir), "--data", str(packed)]
        command += [f"--set={setting}" for setting in settings]
        process = subprocess.Popen(
            [sys.executable, *command, *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "KERAS_BACKEND": "jax",
                "JAX_PLATFORMS": "cpu",
                "PYTHONPATH": str(ROOT),
                **environ,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def finish(*processes):
    """Waits for processes that must all end well; returns what they said."""
    said = [process.communicate(timeout=TIMEOUT)[0] for process in processes]
    assert all(process.returncode == 0 for process in processes), said
    return said


def assert_same_run(workdir, other):
    rows, others = (
        list(csv.DictReader((folder / "log.csv").read_text().splitlines()))
        for folder in (workdir, other)
    )
    assert [row["step"] for row in rows] == ["2", "4"]
    for row, another in zip(rows, others, strict=True):
        assert row.keys() == another.keys()
        for name, value in row.items():
            assert float(value) == pytest.approx(float(another[name]), rel=1e-5)
    state = "checkpoints/step-00000004/state.npz"
    with (
        np.load(workdir / state) as arrays,
        np.load(other / state) as expected,
    ):
        assert arrays.files == expected.files
        for name in arrays.files:
            np.testing.assert_allclose(
                arrays[name], expected[name], atol=2e-4, err_msg=name
            )


@pytest.mark.slow
@not_installed("jax")
def test_two_processes_train_as_one_and_one_goes_on(start, tmp_path):
    finish(start(tmp_path / "one"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    two = ["--coordinator", f"127.0.0.1:{port}", "--num-processes", "2"]
    first, second = finish(
        *(
            start(tmp_path / "two", *two, "--process-id", i, "--steps", "2")
            for i in "01"
        )
    )
    assert "Weights of step 2" in first
    assert "Weights of step" not in second  # one of them speaks and writes
    (checkpoint,) = (tmp_path / "two" / "checkpoints").iterdir()
    assert checkpoint.name == "step-00000002"
    # Another number of processes goes on.
    (said,) = finish(start(tmp_path / "two"))
    assert "Resuming after epoch 1, step 2." in said
    assert_same_run(tmp_path / "two", tmp_path / "one")


@pytest.mark.slow
@not_installed("jax")
def test_two_devices_of_one_process_train_as_one(start, tmp_path):
    flags = "--xla_force_host_platform_device_count=2"
    finish(
        start(tmp_path / "one"),
        start(tmp_path / "two", XLA_FLAGS=flags),
    )
    assert_same_run(tmp_path / "two", tmp_path / "one")


@pytest.mark.slow
@not_installed("jax")
def test_batches_without_equal_parts_are_refused(start, tmp_path):
    flags = "--xla_force_host_platform_device_count=3"
    process = start(tmp_path / "run", XLA_FLAGS=flags)
    said, _ = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2
    assert "must be a multiple of 3" in said and "Traceback" not in said


@pytest.mark.slow
def test_other_backends_train_in_one_process(start, tmp_path):
    process = start(
        tmp_path / "run",
        *("--coordinator", "127.0.0.1:1", "--num-processes", "2"),
        *("--process-id", "0"),
        KERAS_BACKEND="tensorflow",
    )
    said, _ = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2
    assert "under JAX alone" in said and "Traceback" not in said
