"""What type checkers see of the installed wheel."""

import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import numpy as np
from keras_colorize import ColorizeSession
from keras_colorize import Hint
from keras_colorize import colorize
from keras_colorize import list_models

session = ColorizeSession("lite")
image: np.ndarray = session.colorize_array(np.zeros((8, 9, 3), np.uint8))
names: list[str] = list_models("lite*")
hint = Hint(x=1, y=2, radius=3, color="navy")
wrong: int = session.colorize_array(image)
colorize("photo.jpg", strengt=2.0)
"""
# Lines of CODE that are mistakes.
WRONG = [12, 13]
CHECKERS = {
    "mypy": ["mypy", "--ignore-missing-imports", "--no-incremental"],
    "pyright": ["basedpyright", "--level", "error"],
}


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_types_of_the_wheel_are_seen(install, tmp_path, checker):
    python = install()
    (tmp_path / "code.py").write_text(CODE)
    program, *options = CHECKERS[checker]
    where = "--python-executable" if checker == "mypy" else "--pythonpath"
    result = subprocess.run(
        [
            str(Path(sys.executable).parent / program),
            *options,
            *(where, str(python), "code.py"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    said = [line for line in result.stdout.splitlines() if "error" in line]
    said = [line.split("code.py:")[1] for line in said if "code.py:" in line]
    numbers = sorted({int(line.split(":")[0]) for line in said})
    assert numbers == WRONG, result.stdout + result.stderr
