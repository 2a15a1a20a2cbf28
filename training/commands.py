"""What the training commands share: mistakes end in a message and a code."""

import functools
from collections.abc import Callable

import typer
from rich.console import Console

EXIT_FAILED = 1
EXIT_USER_MISTAKE = 2
EXIT_INTERRUPTED = 130


def handle_mistakes(command: Callable) -> Callable:
    """Turns the exceptions of user mistakes into a message without traceback.

    Exit codes: 1 for a training that diverged, 2 for a value, file or folder
    that does not fit, 130 for Ctrl-C. Other exceptions are bugs and keep
    their traceback.
    """

    @functools.wraps(command)
    def wrapped(*args, **kwargs):
        errors = Console(stderr=True)
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt as error:
            message = f"interrupted. {error}".strip()
            code = EXIT_INTERRUPTED
        except ArithmeticError as error:
            message, code = str(error), EXIT_FAILED
        except (ValueError, TypeError, OSError, ImportError) as error:
            message, code = str(error), EXIT_USER_MISTAKE
        errors.print("Error:", style="bold red", end=" ")
        errors.print(message, markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(code)

    return wrapped
