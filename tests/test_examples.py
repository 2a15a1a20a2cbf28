"""The examples run as the README says, and explain what they cannot use."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import onnxruntime
import pytest

from keras_colorize import ColorizeSession
from keras_colorize.presets import find_shipped
from keras_colorize.presets import read_metadata
from tests.helpers import write_sky_photos

ROOT = Path(__file__).parents[1]


def run_finetune(*arguments):
    # As a user has it: the tests themselves keep TensorFlow quiet.
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TF_CPP")}
    return subprocess.run(
        [sys.executable, ROOT / "examples/finetune.py", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=clean,
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
        photos, "--output", output, "--steps", 25, "--learning-rate", 3e-4
    )
    assert done.returncode == 0, done.stderr
    # Nor TensorFlow's words about the machine.
    assert re.findall(r"^[IWE]0000.*", done.stderr, flags=re.MULTILINE) == []
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
    said = session.get_modelmeta().custom_metadata_map
    start = read_metadata(find_shipped("lite").folder)
    assert said["license"] == start["license"]  # fine-tuning keeps it
    # The shipped natural look would overshoot.
    ratio = re.search(r"natural: ([\d.]+) of the photos'", done.stdout)
    assert float(ratio[1]) == pytest.approx(0.8, abs=0.03)
    looks = json.loads(said["looks"])
    assert looks["natural"] != ColorizeSession("lite").contract.looks["natural"]
