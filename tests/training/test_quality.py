import csv
import json

import numpy as np
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
from training.measure.settings import Choice

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
    assert len(report["targets"]) == 10
    assert len(report["curve"]["val"]) == len(report["curve"]["bench"]) == 10
    text = (out / "quality.md").read_text()
    for row in report["targets"]:
        assert f"| {row['measure']} |" in text
    assert text.count("| yes |") + text.count("| no |") == 10
    with open(out / "curve.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["photos"] for row in rows] == ["bench"] * 10 + ["val"] * 10
    assert [row["temperature"] for row in rows][5:7] == ["0.25", ""]
    with Image.open(out / "failures.jpg") as sheet:
        assert sheet.width > 4 * 40


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


def fade_or_keep(image, options):
    """Halves the color of dark photos and keeps that of bright ones."""
    lab = rgb_to_lab(image.astype(np.float32) / 255.0)
    factor = 0.5 if image.mean() < 110 else 1.0
    lab[..., 1:] *= np.float32(factor * options.strength)
    return np.rint(lab_to_rgb(lab) * 255.0).astype(np.uint8)


def test_vivid_is_chosen_on_validation_photos_only(tmp_path):
    # Double strength restores the dark validation photos exactly; of the
    # bright bench photos plain strength is perfect.
    val, bench = [], []
    for i in range(2):
        photo = textured_photo(24, 30 + i, seed=i)
        dark, bright = photo // 4 + 40, photo // 4 + 150
        val.append(write_photo(tmp_path / "val" / f"{i}.png", dark))
        bench.append(write_photo(tmp_path / "bench" / f"{i}.png", bright))
    predictor = Predictor(
        run=fade_or_keep,
        contract=Contract(
            model="faded",
            weights="",
            head="photo",
            optional_inputs=frozenset({"strength"}),
            fixed_size=None,
            network_size=256,
            facts={},
        ),
        options=ColorizeOptions(),
        description={"model": "faded"},
        metadata={},
        folder=tmp_path,
    )

    def measure(vivid):
        return measure_quality(
            predictor,
            Photos(bench, val, val, bench),
            (0.0, 0.0),
            vivid,
            100,
            Console(quiet=True),
        )

    chosen = measure(None)
    assert chosen.report["settings"]["vivid"]["strength"] == 2.0
    image = textured_photo(24, 30, seed=5)
    np.testing.assert_array_equal(
        chosen.colorizers["vivid"](image),
        fade_or_keep(image, ColorizeOptions(strength=2.0)),
    )
    curve = chosen.report["curve"]["bench"]
    best = max(curve, key=lambda row: row["psnr"]["value"])
    assert best["strength"] == 1.0  # what the bench would have chosen
    assert chosen.bench.paths == bench
    # The folder holds no Keras weights; the report says what was left out.
    assert "config.json" in chosen.report["robustness"]["not_measured"]
    assert len(chosen.report["targets"]) == 8
    given = measure(Choice(ColorizeOptions(strength=1.25), "the command line"))
    assert given.report["settings"]["vivid"] == {
        "temperature": None,
        "strength": 1.25,
        "label": "strength 1.25",
        "from": "the command line",
    }
