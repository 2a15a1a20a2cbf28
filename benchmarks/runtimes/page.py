"""The tables of docs/runtimes.md, from what was seen."""

import json
import pathlib
import re
from collections.abc import Sequence

from benchmarks.runtimes.environments import RUNTIMES
from keras_colorize.files import write_text
from keras_colorize.presets import list_shipped

BEGIN = "<!-- tables of `python -m benchmarks.runtimes`: begin -->"
END = "<!-- tables of `python -m benchmarks.runtimes`: end -->"
# Of what a runtime says where it fails.
_LONGEST_REASON = 160


def write(
    results: pathlib.Path, path: pathlib.Path, models: Sequence[str]
) -> None:
    """Writes the tables between the markers of the page.

    Args:
        results: Folder of `<model>/<runtime>.json`.
        path: The page.
        models: Names of models, in order; those without results are left out.

    Raises:
        ValueError: If the page lacks the markers.
    """
    found = {model: _read(results / model) for model in models}
    shipped = {weights.model for weights in list_shipped()}
    parts = [
        _details(model, rows)
        for model, rows in found.items()
        if rows and model in shipped
    ]
    others = {m: rows for m, rows in found.items() if rows and m not in shipped}
    if others:
        parts.append(_overview(others))
    text = path.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(
            f"{path} must have the lines {BEGIN!r} and {END!r}. Received: "
            "a page without both."
        )
    body = "\n\n".join(parts)
    write_text(path, f"{before}{BEGIN}\n\n{body}\n\n{END}{after}")


def _read(folder):
    """Returns results by name of the runtime, in the order of `RUNTIMES`."""
    rows = [json.loads(file.read_text()) for file in folder.glob("*.json")]
    by_name = {row["runtime"]: row for row in rows}
    names = [runtime.name for runtime in RUNTIMES]
    return {name: by_name[name] for name in names if name in by_name}


def _details(model, rows):
    """Lays out one model: a runtime a row."""
    lines = [
        f"### `{model}`",
        "",
        "| runtime | sizes | largest difference | mean CIEDE2000 (worst photo) "
        "| times as fast | by processor time | MB | what had to be done |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    reasons = []
    for name, row in rows.items():
        cells = [name, *_cells(row), row["done"] or "nothing"]
        if "error" in row:
            reasons.append(f"- {name}: {_reason(row['error'])}")
        lines.append(f"| {' | '.join(cells)} |")
    if reasons:
        lines += ["", "What did not work, in the words of the tool:", ""]
        lines += reasons
    return "\n".join(lines)


def _cells(row):
    if "error" in row:
        return ["does not run", *["–"] * 5]
    size = f"{row['num_bytes'] / 1e6:.1f}"
    if row.get("converted"):
        return ["one", *["does not run here"] * 4, size]
    return [
        _sizes(row),
        str(row["max_difference"]),
        f"{row['mean_ciede2000']:.3f} ({row['worst_ciede2000']:.3f})",
        _ratio(row, "wall"),
        _ratio(row, "cpu"),
        size,
    ]


def _ratio(row, kind):
    return f"{row[kind]:.2f}" if kind in row else "not timed"


def _sizes(row):
    return f"one ({row['num_photos']} photos)" if row["refused"] else "any"


def _overview(models):
    """Lays out many models: a runtime a row, a model a column."""
    names = [
        runtime.name
        for runtime in RUNTIMES
        if any(runtime.name in rows for rows in models.values())
    ]
    timed = {runtime.name for runtime in RUNTIMES if runtime.is_timed}
    reasons = {}

    def cell(name, row):
        if row is None:
            return "not run" if name in timed else "not run: too slow here"
        if "error" in row:
            reason = _reason(row["error"])
            number = reasons.setdefault(reason, len(reasons) + 1)
            return f"no ({number})"
        if row.get("converted"):
            return f"converted, {row['num_bytes'] / 1e6:.0f} MB †"
        one = " †" if row["refused"] else ""
        return (
            f"{row['max_difference']} / {row['mean_ciede2000']:.2f} / "
            f"{_ratio(row, 'cpu')}{one}"
        )

    lines = [
        "### Of other families",
        "",
        "With drawn weights, whose colors are as strong as those of photos. "
        "Largest difference / mean CIEDE2000 / times as fast by processor "
        "time; † takes one size only.",
        "",
        f"| runtime | {' | '.join(f'`{model}`' for model in models)} |",
        f"| --- |{' ---: |' * len(models)}",
    ]
    for name in names:
        cells = [cell(name, rows.get(name)) for rows in models.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [""] + [f"{number}. {text}" for text, number in reasons.items()]
    return "\n".join(lines)


def _reason(error):
    # Without the lines of the programs that called.
    text = re.sub(r"\S+(\.py|frozen runpy>):\d+:\d+: ", "", error)
    text = re.sub(r"Exception from \S+:\d+:\s", "", text)
    text = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    if len(text) > _LONGEST_REASON:
        text = text[:_LONGEST_REASON].rsplit(" ", 1)[0] + " …"
    return text
