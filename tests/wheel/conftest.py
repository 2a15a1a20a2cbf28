"""The built wheel in environments of its own, as users install it."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """Path of the wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run_python(sys.executable, *PIP, "wheel", "--no-deps", "-w", folder, ROOT)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def install(wheel, tmp_path_factory):
    """Function that installs the wheel with extras; returns the Python."""

    def install(extras=""):
        folder = tmp_path_factory.mktemp("environment")
        venv.create(folder, with_pip=True)
        python = folder / "bin" / "python"
        wanted = f"keras-colorize{extras} @ {wheel.as_uri()}"
        constraints = ROOT / "constraints.txt"
        run_python(python, *PIP, "install", "-c", constraints, wanted)
        return python

    return install


def run_python(python, *arguments):
    """Runs a Python that does not see this checkout; returns its stdout."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    result = subprocess.run(
        [str(python), *map(str, arguments)],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
