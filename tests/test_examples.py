"""The examples run as the README says, and explain what they cannot use."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]


def run_finetune(*arguments):
    return subprocess.run(
        [sys.executable, ROOT / "examples/finetune.py", *map(str, arguments)],
        capture_output=True,
        text=True,
    )


def write_photos(folder, count):
    """Photos of one kind: a blue sky above green ground."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(count):
        photo = np.empty((70, 90, 3))
        photo[:35] = (90, 140, 220)
        photo[35:] = (70, 150, 60)
        photo += rng.normal(0, 12, photo.shape) + rng.normal(0, 10)
        photo = photo.clip(0, 255).astype("uint8")
        Image.fromarray(photo).save(folder / f"{i}.jpg")
    return folder


@pytest.mark.parametrize(
    "count, message", [(None, "is not a folder"), (3, "3 color photos")]
)
def test_finetuning_says_what_it_needs(tmp_path, count, message):
    folder = tmp_path / "photos"
    if count:
        write_photos(folder, count)
    done = run_finetune(folder)
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_finetuning_improves_the_photos_that_were_held_out(tmp_path):
    photos = write_photos(tmp_path / "photos", 24)
    output = tmp_path / "finetuned.onnx"
    done = run_finetune(
        photos, "--output", output, "--minutes", 1, "--learning-rate", 3e-4
    )
    assert done.returncode == 0, done.stderr
    lines = {
        line.split(":")[0].strip(): line for line in done.stdout.splitlines()
    }
    before, after = (
        float(lines[name].split("PSNR")[1].split("dB")[0])
        for name in ("before", "after")
    )
    assert after > before + 3
    inputs = onnxruntime.InferenceSession(
        output, providers=["CPUExecutionProvider"]
    ).get_inputs()
    assert inputs[0].name == "image"
