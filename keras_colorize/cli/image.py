"""`keras-colorize image`: single photos."""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli import options
from keras_colorize.cli.failures import errors_in_one_sentence
from keras_colorize.serving.weights import DEFAULT_MODEL


def image(
    photo: Annotated[
        Path, typer.Argument(metavar="PHOTO", help="The photo to colorize.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File to write, its suffix says the format; or a folder. "
            "By default <name>.colorized.<suffix> beside the photo.",
        ),
    ] = None,
    model: options.Model = DEFAULT_MODEL,
    strength: options.Strength = 1.0,
    temperature: options.Temperature = None,
    hints: options.Hints = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Colorize one photo."""
    with errors_in_one_sentence():
        from keras_colorize.serving.api import colorize_file
        from keras_colorize.serving.hints import load_hints
        from keras_colorize.serving.session import ColorizeSession

        written, notes = colorize_file(
            photo,
            output,
            ColorizeSession(model),
            strength=strength,
            temperature=temperature,
            overwrite=overwrite,
            hints=None if hints is None else load_hints(hints),
        )
    for note in notes:
        typer.echo(f"Note: {note}", err=True)
    typer.echo(written)
