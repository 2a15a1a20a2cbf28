import json

import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner

from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.color.cielab_numpy import rgb_to_lab
from training.baselines import app
from training.baselines import measure_baselines
from training.config import DataConfig
from training.config import LossConfig
from training.config import ModelConfig
from training.config import TrainConfig
from training.overrides import config_to_json

COLOR = (200, 100, 50)
LAB = rgb_to_lab(np.float32([[COLOR]]) / 255)[0, 0]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Photos of a single color, 2 to train with and 3 to validate with."""
    folder = tmp_path_factory.mktemp("flat")
    for split, count in (("train", 2), ("val", 3)):
        (folder / split).mkdir()
        for i in range(count):
            photo = Image.new("RGB", (40 + i, 36), COLOR)
            photo.save(folder / split / f"{i}.png")
    return folder


def config_of(model, loss, **data):
    settings = {"resize_short": 32, "crop_size": 32, "batch_size": 2, **data}
    return TrainConfig(
        model=ModelConfig(name=model),
        data=DataConfig(**settings),
        loss=LossConfig(name=loss, prior=None),
    )


def test_command_writes_what_gray_and_the_mean_color_would_lose(
    photos, tmp_path
):
    config = config_of("autoencoder_32", "rgb_mse")
    (tmp_path / "config.json").write_text(config_to_json(config))
    result = CliRunner().invoke(
        app, ["--run", str(tmp_path), "--data", str(photos)]
    )
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "baselines.json").read_text())
    assert report["photos"] == 3
    np.testing.assert_allclose(report["mean_ab"], LAB[1:], atol=0.01)
    # The mean color is that of all photos, whose largest channel is red.
    assert report["mean_color"]["loss"] == pytest.approx(0, abs=1e-6)
    assert report["mean_color"]["accuracy"] == 1.0
    gray = lab_to_rgb(np.float32([[[LAB[0], 0, 0]]]))[0, 0]
    loss = np.mean((np.float32(COLOR) / 255 - gray) ** 2)
    assert report["gray"]["loss"] == pytest.approx(loss, rel=1e-3)


@pytest.mark.parametrize(
    "model, loss, name, expected",
    [
        ("eccv16_l2_small", "ab_l2", "loss", np.square(LAB[1:]).sum() / 2),
        ("pix2pix_small", "adversarial", "l1", np.abs(LAB[1:]).mean()),
    ],
)
def test_gray_loses_the_chroma_where_the_loss_is_on_ab(
    photos, model, loss, name, expected
):
    config = config_of(model, loss, resize_short=64, crop_size=64)
    report = measure_baselines(config, photos, Console(quiet=True))
    assert report["gray"] == {name: pytest.approx(expected, rel=1e-3)}
    assert report["mean_color"] == {name: pytest.approx(0, abs=1e-3)}


def test_distributions_and_runs_without_validation_are_refused(photos):
    config = config_of("eccv16_small", "crossentropy")
    with pytest.raises(ValueError, match="compares distributions"):
        measure_baselines(config, photos, Console(quiet=True))
    config = config_of("autoencoder_32", "rgb_mse", validation_limit=0)
    with pytest.raises(ValueError, match="validation_limit=0"):
        measure_baselines(config, photos, Console(quiet=True))
