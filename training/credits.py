"""Writes whose photos weights were trained on: `python -m training.credits`.

Example: python -m training.credits --packed packed --list credits.csv \
    --title lite.open --open --out keras_colorize/weights/lite.open/CREDITS.md

Every packed photo must be in a credit list, a CSV file with the columns file,
set, source and terms, and perhaps author, title and url.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from keras_colorize.cli.errors import mistakes_in_one_sentence

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(name="credits", help=__doc__)
@mistakes_in_one_sentence()
def write_credits(
    packed: Annotated[
        list[Path],
        typer.Option(help="Folder that `training.pack` wrote; repeat."),
    ],
    list: Annotated[list[Path], typer.Option(help="Credit list; repeat.")],
    title: Annotated[str, typer.Option(help="Name of the weights.")],
    out: Annotated[Path, typer.Option(help="Markdown file to write.")],
    note: Annotated[
        str,
        typer.Option(help="Further sentences: on photos that no list has."),
    ] = "",
    is_open: Annotated[
        bool,
        typer.Option("--open", help="Refuse photos that not anyone may use."),
    ] = False,
) -> None:
    """Writes the credits file of a set of weights."""
    from keras_colorize.data import credits
    from keras_colorize.data.packed import read_packed
    from keras_colorize.files import write_text

    known = [row for path in list for row in credits.read_credit_list(path)]
    names = dict.fromkeys(
        name for folder in packed for name in read_packed(folder).names
    )
    rows = credits.credits_of(names, known)
    if is_open:
        credits.check_open(rows)
    write_text(out, credits.credits_text(title, rows, note))
    Console().print(f"{out}: {len(rows):,} photos, {out.stat().st_size:,} B")


if __name__ == "__main__":
    app()
