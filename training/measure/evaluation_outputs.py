"""The files of an evaluation: metrics.json, photos.csv, sheet.jpg."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_colorize.data.scan import ScanReport
from keras_colorize.serving.images.read import read_photo
from training.measure.evaluation import METHODS
from training.measure.evaluation import Evaluation
from training.measure.scoring import constant_color
from training.measure.scoring import measure_truth
from training.measure.sheets import make_sheet
from training.measure.summary import SCORES
from training.run.checkpoints import write_text


def write_outputs(
    out: Path,
    result: Evaluation,
    scan_report: ScanReport,
    settings: dict,
    summary: dict,
    colorize: Callable[[np.ndarray], np.ndarray],
) -> None:
    """Writes metrics.json, photos.csv and sheet.jpg into a folder."""
    skipped = [
        {"file": photo.path, "reason": f"{photo.kind}: {photo.reason}"}
        for photo in scan_report.skipped
    ]
    report = {
        "settings": settings,
        "num_photos": len(result.paths),
        "skipped": skipped + result.skipped,
        **summary,
    }
    text = json.dumps(report, indent=2, allow_nan=False)
    write_text(out / "metrics.json", text + "\n")
    folder = Path(os.path.commonpath(map(os.path.dirname, result.paths)))
    write_photo_table(result, folder, out / "photos.csv")
    write_sheet(result, folder, colorize, out / "sheet.jpg")


def write_photo_table(result: Evaluation, folder: Path, path: Path) -> None:
    """Writes one CSV row per photo: each score of each method."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        columns = [f"{method}_{name}" for method in METHODS for name in SCORES]
        writer.writerow(["file", "truth_colorfulness", *columns])
        for i, photo in enumerate(result.paths):
            values = [
                result.scores[method][i][name]
                for method in METHODS
                for name in SCORES
            ]
            writer.writerow(
                [
                    Path(photo).relative_to(folder).as_posix(),
                    *(f"{v:.6g}" for v in [result.colorfulness[i], *values]),
                ]
            )


def write_sheet(
    result: Evaluation,
    folder: Path,
    colorize: Callable[[np.ndarray], np.ndarray],
    path: Path,
    num_photos: int = 12,
    seed: int = 0,
) -> None:
    """Writes gray | ours | truth of photos chosen by a fixed seed.

    The choice does not look at the scores.
    """
    count = min(num_photos, len(result.paths))
    chosen = np.random.default_rng(seed).permutation(len(result.paths))[:count]
    rows = []
    for i in sorted(chosen):
        truth = read_photo(result.paths[i]).rgb
        gray = constant_color(measure_truth(truth), (0.0, 0.0))
        delta_e = result.scores["model"][i]["delta_e_mean"]
        gray_delta_e = result.scores["gray"][i]["delta_e_mean"]
        name = Path(result.paths[i]).relative_to(folder).as_posix()
        label = f"{name}   CIEDE2000 {delta_e:.1f} (gray {gray_delta_e:.1f})"
        rows.append((label, (gray, colorize(truth), truth)))
    sheet = make_sheet(rows, ("gray", "ours", "truth"))
    sheet.save(path, quality=92)
