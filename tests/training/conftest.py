"""A generated data set and a tiny configuration for the training tests."""

import csv
import pathlib

import numpy as np
import pytest
from PIL import Image

# `--set` values that turn eccv16_small_photos into seconds of work.
TINY_SETTINGS = (
    # Narrow; everything else as in eccv16_small.
    'model.overrides={"stackwise_filters": [4, 4, 6, 6, 6, 6, 6, 4]}',
    "data.resize_short=40",
    "data.crop_size=32",
    "data.batch_size=3",
    "epochs=5",
    "steps_per_epoch=3",
    "schedule.warmup_steps=2",
    "data.validation_limit=4",
    "samples.count=2",
    "loss.prior_photos=8",
    "deterministic_ops=true",
    "precision=float32",
)


@pytest.fixture(scope="session")
def tiny_settings():
    """See `TINY_SETTINGS`."""
    return TINY_SETTINGS


@pytest.fixture(scope="session")
def photo_folder(tmp_path_factory):
    """14 colorful photos of 40 x 56 pixels, 4 of them for validation."""
    folder = tmp_path_factory.mktemp("photos")
    write_photos(folder, num_train=10, num_validation=4)
    return folder


@pytest.fixture(scope="session")
def tiny_preset(tmp_path_factory):
    """Preset folder of a tiny eccv16_small that knows its mean color."""
    from keras_colorize.models.registry import create_model
    from tests.models.tiny import tiny_overrides

    model = create_model("eccv16_small", **tiny_overrides("eccv16_small"))
    # Fresh scores are nearly equal: no temperature would change them.
    kernel = model.get_layer("q_logits").kernel
    kernel.assign(100 * kernel)
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    model.save_to_preset(folder, {"mean_ab": [2.0, 5.0]})
    return folder


def write_photos(
    folder: pathlib.Path, num_train: int, num_validation: int
) -> None:
    rng = np.random.default_rng(7)
    rows = []
    for i in range(num_train + num_validation):
        label = ("lake", "field")[i % 2]
        (folder / label).mkdir(exist_ok=True)
        name = f"{label}/{i:03d}.png"
        Image.fromarray(smooth_photo(rng, 40, 56)).save(folder / name)
        split = "train" if i < num_train else "val"
        rows.append((name, "made", label, 56, 40, split))
    with open(folder / "index.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "set", "label", "width", "height", "split"))
        writer.writerows(rows)


def smooth_photo(rng, height: int, width: int) -> np.ndarray:
    """A colorful gradient with some noise, uint8 (height, width, 3)."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j][..., None]
    corners = rng.uniform(20, 235, (4, 3))
    photo = (
        corners[0] * (1 - y) * (1 - x)
        + corners[1] * (1 - y) * x
        + corners[2] * y * (1 - x)
        + corners[3] * y * x
    )
    photo = photo + rng.normal(0, 6, (height, width, 3))
    return np.clip(np.rint(photo), 0, 255).astype(np.uint8)
