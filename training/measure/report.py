"""The figures as files: JSON, CSV and Markdown.

An evaluation has metrics.json and photos.csv, a quality report quality.json,
quality.md and curve.csv.
"""

import csv
import io
import os
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path

from keras_colorize.data.scan import ScanReport
from keras_colorize.files import escaped
from keras_colorize.files import write_json
from keras_colorize.files import write_text
from training.measure.scoring import PhotoScores
from training.measure.summary import SCORES

SCORE_NAMES = {
    "psnr": "PSNR",
    "delta_e_mean": "CIEDE2000",
    "ssim": "SSIM",
    "colorfulness_ratio": "colorfulness ratio",
}

TARGET_HEADINGS = (
    "photos",
    "setting",
    "measure",
    "target",
    "measured",
    "reached",
)
_PAIRED_SCORES = ("psnr", "delta_e_mean")
_CURVE_SCORES = (
    "colorfulness_ratio",
    "psnr",
    "psnr_minus_gray",
    "delta_e_mean",
    "delta_e_mean_minus_gray",
)
_CURVE_HEADINGS = (
    "colorfulness ratio",
    "PSNR",
    "PSNR minus gray's",
    "CIEDE2000",
    "CIEDE2000 minus gray's",
)


def write_evaluation(
    out: Path,
    result: PhotoScores,
    scan_report: ScanReport,
    settings: dict,
    summary: dict,
) -> None:
    """Writes metrics.json and photos.csv.

    Args:
        out: existing folder.
        result: at least one scored photo.
        scan_report: photos that were left out before.
        settings: what was measured, for the report.
        summary: what `summary.summarize` returns.
    """
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
    write_json(out / "metrics.json", report, allow_nan=False)
    write_text(out / "photos.csv", make_photo_csv(result))


def make_photo_csv(result: PhotoScores) -> str:
    """Lays out one row per photo: each score of each colorizer."""
    columns = [(method, score) for method in result.scores for score in SCORES]
    rows = [["file", "truth_colorfulness", *map("_".join, columns)]]
    for i, name in enumerate(names_below(result.paths)):
        values = [result.scores[method][i][score] for method, score in columns]
        numbers = (f"{v:.6g}" for v in [result.colorfulness[i], *values])
        rows.append([name, *numbers])
    return _csv(rows)


def names_below(paths: Sequence[str]) -> list[str]:
    """Returns the paths of photos below their common folder, to print them."""
    folder = os.path.commonpath(map(os.path.dirname, paths))
    names = [Path(path).relative_to(folder).as_posix() for path in paths]
    return [escaped(name) for name in names]


def write_quality(out: Path, report: dict) -> None:
    """Writes quality.json, quality.md and curve.csv.

    Args:
        out: existing folder.
        report: as `quality.measure_quality` makes it.
    """
    write_json(out / "quality.json", report, allow_nan=False)
    write_text(out / "quality.md", make_markdown(report))
    write_text(out / "curve.csv", make_curve_csv(report["curve"]))


def make_markdown(report: dict) -> str:
    """Lays the report out in tables."""
    settings = report["settings"]
    looks = [
        f"{name} ({', '.join(f'{k} {v:g}' for k, v in look.items())})"
        if look
        else name
        for name, look in settings["looks"].items()
    ]
    parts = [
        f"Model `{settings['model']}`. Looks: {', '.join(looks)}.",
        "Mean over photos [95 % bootstrap interval]; differences to gray are "
        "paired.",
        "## Targets",
        markdown_table(TARGET_HEADINGS, map(target_cells, report["targets"])),
    ]
    for name, summary in report["scores"].items():
        parts += [
            f"## Scores on {name}: {report['photos'][name]} photos",
            _scores_table(summary),
        ]
    for name, rows in report["curve"].items():
        count = report["photos"][f"curve of {name}"]
        parts += [
            f"## Color against fidelity on {name}: {count} photos",
            markdown_table(
                ("setting", *_CURVE_HEADINGS),
                (
                    (row["label"], *(cell(row[s]) for s in _CURVE_SCORES))
                    for row in rows
                ),
            ),
        ]
    parts += _robustness_parts(report["robustness"])
    parts += [
        "## Chroma on paper and text",
        markdown_table(
            ("page", "setting", "pages", "mean", "99th percentile"),
            (
                (
                    row["page"],
                    row["setting"],
                    row["pages"],
                    f"{row['mean_chroma']:.2f}",
                    f"{row['p99_chroma']:.2f}",
                )
                for row in report["neutrality"]
            ),
        ),
    ]
    parts += _regions_parts(report["regions"]) + _kid_parts(report["kid"])
    return "\n\n".join(parts) + "\n"


