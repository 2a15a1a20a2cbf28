"""Commands of `keras-colorize`, thin over `keras_colorize.serving`.

What is slow to import (NumPy, onnxruntime, Rich) is imported inside the
commands, so that `--help` answers at once.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from keras_colorize import __version__
from keras_colorize.serving.errors import ColorizeError
from keras_colorize.serving.weights import DEFAULT_MODEL

app = typer.Typer(
    help="Gives black and white photos color.",
    no_args_is_help=True,
    # Plain text: an error is one sentence, not a box.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Model = Annotated[
    str,
    typer.Option(
        help="Name of a model (see `keras-colorize models`), or the path of "
        "an .onnx file."
    ),
]
Strength = Annotated[
    float,
    typer.Option(
        help="Factor on the predicted color: 0 is gray, 1 as predicted."
    ),
]
Temperature = Annotated[
    float | None,
    typer.Option(
        help="Above 0, up to 1; lower is more vivid and less even. Only for "
        "classification models; by default what the model file says."
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace files that exist.")
]


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=lambda value: _print_version(value),
            help="Print the version and stop.",
        ),
    ] = False,
) -> None:
    pass


@app.command()
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
    model: Model = DEFAULT_MODEL,
    strength: Strength = 1.0,
    temperature: Temperature = None,
    hints: Annotated[
        Path | None,
        typer.Option(
            help="JSON file of colors at places of the upright photo: a list "
            'of {"x": 120, "y": 80, "radius": 12, "color": "#3366cc"}, in '
            "pixels. For models that take hints."
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Colorize one photo."""
    with _errors_in_one_sentence():
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


@app.command()
def folder(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="Folder of photos.")
    ],
    target: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="Folder for the results."),
    ],
    recursive: Annotated[
        bool,
        typer.Option("--recursive", "-r", help="Go into subfolders as well."),
    ] = False,
    overwrite: Overwrite = False,
    report: Annotated[
        Path | None,
        typer.Option(help="File for one JSON line per photo."),
    ] = None,
    model: Model = DEFAULT_MODEL,
    strength: Strength = 1.0,
    temperature: Temperature = None,
) -> None:
    """Colorize the photos of a folder into another one.

    The results have the names of the photos. Photos whose result exists are
    skipped. A photo that fails is reported and the rest is done; the exit
    code is 1 then.
    """
    with _errors_in_one_sentence():
        from keras_colorize.cli.progress import show_progress
        from keras_colorize.serving import folder as folders
        from keras_colorize.serving.session import ColorizeSession

        session = ColorizeSession(model)
        session.check_settings(strength, temperature)
        plan = folders.plan_folder(source, target, recursive)
        with folders.report_writer(report) as write_row:
            counts = show_progress(
                folders.colorize_files(
                    plan, session, strength, temperature, overwrite
                ),
                total=len(plan),
                write_row=write_row,
            )
    typer.echo(
        f"{counts['colorized']} colorized, {counts['skipped']} skipped, "
        f"{counts['failed']} failed: {target}"
    )
    if counts["failed"]:
        raise typer.Exit(1)


@app.command()
def models() -> None:
    """List the models and the weights in the box."""
    with _errors_in_one_sentence():
        from keras_colorize.cli.model_table import print_models

        print_models()


def _print_version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@contextlib.contextmanager
def _errors_in_one_sentence() -> Iterator[None]:
    """Prints the errors that a user can mend; bugs keep their traceback."""
    try:
        yield
    except ColorizeError as error:
        _fail(error, error.exit_code)
    except MemoryError as error:
        _fail(f"Out of memory: {error}. Shrink the photo.", 1)


def _fail(message: object, exit_code: int) -> None:
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(exit_code)
