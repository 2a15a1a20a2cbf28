import csv
import json
import shutil

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from keras_colorize.errors import SettingError
from keras_colorize.models.registry import create_model
from keras_colorize.serving.options import ColorizeOptions
from training import evaluate
from training.measure.inputs import mean_ab_of_prior
from training.measure.inputs import resolve_mean_ab
from training.measure.predictors import load_predictor

_TINY = (4, 4, 6, 6, 6, 6, 6, 4)


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    model = create_model("eccv16_small", stackwise_filters=_TINY)
    # Fresh scores are nearly equal: no temperature would change them.
    kernel = model.get_layer("q_logits").kernel
    kernel.assign(100 * kernel)
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    model.save_to_preset(folder, {"mean_ab": [2.0, 5.0]})
    return folder


@pytest.fixture
def photos(photo_folder, tmp_path):
    """3 photos of two sizes, and files that cannot be scored."""
    folder = tmp_path / "photos"
    shutil.copytree(photo_folder / "field", folder / "field")
    for path in sorted((folder / "field").iterdir())[3:]:
        path.unlink()
    turned = Image.open(next((folder / "field").iterdir())).rotate(90, expand=1)
    turned.save(folder / "turned.png")
    (folder / "text.jpg").write_text("not a photo")
    (folder / "empty.png").write_bytes(b"")
    Image.new("RGB", (30, 40), (90, 90, 90)).save(folder / "gray.png")
    Image.new("RGB", (30, 5), (200, 90, 90)).save(folder / "low.png")
    return folder


def test_evaluation_writes_metrics_table_and_sheet(preset, photos, tmp_path):
    out = tmp_path / "out"
    result = CliRunner().invoke(
        evaluate.app,
        [
            *("--model", str(preset), "--data", str(photos)),
            *("--out", str(out), "--network-size", "32"),
            *("--resamples", "100"),
        ],
    )
    assert result.exit_code == 0, result.output
    report = json.loads((out / "metrics.json").read_text())
    assert report["num_photos"] == 4
    assert report["settings"]["mean_ab"] == [2.0, 5.0]
    assert report["settings"]["class_prior"] == "of the true photos"
    skipped = {entry["file"].split("/")[-1] for entry in report["skipped"]}
    assert skipped == {"text.jpg", "empty.png", "gray.png", "low.png"}
    for method in ("model", "gray", "mean_color"):
        for name, entry in report["methods"][method].items():
            low, high = entry["interval_95"]
            assert low <= entry["value"] <= high, (method, name)
    assert report["methods"]["gray"]["colorfulness"]["value"] < 0.5
    with open(out / "photos.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows][-1] == "turned.png"
    assert len(rows) == 4
    with Image.open(out / "sheet.jpg") as sheet:
        assert sheet.width > 3 * 40


def test_strength_zero_is_the_gray_baseline(preset, photo_folder):
    predictor = load_predictor(
        str(preset), network_size=32, options=ColorizeOptions(strength=0.0)
    )
    image = np.asarray(Image.open(photo_folder / "lake" / "000.png"))
    gray = predictor.colorizer()(image)
    assert gray.shape == image.shape
    assert int(np.ptp(gray, axis=-1).max()) <= 1


def test_temperature_changes_the_colors(preset, photo_folder):
    image = np.asarray(Image.open(photo_folder / "lake" / "000.png"))
    predictor = load_predictor(str(preset), network_size=32)
    results = [
        predictor.colorizer(ColorizeOptions(temperature=temperature))(image)
        for temperature in (0.05, 1.0)
    ]
    assert (results[0] != results[1]).any()


def test_weights_file_of_a_registered_model_can_be_evaluated(tmp_path):
    path = tmp_path / "a.weights.h5"
    create_model("eccv16_l2_small").save_weights(path)
    predictor = load_predictor(
        str(path), arch="eccv16_l2_small", network_size=16
    )
    black = np.zeros((20, 24, 3), np.uint8)
    assert predictor.colorizer()(black).shape == black.shape
    warm = ColorizeOptions(temperature=0.5)
    with pytest.raises(SettingError, match="takes no temperature"):
        load_predictor(str(path), arch="eccv16_l2_small", options=warm)
    with pytest.raises(SettingError, match="takes no temperature"):
        predictor.colorizer(warm)


def test_mean_color_comes_from_the_training_photos():
    assert resolve_mean_ab("3,-4.5", {}) == (3.0, -4.5)
    assert resolve_mean_ab(None, {"mean_ab": [1, 2]}) == (1.0, 2.0)
    with pytest.raises(ValueError, match="does not have. Give --mean-ab"):
        resolve_mean_ab(None, {})
    with pytest.raises(ValueError, match="two numbers A,B"):
        resolve_mean_ab("3", {})


def test_mean_color_of_a_prior_is_its_expectation(tmp_path):
    prior = np.zeros(313)
    prior[[120, 0]] = 0.75, 0.25  # bins (0, 0) and (-90, 50)
    assert mean_ab_of_prior(prior) == (-22.5, 12.5)
    np.save(tmp_path / "prior.npy", prior)
    path = str(tmp_path / "prior.npy")
    assert resolve_mean_ab(path, {}) == (-22.5, 12.5)
