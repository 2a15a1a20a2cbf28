"""How commands end when something goes wrong: one sentence, one exit code.

For `keras-colorize` and for the scripts that train and export:

    @app.command()
    @mistakes_in_one_sentence(failures=(ArithmeticError,))
    def train(...): ...
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import typer

from keras_colorize.errors import ColorizeError
from keras_colorize.errors import PhotoError

_VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".nut"),
    *(".mpg", ".mpeg", ".m2ts", ".mts", ".vob", ".wmv", ".flv", ".ogv"),
    *(".3gp", ".mxf", ".dv"),
)
_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_ESCAPES = {
    code: chr(code).encode("unicode_escape").decode()
    for code in (*range(32), *range(127, 160), *_DIRECTIONS)
    if chr(code) not in "\n\t"
}
EXIT_FAILED = 1
EXIT_USER_MISTAKE = 2
EXIT_INTERRUPTED = 128 + signal.SIGINT  # what shells return after Ctrl-C


@contextlib.contextmanager
def errors_in_one_sentence() -> Iterator[None]:
    """Prints what somebody with a photo can mend; bugs keep their traceback.

    Exit codes: that of the `ColorizeError`, 1 for a lack of memory, 130 for
    Ctrl-C. A context manager and a decorator.
    """
    try:
        yield
    except ColorizeError as error:
        fail(error, error.exit_code)
    except MemoryError as error:
        fail(f"Out of memory: {error}. Shrink the photo.")
    except KeyboardInterrupt as error:
        _say_interrupted(error)


@contextlib.contextmanager
def mistakes_in_one_sentence(
    failures: tuple[type[Exception], ...] = (),
) -> Iterator[None]:
    """Prints what somebody with a script can mend; bugs keep their traceback.

    Exit codes: 2 for a value, file, folder or package that does not fit, 1
    for a failure, 130 for Ctrl-C. A context manager and a decorator.

    Args:
        failures: Exceptions that are nobody's mistake, such as of a training
            that diverged.
    """
    try:
        yield
    except failures as error:
        fail(error)
    except (ValueError, TypeError, OSError, ImportError) as error:
        fail(error, EXIT_USER_MISTAKE)
    except KeyboardInterrupt as error:
        _say_interrupted(error)


def printable(text: object) -> str:
    """Escapes what would steer a terminal, as names and metadata may hold it.

    Control characters but line breaks, and those that turn the direction of
    writing.
    """
    return str(text).translate(_ESCAPES)


def say(message: object) -> None:
    """Prints a line on stderr, safe for terminals."""
    typer.echo(printable(message), err=True)


def echo_path(text: object) -> None:
    """Prints what a path is part of; its bytes where they are not UTF-8.

    Characters that steer a terminal are escaped if there is one, as `ls` does
    it: through a pipe the name stays one that opens the file.
    """
    text = printable(text) if sys.stdout.isatty() else str(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        typer.echo(os.fsencode(text))
    else:
        typer.echo(text)


def check_is_photo_path(path: Path) -> None:
    """Names the command for what a command for single photos does not take.

    Raises:
        PhotoError: If it is a folder or, by its name, a film.
    """
    if os.path.isdir(path):
        raise PhotoError(
            f"{path} is a folder. Expected a photo; for the photos of a "
            f"folder use `keras-colorize folder {path} OUT`."
        )
    if is_video_name(path):
        raise PhotoError(
            f"{path} is a film. Expected a photo; to colorize a film use "
            f"`keras-colorize video {path} OUT{path.suffix}`."
        )


def is_video_name(path: Path) -> bool:
    """Tells whether a file is a film by its name."""
    return path.suffix.lower() in _VIDEO_SUFFIXES


def fail(message: object, exit_code: int = EXIT_FAILED) -> NoReturn:
    """Prints one sentence on stderr and stops the command."""
    say(f"Error: {message}")
    raise typer.Exit(exit_code)


def _say_interrupted(error: KeyboardInterrupt) -> NoReturn:
    say(f"Interrupted. {error}".strip())
    raise typer.Exit(EXIT_INTERRUPTED) from None
