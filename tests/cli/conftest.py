import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.serving import tiny_models

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """Path of a model file that adds SHIFT to every pixel."""
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    path.write_bytes(tiny_models.photo_model())
    return path


@pytest.fixture
def start():
    """Function that starts the real command; what still runs is killed."""
    processes = []

    def start(*arguments, **options):
        process = subprocess.Popen(
            [sys.executable, "-m", "keras_colorize.cli", *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            start_new_session=True,
            **{
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                **options,
            },
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def run(start):
    """Function that runs the real command: exit code, stdout, stderr."""

    def run(*arguments, stdin=b""):
        process = start(*arguments)
        stdout, stderr = process.communicate(stdin)
        return process.returncode, stdout, stderr.decode()

    return run


@pytest.fixture
def wait_until():
    """Function that waits for a condition, and fails after a minute.

    Or as soon as the process that is to bring it about has ended.
    """

    def wait_until(is_true, process):
        deadline = time.monotonic() + 60
        while not is_true():
            if process.poll() is not None:
                assert is_true(), process.stderr.read().decode()
                return
            assert time.monotonic() < deadline, "waited for a minute"
            time.sleep(0.02)

    return wait_until
