import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START = """
import sys
from keras_colorize.cli.quiet import start_tensorflow
start_tensorflow()
import tensorflow as tf
tf.matmul(tf.ones((3, 3)), tf.ones((3, 3)))
print("heard", file=sys.stderr)
"""


def start(code, path=(), **environment):
    quiet = {k: v for k, v in os.environ.items() if not k.startswith("TF_CPP")}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={
            **quiet,
            "PYTHONPATH": os.pathsep.join([*map(str, path), str(ROOT)]),
            **environment,
        },
        capture_output=True,
        text=True,
    )


@pytest.mark.skipif(
    Path("/dev/nvidia0").exists(), reason="drivers say something of their own"
)
def test_tensorflow_starts_without_a_word():
    result = start(START, KERAS_BACKEND="tensorflow")
    assert result.returncode == 0
    assert result.stderr == "heard\n"


def test_a_failing_import_says_what_it_has_said(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import os\nos.write(2, b'no driver')\nraise ImportError('broken')"
    )
    result = start(START, [tmp_path], KERAS_BACKEND="tensorflow")
    assert result.returncode == 1
    assert "no driver" in result.stderr and "broken" in result.stderr


def test_other_backends_and_those_who_listen_are_left_alone(tmp_path):
    code = START.partition("import tensorflow")[0] + (
        "print('tensorflow' in sys.modules)"
    )
    for environment in (
        {"KERAS_BACKEND": "jax"},
        {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "0"},
    ):
        assert start(code, **environment).stdout == "False\n"
