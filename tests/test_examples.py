"""The examples run as the README says, and explain what they cannot use."""

import subprocess
import sys
from pathlib import Path

import onnxruntime
import pytest

from keras_colorize.presets import find_shipped
from keras_colorize.presets import read_metadata
from tests.helpers import write_sky_photos

ROOT = Path(__file__).parents[1]


def run_finetune(*arguments):
    return subprocess.run(
        [sys.executable, ROOT / "examples/finetune.py", *map(str, arguments)],
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "count, message", [(None, "is not a folder"), (3, "3 color photos")]
)
def test_finetuning_says_what_it_needs(tmp_path, count, message):
    folder = tmp_path / "photos"
    if count:
        write_sky_photos(folder, count)
    done = run_finetune(folder)
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_finetuning_improves_the_photos_that_were_held_out(tmp_path):
    photos = write_sky_photos(tmp_path / "photos", 24)
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
    session = onnxruntime.InferenceSession(
        output, providers=["CPUExecutionProvider"]
    )
    assert session.get_inputs()[0].name == "image"
    said = session.get_modelmeta().custom_metadata_map["license"]
    start = read_metadata(find_shipped("lite").folder)
    assert said == start["license"]  # fine-tuning does not change it
