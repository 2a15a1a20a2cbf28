"""The progress bars of the commands; only a terminal sees them."""

import contextlib
import sys
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn
from rich.progress import MofNCompleteColumn
from rich.progress import Progress
from rich.progress import ProgressColumn
from rich.progress import SpinnerColumn
from rich.progress import Task
from rich.progress import TextColumn
from rich.progress import TimeElapsedColumn
from rich.progress import TimeRemainingColumn
from rich.text import Text

from keras_colorize.cli.errors import echo_path
from keras_colorize.cli.errors import printable
from keras_colorize.cli.errors import say
from keras_colorize.serving.batch.run import STALE_NOTE
from keras_colorize.serving.batch.run import FileResult


def show_progress(
    results: Iterable[FileResult],
    total: int | None,
    write_row: Callable[[FileResult], None],
) -> Counter:
    """Draws a bar on stderr and prints each failure above it.

    Args:
        results: What becomes of each photo, as it comes.
        total: Number of photos; None if nobody knows yet.
        write_row: Called with each result.

    Returns:
        Number of results by status, and of "stale" ones among the skipped.
    """
    counts: Counter = Counter()
    columns = (
        TextColumn("Colorizing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total)
        for result in results:
            write_row(result)
            counts[result.status] += 1
            counts["stale"] += STALE_NOTE in result.notes
            for message in _messages(result):
                # One line each, whatever brackets a file name contains.
                progress.console.print(
                    printable(message),
                    markup=False,
                    highlight=False,
                    soft_wrap=True,
                )
            progress.advance(task)
    return counts


class FileProgress:
    """A bar over several photos, with lines above it.

    Args:
        progress: Drawn on stderr.
        total: Number of photos.
    """

    def __init__(self, progress: Progress, total: int):
        self._progress = progress
        self._task = progress.add_task("", total=total)

    def advance(self) -> None:
        """Counts one photo more."""
        self._progress.advance(self._task)

    def print_path(self, path: Path) -> None:
        """Prints the path of a result on stdout."""
        if self._progress.disable or not sys.stdout.isatty():
            echo_path(path)
        else:  # on the terminal where the bar is
            self._print(str(path))

    def print_note(self, line: str) -> None:
        """Prints a note or an error on stderr."""
        if self._progress.disable:
            say(line)
        else:
            self._print(line)

    def _print(self, line: str) -> None:
        self._progress.console.print(
            printable(line), markup=False, highlight=False, soft_wrap=True
        )


@contextlib.contextmanager
def file_progress(total: int) -> Iterator[FileProgress]:
    """Draws a bar on stderr over photos of which each gets a line."""
    columns = (
        TextColumn("Colorizing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with _on_terminal(*columns) as progress:
        yield FileProgress(progress, total)


_STAGES = {"decode": "Reading", "network": "Coloring", "encode": "Writing"}


@contextlib.contextmanager
def stage_progress(photo: Path) -> Iterator[Callable[[str], None]]:
    """Says on stderr what is done with a photo, and for how long.

    Yields:
        Function that takes the stage, as `colorize_file` names it.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    with _on_terminal(*columns, transient=True) as progress:
        task = progress.add_task("Reading", total=None)
        name = printable(photo.name)

        def show(stage: str) -> None:
            progress.update(task, description=f"{_STAGES[stage]} {name}")

        show("decode")
        yield show


def _on_terminal(*columns: ProgressColumn, transient: bool = False) -> Progress:
    console = Console(stderr=True)
    return Progress(
        *columns,
        console=console,
        transient=transient,
        redirect_stdout=False,  # paths go on through a pipe
        disable=not console.is_terminal,
    )


def _messages(result: FileResult) -> list[str]:
    messages = []
    if result.status == "colorized":  # what is skipped or left is counted
        messages = [f"Note: {result.input}: {note}" for note in result.notes]
    if result.status == "failed":
        prefix = "" if result.input in result.error else f"{result.input}: "
        messages.append(f"Error: {prefix}{result.error}")
    return messages


@contextlib.contextmanager
def frame_progress() -> Iterator[Callable[[int, int | None], None]]:
    """Draws a bar on stderr: frames done, frames a second, time left.

    Yields:
        Function that takes the number of frames done and of all, or None.
    """
    columns = (
        TextColumn("Colorizing"),
        BarColumn(),
        MofNCompleteColumn(),
        _Speed(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=Console(stderr=True))
    with contextlib.ExitStack() as stack:
        task = None

        def show(done: int, total: int | None) -> None:
            nonlocal task
            if task is None:  # frames of an earlier run took no time of this
                stack.enter_context(progress)  # an empty bar leaves a line
                task = progress.add_task("", total=total, completed=done - 1)
            # The number that the header tells may be too small.
            progress.update(
                task, completed=done, total=total and max(done, total)
            )

        yield show


class _Speed(ProgressColumn):
    """Frames per second, as measured over the last half minute."""

    def render(self, task: Task) -> Text:
        """What the bar shows."""
        speed = task.speed or task.finished_speed
        return Text("" if speed is None else f"{speed:.1f} frames/s")
