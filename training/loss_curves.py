"""Curves of training runs: `python -m training.loss_curves --run DIR`.

For each run the loss over the epochs, and the accuracy where it was logged,
on training and validation photos, with lines for gray and for the mean color
where `training.baselines` measured them. For an adversarial run the losses of
the generator and of the discriminator, and both of them on the validation
photos in one chart, the discriminator's times ten. For several runs also one
against the other.
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.files import written_beside
from training.baselines import BASELINES_FILE
from training.measure.figures import Panel
from training.measure.figures import draw_panels

# The discriminator's losses are about a tenth of the generator's.
DISCRIMINATOR_SCALE = 10.0
_ADVERSARIAL = frozenset({"g_loss", "d_loss", "val_g_loss", "val_d_loss"})
_SINGLE = frozenset({"loss", "val_loss"})
_COMPARED = {
    "val_loss": "loss, validation",
    "val_accuracy": "accuracy, validation",
    "val_g_loss": "generator, validation",
    "val_d_loss": "discriminator, validation",
    "val_l1": "mean |ab error|, validation",
}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence()
def loss_curves(
    run: Annotated[list[Path], typer.Option(help="Work directory; repeat.")],
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")],
) -> None:
    """Draws the curves of some runs."""
    logs = {folder.name: read_log(folder / "log.csv") for folder in run}
    if len(logs) < len(run):
        raise ValueError(
            "Runs are told apart by the names of their folders. Received: "
            f"{', '.join(folder.name for folder in run)}."
        )
    out.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for folder, (name, log) in zip(run, logs.items(), strict=True):
        if is_adversarial(log):
            pictures[f"{name}_losses"] = loss_panels(log)
            pictures[f"{name}_validation"] = [validation_panel(log)]
        else:
            baselines = read_baselines(folder)
            pictures[f"{name}_losses"] = single_panels(log, baselines)
    if len(logs) > 1:
        pictures["comparison"] = comparison_panels(logs)
    for name, panels in pictures.items():
        with written_beside(out / f"{name}.png") as part:
            draw_panels(panels).savefig(part)
    Console().print(f"Wrote {', '.join(pictures)} to {out}.")


def read_log(path: Path) -> list[dict[str, float]]:
    """Reads the log of a run with validation.

    Args:
        path: `log.csv` of its work directory.

    Returns:
        Columns by name, one dict an epoch.

    Raises:
        ValueError: If there is no epoch, or the losses are neither those of
            one network nor those of a generator and a discriminator.
        OSError: If there is no such file.
    """
    with open(path, encoding="utf-8", newline="") as file:
        rows = [
            {name: float(value) for name, value in row.items() if value}
            for row in csv.DictReader(file)
        ]
    names = set(rows[0]) if rows else set()
    wanted = _ADVERSARIAL if names & _ADVERSARIAL else _SINGLE
    missing = sorted(wanted - names)
    if missing:
        raise ValueError(
            "Expected the log of a run with validation. "
            f"Received: {path} with {len(rows)} epochs, without "
            f"{', '.join(missing)}."
        )
    return rows


def read_baselines(run: Path) -> dict[str, dict[str, float]]:
    """Reads what `training.baselines` measured; empty if it has not.

    Args:
        run: work directory.

    Returns:
        For "gray" and "mean color" the losses by name.
    """
    path = run / BASELINES_FILE
    if not path.is_file():
        return {}
    content = json.loads(path.read_text(encoding="utf-8"))
    return {
        name.replace("_", " "): content[name] for name in ("gray", "mean_color")
    }


def is_adversarial(log: list[dict[str, float]]) -> bool:
    """Whether a log is that of a generator and a discriminator."""
    return "g_loss" in log[0]


def single_panels(
    log: list[dict[str, float]], baselines: dict[str, dict[str, float]]
) -> list[Panel]:
    """Makes charts of the loss of one network, and of its accuracy.

    Args:
        log: as `read_log` returns it.
        baselines: as `read_baselines` returns it.
    """
    panels = []
    for name in ("loss", "accuracy"):
        if name not in log[-1]:
            continue
        series: dict[str, Sequence[tuple[float, float]]] = {
            "training": _curve(log, name),
            "validation": _curve(log, f"val_{name}"),
        }
        ends = (log[0]["epoch"] + 1, log[-1]["epoch"] + 1)
        for baseline, values in baselines.items():
            if name in values:  # measured by a version that had it
                series[baseline] = [(epoch, values[name]) for epoch in ends]
        panels.append(Panel(name, "epoch", series))
    return panels


def loss_panels(log: list[dict[str, float]]) -> list[Panel]:
    """Makes charts of both losses on training and validation photos."""
    return [
        Panel(
            f"{title} loss",
            "epoch",
            {
                "training": _curve(log, name),
                "validation": _curve(log, f"val_{name}"),
            },
        )
        for title, name in (
            ("generator", "g_loss"),
            ("discriminator", "d_loss"),
        )
    ]


def validation_panel(log: list[dict[str, float]]) -> Panel:
    """Makes one chart of both losses on the validation photos."""
    return Panel(
        "validation loss",
        "epoch",
        {
            "generator": _curve(log, "val_g_loss"),
            f"{DISCRIMINATOR_SCALE:g} x discriminator": _curve(
                log, "val_d_loss", DISCRIMINATOR_SCALE
            ),
        },
    )


def comparison_panels(logs: dict[str, list[dict[str, float]]]) -> list[Panel]:
    """Makes charts of what several runs have in common, one a loss.

    Raises:
        ValueError: If they have nothing in common.
    """
    shared = [
        name
        for name in _COMPARED
        if all(name in row for log in logs.values() for row in log)
    ]
    if not shared:
        raise ValueError(
            "Expected runs of one kind, to compare them. Received: "
            f"{', '.join(logs)}. Draw adversarial runs and others apart."
        )
    return [
        Panel(
            _COMPARED[name],
            "epoch",
            {run: _curve(log, name) for run, log in logs.items()},
        )
        for name in shared
    ]


def _curve(log, name, scale=1.0):
    return [(row["epoch"] + 1, scale * row[name]) for row in log if name in row]


if __name__ == "__main__":
    app()
