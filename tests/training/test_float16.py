"""Runs in mixed float16: losses are scaled, and the scale comes back too."""

import csv
import json

import keras
import numpy as np
import pytest
from rich.console import Console

from tests.models.tiny import tiny_overrides
from training.overrides import apply_overrides
from training.overrides import load_recipe
from training.run.checkpoints import list_checkpoints
from training.run.runner import run_training

_SETTINGS = (
    "data.resize_short=72",
    "data.crop_size=64",
    "data.batch_size=3",
    "epochs=2",
    "steps_per_epoch=2",
    "data.validation_limit=4",
    "samples.count=0",
    "deterministic_ops=true",
    "precision=mixed_float16",
)
# No ECCV16: on a CPU TensorFlow has no gradient of dilated float16 kernels.
_PLAIN = (
    f"model.overrides={json.dumps(tiny_overrides('lite_resnet18'))}",
    "model.encoder_weights=none",
    "schedule.warmup_steps=2",
    "loss.prior_photos=8",
    "optimizer.ema=0.9",
)
_ADVERSARIAL = (
    f"model.overrides={json.dumps(tiny_overrides('ddcolor'))}",
    'adversary.discriminator_overrides={"filters": 4}',
    "adversary.perceptual_weights=none",
)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["lite_photos", "ddcolor_nano_photos"])
def test_a_stopped_run_goes_on_with_weights_average_and_loss_scale(
    recipe, photo_folder, tmp_path
):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("deterministic ops are a switch of TensorFlow")
    adversarial = recipe == "ddcolor_nano_photos"
    settings = _ADVERSARIAL if adversarial else _PLAIN
    config = apply_overrides(load_recipe(recipe), [*settings, *_SETTINGS])
    for name, stops in (("whole", [None]), ("stopped", [2, None])):
        for max_steps in stops:
            run_training(
                config,
                tmp_path / name,
                photo_folder,
                max_steps=max_steps,
                console=Console(quiet=True),
            )
    arrays, others = (
        _read_last_checkpoint(tmp_path / name) for name in ("whole", "stopped")
    )
    for name, array in arrays.items():
        assert array.dtype != np.float16, name
        np.testing.assert_array_equal(others[name], array, name)
    scales = [name for name in arrays if "dynamic_scale" in name]
    assert len(scales) == 1 + adversarial
    for name in scales:
        # 2**15 at first; halved by a step that is left out.
        assert 1.0 < arrays[name] <= 2.0**15
    with open(tmp_path / "whole" / "log.csv") as file:
        rows = list(csv.DictReader(file))
    for name, value in rows[-1].items():
        assert np.isfinite(float(value)), name


def _read_last_checkpoint(workdir):
    *_, last = list_checkpoints(workdir / "checkpoints")
    with np.load(last / "state.npz") as arrays:
        return dict(arrays)
