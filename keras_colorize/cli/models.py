"""`keras-colorize models`: what one can use, and what there is besides."""

from typing import TYPE_CHECKING
from typing import Annotated

import typer

from keras_colorize.cli.errors import errors_in_one_sentence

if TYPE_CHECKING:
    from rich.table import Table

EXAMPLES = """\b
Examples:
  keras-colorize models
  keras-colorize image photo.jpg --model lite
  keras-colorize models --all
"""
_PIPE_COLUMNS = 200
_BELOW = """
Seconds: of one processor core, for 512 x 512 pixels, where the weights were
made. `keras-colorize inspect NAME` says the license in full. Any .onnx file
exported with this project is a model, too; `keras-colorize models --all` lists
what can be trained."""


def models(
    is_all: Annotated[
        bool,
        typer.Option(
            "--all", help="List every model, also those without weights."
        ),
    ] = False,
) -> None:
    """List the weights in the box, with size, speed and license.

    With --all: every model that can be trained and exported.
    """
    with errors_in_one_sentence():
        from rich.console import Console

        console = Console(highlight=False)
        if not console.is_terminal:
            console = Console(width=_PIPE_COLUMNS)  # whole lines for grep
        console.print(_all_models() if is_all else _weights())
        if not is_all:
            typer.echo(_BELOW)


def _weights() -> "Table":
    from keras_colorize.files import ONNX_FILE
    from keras_colorize.presets import DEFAULT_MODEL
    from keras_colorize.presets import find_shipped
    from keras_colorize.presets import list_shipped
    from keras_colorize.presets import read_metadata
    from keras_colorize.presets import terms_of

    table = _table("Model", "MB", "Seconds", "License of the weights")
    default = find_shipped(DEFAULT_MODEL).name
    for weights in sorted(list_shipped(), key=lambda w: w.name != default):
        metadata = read_metadata(weights.folder)
        seconds = metadata.get("core_seconds")
        table.add_row(
            (weights.model if weights.is_default else weights.name)
            + (" (default)" if weights.name == default else ""),
            f"{(weights.folder / ONNX_FILE).stat().st_size / 1e6:.1f}",
            "not measured" if seconds is None else f"{seconds:.2g}",
            terms_of(metadata),
        )
    return table


def _all_models() -> "Table":
    from keras_colorize.presets import list_zoo

    table = _table(
        "Model",
        "Weights in the box",
        "Parameters",
        "Predicts",
        "License of the code",
    )
    for row in list_zoo():
        table.add_row(
            row.model,
            "\n".join(row.weights) or "none",
            f"{row.params:,}",
            row.output_kind,
            row.license,
        )
    return table


def _table(*headings: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for heading in headings:
        is_number = heading in ("MB", "Seconds", "Parameters")
        justify = "right" if is_number else "left"
        table.add_column(heading, justify=justify, no_wrap=True)
    return table
