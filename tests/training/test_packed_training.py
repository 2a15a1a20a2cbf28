"""Packed photos train under each backend, also where TensorFlow is missing."""

import csv
import importlib.util
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from keras_colorize.data.packed import PackedWriter

ROOT = pathlib.Path(__file__).parents[2]
# Makes TensorFlow look as if it were not installed.
HIDE_TENSORFLOW = """
import importlib.machinery
import sys


class PathFinder(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.split(".")[0] == "tensorflow":
            return None
        return super().find_spec(name, path, target)


sys.meta_path[:] = [
    PathFinder if finder is importlib.machinery.PathFinder else finder
    for finder in sys.meta_path
]
"""
# Twice the same run; the second time with a stop after the first epoch.
TRAIN = """
import pathlib
import sys

from training.overrides import apply_overrides
from training.overrides import load_recipe
from training.run.runner import run_training

folder = pathlib.Path(sys.argv[1])
recipe = load_recipe("eccv16_small_photos")
config = apply_overrides(recipe, sys.argv[2:])
run_training(config, folder / "whole", folder / "packed")
run_training(config, folder / "resumed", folder / "packed", max_steps=2)
run_training(config, folder / "resumed", folder / "packed")
print("tensorflow imported:", "tensorflow" in sys.modules)
"""


def not_installed(name):
    return pytest.mark.skipif(
        importlib.util.find_spec(name) is None,
        reason=f"{name} is in the extra [backends]",
    )


@pytest.mark.parametrize(
    "backend",
    [
        # Of photos in files it is tested in test_resume.
        pytest.param("tensorflow", marks=pytest.mark.slow),
        pytest.param("jax", marks=not_installed("jax")),
        pytest.param("torch", marks=not_installed("torch")),
    ],
)
def test_packed_run_resumes_exactly(
    backend, photo_folder, tiny_settings, tmp_path
):
    pack_folder(photo_folder, tmp_path / "packed")
    settings = [*tiny_settings, "epochs=2", "steps_per_epoch=2"]
    settings += [
        "data.degradation.probability=0.5",
        "data.average_truth=true",
        "samples.count=0",
    ]
    settings += [f"deterministic_ops={backend == 'tensorflow'}".lower()]
    output = run(backend, tmp_path, settings)
    expected = backend == "tensorflow"
    assert f"tensorflow imported: {expected}" in output
    assert "Resuming after epoch 1, step 2." in output
    log = (tmp_path / "whole" / "log.csv").read_text()
    assert (tmp_path / "resumed" / "log.csv").read_text() == log
    rows = list(csv.DictReader(log.splitlines()))
    assert [row["step"] for row in rows] == ["2", "4"]
    assert all(float(row["val_loss"]) < 10 for row in rows)
    state = "checkpoints/step-00000004/state.npz"
    with (
        np.load(tmp_path / "whole" / state) as whole,
        np.load(tmp_path / "resumed" / state) as resumed,
    ):
        for name in whole.files:
            np.testing.assert_array_equal(whole[name], resumed[name], name)


def test_no_tensorflow_switch_on_another_backend(tmp_path):
    pytest.importorskip("jax")
    code = "from training.run.runner import run_training\n"
    code += "from training.config import TrainConfig\n"
    code += "import pathlib\n"
    code += "run_training(TrainConfig(deterministic_ops=True), pathlib.Path())"
    result = start("jax", tmp_path, ["-c", code], cwd=tmp_path)
    assert "is a switch of TensorFlow. Received: backend 'jax'" in result.stderr


def pack_folder(photo_folder, packed):
    with PackedWriter(packed) as writer:
        with open(photo_folder / "index.csv") as file:
            for row in csv.DictReader(file):
                with Image.open(photo_folder / row["file"]) as photo:
                    pixels = np.asarray(photo)
                writer.add(pixels, row["file"], row["split"], row["label"])


def run(backend, folder, settings):
    result = start(backend, folder, ["-c", TRAIN, str(folder), *settings])
    assert result.returncode == 0, result.stderr
    return result.stdout


def start(backend, folder, arguments, cwd=ROOT):
    path = [str(ROOT)]
    if backend != "tensorflow":
        hidden = folder / "hide"
        hidden.mkdir()
        (hidden / "sitecustomize.py").write_text(HIDE_TENSORFLOW)
        path.insert(0, str(hidden))
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "PYTHONPATH": os.pathsep.join(path),
        },
        capture_output=True,
        text=True,
    )
