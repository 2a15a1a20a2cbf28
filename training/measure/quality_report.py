"""The files of a quality report: quality.json, quality.md, curve.csv, .png."""

import csv
import io
import json
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path

from training.measure.plots import Panel
from training.measure.plots import draw_panels
from training.measure.quality_targets import SCORE_NAMES
from training.run.checkpoints import write_text

TARGET_HEADINGS = (
    "photos",
    "setting",
    "measure",
    "target",
    "measured",
    "reached",
)
_METHODS = ("balanced", "vivid", "gray", "mean_color")
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


def write_report(out: Path, report: dict) -> None:
    """Writes everything but the sheets of photos.

    Args:
        out: existing folder.
        report: with "settings", "targets", "photos", "scores", "curve",
            "robustness" and "neutrality", as `training.quality` makes it.
    """
    text = json.dumps(report, indent=2, allow_nan=False)
    write_text(out / "quality.json", text + "\n")
    write_text(out / "quality.md", make_markdown(report))
    write_text(out / "curve.csv", make_curve_csv(report["curve"]))
    draw_curves(report["curve"]).save(out / "curve.png")


def make_markdown(report: dict) -> str:
    """Lays the report out in tables."""
    settings = report["settings"]
    parts = [
        f"Model `{settings['model']}`. Balanced: "
        f"{settings['balanced']['label']}. Vivid: "
        f"{settings['vivid']['label']} (from {settings['vivid']['from']}).",
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
    return "\n\n".join(parts) + "\n"


def make_curve_csv(curves: dict[str, list[dict]]) -> str:
    """One row per set of photos and setting; an empty temperature: default."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    ends = ("", "_low", "_high")
    columns = [f"{score}{end}" for score in _CURVE_SCORES for end in ends]
    writer.writerow(["photos", "temperature", "strength", *columns])
    for name, rows in curves.items():
        for row in rows:
            values = [
                f"{number:.6g}"
                for score in _CURVE_SCORES
                for number in (
                    row[score]["value"],
                    *row[score]["interval_95"],
                )
            ]
            writer.writerow(
                [name, row["temperature"], row["strength"], *values]
            )
    return stream.getvalue()


def draw_curves(curves: dict[str, list[dict]]):
    """Draws PSNR and CIEDE2000 against gray's over the colorfulness ratio."""
    panels = []
    for score, title in (
        ("psnr_minus_gray", "PSNR minus gray's, dB (higher is better)"),
        ("delta_e_mean_minus_gray", "CIEDE2000 minus gray's (lower is better)"),
    ):
        series = {}
        for name, rows in curves.items():
            for sweep in ("temperature", "strength"):
                points = [
                    (row["colorfulness_ratio"]["value"], row[score]["value"])
                    for row in rows
                    if (row["temperature"] is None) == (sweep == "strength")
                ]
                if points:
                    series[f"{name}, {sweep}"] = points
        panels.append(
            Panel(
                title,
                "colorfulness, share of the true photos'",
                series,
                marked_y=0.0,
            )
        )
    return draw_panels(panels)


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


def _scores_table(summary):
    rows = []
    for score, name in SCORE_NAMES.items():
        digits = 3 if score == "ssim" else 2
        cells = (cell(summary["methods"][m][score], digits) for m in _METHODS)
        rows.append((name, *cells))
    for part, text in (
        ("minus_gray", "{} minus gray's"),
        ("better_than_gray", "share of photos with a better {} than gray"),
    ):
        for score in _PAIRED_SCORES:
            by_method = summary[part]
            cells = (
                cell(by_method[m][score]) if m in by_method else "-"
                for m in _METHODS
            )
            rows.append((text.format(SCORE_NAMES[score]), *cells))
    headings = (m.replace("_", " ") for m in _METHODS)
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
