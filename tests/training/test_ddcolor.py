"""DDColor learns on real photos without ever leaving the numbers."""

import pathlib

import keras
import pytest
from rich.console import Console

from tests.models.tiny import tiny_overrides
from training.config import changed
from training.overrides import load_recipe
from training.run.runner import run_training

PHOTOS = pathlib.Path(__file__).parents[3] / "shared" / "data" / "photos160"


@pytest.mark.slow
@pytest.mark.parametrize(
    "precision", ["float32", "mixed_bfloat16", "mixed_float16"]
)
def test_three_hundred_steps_on_photos_stay_finite(precision, tmp_path):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("adversarial training runs on TensorFlow")
    if not PHOTOS.is_dir():
        pytest.skip(f"needs a folder of real photos at {PHOTOS}")
    config = changed(
        load_recipe("ddcolor_nano_photos"),
        model={"overrides": tiny_overrides("ddcolor")},
        data={"limit": 400, "validation_limit": 16, "batch_size": 4},
        adversary={
            "discriminator_overrides": {"filters": 8},
            "perceptual_weights": None,
        },
        samples={"count": 0},
        epochs=3,
        steps_per_epoch=100,
        precision=precision,
    )
    # A loss or a weight that is not finite raises.
    run_training(config, tmp_path, PHOTOS, console=Console(quiet=True))
    rows = (tmp_path / "log.csv").read_text().splitlines()
    # Of mixed float16 those are left out whose scaled loss is too large.
    most_left_out = 10 if precision == "mixed_float16" else 0
    assert len(rows) == 4
    assert 300 - most_left_out <= int(rows[-1].split(",")[1]) <= 300
