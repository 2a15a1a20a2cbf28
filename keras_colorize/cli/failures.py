"""What goes wrong, in one sentence on stderr and an exit code."""

import contextlib
import signal
from collections.abc import Iterator
from typing import NoReturn

import typer

from keras_colorize.errors import ColorizeError


@contextlib.contextmanager
def errors_in_one_sentence() -> Iterator[None]:
    """Prints the errors that a user can mend; bugs keep their traceback."""
    try:
        yield
    except ColorizeError as error:
        fail(error, error.exit_code)
    except MemoryError as error:
        fail(f"Out of memory: {error}. Shrink the photo.")
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(128 + signal.SIGINT) from None


def fail(message: object, exit_code: int = 1) -> NoReturn:
    """Prints one sentence and stops the command."""
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(exit_code)
