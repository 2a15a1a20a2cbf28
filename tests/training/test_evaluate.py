import csv
import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner

from keras_colorize.data.photo_list import list_folder
from training import evaluate
from training.config import DataConfig
from training.run.inputs import count_trained_on
from training.run.inputs import prepare_inputs
from training.run.inputs import remember_photos


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


def test_evaluation_writes_metrics_table_and_sheet(
    tiny_preset, photos, tmp_path
):
    out = tmp_path / "out"
    result = CliRunner().invoke(
        evaluate.app,
        [
            *("--model", str(tiny_preset), "--data", str(photos)),
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
    for name in ("sheet", "best", "worst"):
        with Image.open(out / f"{name}.jpg") as sheet:
            assert sheet.width > 3 * 40
    psnr = {row["file"]: float(row["model_psnr"]) for row in rows}
    for name, highest in (("best", True), ("worst", False)):
        chosen = report["chosen"][name]
        three = sorted(psnr.values(), reverse=highest)[:3]
        assert chosen["model"]["psnr"] == pytest.approx(sum(three) / 3, 1e-4)
        assert {
            psnr[Path(f).relative_to(photos).as_posix()]
            for f in chosen["files"]
        } == set(three)
    assert "best by PSNR" in result.output


def test_photos_that_were_trained_on_are_told(tiny_preset, photos, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(tiny_preset, run / "preset")
    seen = list_folder(photos / "field", "", "train")
    remember_photos(seen, run)
    moved = tmp_path / "elsewhere"
    shutil.copytree(photos, moved)
    result = CliRunner().invoke(
        evaluate.app,
        [
            *("--model", str(run / "preset"), "--data", str(moved)),
            *("--out", str(tmp_path / "out"), "--network-size", "32"),
            *("--resamples", "100"),
        ],
    )
    assert result.exit_code == 0, result.output
    words = " ".join(result.output.split())
    assert "3 of these 4 photos were trained on" in words
    report = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert report["settings"]["trained_on"] == 3
    assert count_trained_on(run / "final.weights.h5", list(seen)) == 3
    assert count_trained_on("lite", list(seen)) == 0


def test_a_run_remembers_its_training_photos(photo_folder, tmp_path):
    config = dataclasses.replace(DataConfig(), validation_limit=0)
    console = Console(quiet=True)
    found = prepare_inputs(config, photo_folder, tmp_path, console)
    remember_photos(found.train, tmp_path)
    lines = (tmp_path / "train_photos.txt").read_text().splitlines()
    assert len(lines) == len(found.train) == 10
    assert count_trained_on(tmp_path / "preset", list(found.train)) == 10