def make_curve_csv(curves: dict[str, list[dict]]) -> str:
    """Lays out one row per set of photos and setting.

    An empty temperature is the model's default.
    """
    ends = ("", "_low", "_high")
    columns = [f"{score}{end}" for score in _CURVE_SCORES for end in ends]
    table = [["photos", "temperature", "strength", *columns]]
    for name, rows in curves.items():
        for row in rows:
            entries = [row[score] for score in _CURVE_SCORES]
            values = [
                f"{number:.6g}"
                for entry in entries
                for number in (entry["value"], *entry["interval_95"])
            ]
            table.append([name, row["temperature"], row["strength"], *values])
    return _csv(table)


def markdown_table(
    headings: Sequence[str], rows: Iterable[Sequence[object]]
) -> str:
    """Lays rows out as a Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(str, r)) + " |" for r in lines)


def target_cells(row: dict) -> tuple[str, ...]:
    """Formats one row of the table of targets, see `TARGET_HEADINGS`."""
    return (
        row["photos"],
        row["setting"],
        row["measure"],
        f"{row['relation']} {row['target']:.2f}",
        cell(row),
        "yes" if row["reached"] else "no",
    )


def cell(entry: dict, digits: int = 2) -> str:
    """Formats a value with its interval."""
    low, high = entry["interval_95"]
    value = entry["value"]
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _csv(rows):
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def _scores_table(summary):
    methods = list(summary["methods"])
    rows = []
    for score, name in SCORE_NAMES.items():
        digits = 3 if score == "ssim" else 2
        cells = (cell(summary["methods"][m][score], digits) for m in methods)
        rows.append((name, *cells))
    for part, text in (
        ("minus_gray", "{} minus gray's"),
        ("better_than_gray", "share of photos with a better {} than gray"),
    ):
        for score in _PAIRED_SCORES:
            by_method = summary[part]
            cells = (
                cell(by_method[m][score]) if m in by_method else "-"
                for m in methods
            )
            rows.append((text.format(SCORE_NAMES[score]), *cells))
    headings = (m.replace("_", " ") for m in methods)
    return markdown_table(("score", *headings), rows)


def _robustness_parts(robustness):
    if "not_measured" in robustness:
        return [f"## Robustness\n\nNot measured: {robustness['not_measured']}"]
    parts = [
        f"## Robustness on bench: {robustness['photos']} photos",
        "Only the color is scored: the ab predicted for the degraded gray "
        "lies on the clean lightness.",
    ]
    for kind, rows in robustness["conditions"].items():
        differences = "minus_clean" in rows[0]
        headings = (kind, "PSNR", *(["PSNR minus clean"] * differences))
        parts.append(
            markdown_table(
                headings,
                (
                    (
                        row["condition"],
                        cell(row["psnr"]),
                        *([cell(row["minus_clean"])] if differences else []),
                    )
                    for row in rows
                ),
            )
        )
    return parts


def _regions_parts(regions):
    def number(value):
        return "-" if value is None else f"{value:.2f}"

    rows = [
        (
            row["setting"],
            f"{number(row['flat_chroma_error'])} ({row['flat_photos']})",
            f"{number(row['skin_hue_error'])} ({row['skin_photos']})",
            number(row["skin_chroma_ratio"]),
        )
        for row in regions["rows"]
    ]
    headings = (
        "setting",
        "even backgrounds: error in ab (photos)",
        "skin: error of hue in degrees (photos)",
        "skin: chroma over the true one",
    )
    return [
        f"## Walls and skin on {regions['photos']}",
        markdown_table(headings, rows),
    ]


def _kid_parts(found):
    if "not_measured" in found:
        return [f"## KID\n\nNot measured: {found['not_measured']}"]
    rows = [
        (
            row["photos"],
            row["setting"],
            f"{row['value']:.4f} +- {row['standard_error']:.4f}",
        )
        for row in found["rows"]
    ]
    headings = ("photos", "setting", "KID, standard error")
    return [
        f"## KID of {found['extractor']}, kernel of degree 3",
        markdown_table(headings, rows),
    ]
