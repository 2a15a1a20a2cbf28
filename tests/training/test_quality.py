import csv
import json

import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner

from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.serving.contract import Contract
from keras_colorize.serving.options import ColorizeOptions
from tests.helpers import textured_photo
from tests.helpers import write_photo
from training import quality
from training.measure.predictors import Predictor
from training.measure.quality import Photos
from training.measure.quality import measure_quality
from training.measure.report import make_markdown

FILES = {
    *("quality.json", "quality.md", "curve.csv", "curve.png"),
    *("failures.jpg", "best.jpg", "legacy.jpg"),
}


def test_one_command_writes_the_whole_report(
    tiny_preset, photo_folder, tmp_path
):
    out = tmp_path / "out"
    result = CliRunner().invoke(
        quality.app,
        [
            *("--model", str(tiny_preset), "--out", str(out)),
            *("--bench", str(photo_folder / "lake")),
            *("--val", str(photo_folder), "--limit", "3"),
            *("--curve-limit", "2", "--robust-limit", "1"),
            *("--resamples", "100"),
        ],
    )
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == FILES
    report = json.loads((out / "quality.json").read_text())
    assert report["photos"] == {
        "bench": 3,
        "val": 3,
        "curve of bench": 3,
        "curve of val": 2,
    }
    assert report["settings"]["mean_ab"] == [2.0, 5.0]
    # A model without looks has the natural one alone.
    assert [row["setting"] for row in report["targets"]] == ["natural"] * 4
    assert len(report["curve"]["val"]) == len(report["curve"]["bench"]) == 10
    text = (out / "quality.md").read_text()
    for row in report["targets"]:
        assert f"| {row['measure']} |" in text
    assert text.count("| yes |") + text.count("| no |") == 4
    with open(out / "curve.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["photos"] for row in rows] == ["bench"] * 10 + ["val"] * 10
    assert [row["temperature"] for row in rows][5:7] == ["0.25", ""]
    with Image.open(out / "failures.jpg") as sheet:
        assert sheet.width > 3 * 40


def test_missing_photos_end_in_a_message_that_names_the_option(
    tiny_preset, photo_folder, tmp_path
):
    for option, other in (("--bench", "--val"), ("--val", "--bench")):
        result = CliRunner().invoke(
            quality.app,
            [
                *("--model", str(tiny_preset), "--out", str(tmp_path / "out")),
                *(option, str(tmp_path / "nothing")),
                *(other, str(photo_folder)),
            ],
        )
        assert result.exit_code == 2
        assert f"Give yours with {option} FOLDER" in result.stderr
        assert not (tmp_path / "out").exists()


def test_folders_of_photos_must_be_named(tiny_preset, photo_folder, tmp_path):
    for option, missing in (("--bench", "--val"), ("--val", "--bench")):
        result = CliRunner().invoke(
            quality.app,
            [
                *("--model", str(tiny_preset), "--out", str(tmp_path / "out")),
                *(option, str(photo_folder)),
            ],
        )
        assert result.exit_code == 2
        assert missing in result.stderr


def halved(image, options):
    """Halves the color, or what a look says of it."""
    lab = rgb_to_lab(image.astype(np.float32) / 255.0)
    factor = {"natural": 0.5, "calm": 0.25}[options.look] * options.strength
    lab[..., 1:] *= np.float32(factor)
    return np.rint(lab_to_rgb(lab) * 255.0).astype(np.uint8)


def test_each_look_of_a_model_is_measured(tmp_path):
    paths = [
        write_photo(tmp_path / f"{i}.png", textured_photo(24, 30 + i, seed=i))
        for i in range(3)
    ]
    predictor = Predictor(
        run=halved,
        contract=Contract(
            model="faded",
            weights="",
            head="photo",
            optional_inputs=frozenset({"strength"}),
            fixed_size=None,
            network_size=256,
            facts={},
            looks={"calm": {}, "natural": {}},
        ),
        options=ColorizeOptions(),
        description={"model": "faded"},
        metadata={},
        folder=tmp_path,
    )
    result = measure_quality(
        predictor,
        Photos(paths[:2], paths, paths[:1], paths[:1], everyday=paths),
        (0.0, 0.0),
        100,
        Console(quiet=True),
        lambda images: np.stack([np.mean(x, axis=(0, 1)) for x in images]),
    )
    report = result.report
    assert report["photos"]["everyday"] == 3
    for summary in report["scores"].values():
        ratios = [
            summary["methods"][look]["colorfulness_ratio"]["value"]
            for look in ("natural", "calm")
        ]
        assert ratios[0] == pytest.approx(2 * ratios[1], rel=0.05)
    # The folder holds no Keras weights; the report says what was left out.
    assert "config.json" in report["robustness"]["not_measured"]
    assert len(report["targets"]) == 9
    settings = {"natural", "calm", "gray", "mean_color"}
    regions = report["regions"]["rows"]
    assert [row["setting"] for row in regions] == ["natural", "calm"]
    assert report["regions"]["photos"] == "everyday"
    assert len(report["kid"]["rows"]) == 2 * len(settings)  # bench has 2 photos
    text = make_markdown(report)
    assert "KID of VGG16 block5_conv1" in text and "| calm |" in text
    assert [*result.colorizers] == ["natural", "calm"]
