import csv
import json
import shutil

import pytest
from PIL import Image
from typer.testing import CliRunner

from training import evaluate


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
    with Image.open(out / "sheet.jpg") as sheet:
        assert sheet.width > 3 * 40
