"""Commands of `keras-colorize`, thin over `keras_colorize.serving`.

One module a command, one line here. What is slow to import (NumPy,
onnxruntime, Rich) is imported inside the commands, so that `--help` answers
at once.
"""

from typing import Annotated

import typer

from keras_colorize import __version__
from keras_colorize.cli import folder
from keras_colorize.cli import image
from keras_colorize.cli import inspect
from keras_colorize.cli import models
from keras_colorize.cli import serve
from keras_colorize.cli import video

app = typer.Typer(
    help="Gives black and white photos color.",
    no_args_is_help=True,
    # Plain text: an error is one sentence, not a box.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command(epilog=image.EXAMPLES)(image.image)
app.command(epilog=folder.EXAMPLES)(folder.folder)
app.command(epilog=video.EXAMPLES)(video.video)
app.command(epilog=models.EXAMPLES)(models.models)
app.command(epilog=inspect.EXAMPLES)(inspect.inspect)
app.command(epilog=serve.EXAMPLES)(serve.serve)


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


def _print_version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit
