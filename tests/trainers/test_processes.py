"""A killed training comes back whole; two replicas train as one."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("runs on TensorFlow", allow_module_level=True)

ROOT = pathlib.Path(__file__).parents[2]
TIMEOUT = 600  # seconds; a process takes about 10 on an idle machine


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.trainers.worker", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def result_of(process):
    output, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a POSIX signal")
def test_backup_of_a_killed_run_brings_back_both_optimizers(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    expected = result_of(start("backup", whole))
    assert expected["iterations"] == [8, 8]

    (killed / "wait").touch()
    process = start("backup", killed)
    deadline = time.monotonic() + TIMEOUT
    while not (killed / "waiting").exists():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=TIMEOUT)
    assert process.returncode == -signal.SIGKILL

    (killed / "wait").unlink()
    resumed = result_of(start("backup", killed))
    assert resumed["epochs"] == [2, 3]
    assert resumed["iterations"] == [8, 8]
    # Momentum came back as well: the losses go on as if never stopped.
    for name in ("g_loss", "d_loss"):
        assert resumed[name] == pytest.approx(expected[name][2:], rel=1e-5)


def test_two_replicas_train_as_one_device_does():
    one, two = start("replicas", 1), start("replicas", 2)
    one, two = result_of(one), result_of(two)
    assert (one.pop("replicas"), two.pop("replicas")) == (1, 2)
    assert set(one) == set(two)
    for name, values in one.items():
        # Biases before an instance norm are nothing but rounding, 1e-9.
        assert two[name] == pytest.approx(values, rel=1e-3, abs=1e-6), name
