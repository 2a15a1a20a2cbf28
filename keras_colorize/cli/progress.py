"""The progress bars of `keras-colorize folder` and `video`."""

import contextlib
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn
from rich.progress import MofNCompleteColumn
from rich.progress import Progress
from rich.progress import ProgressColumn
from rich.progress import Task
from rich.progress import TextColumn
from rich.progress import TimeRemainingColumn
from rich.text import Text

from keras_colorize.serving.batch.run import STALE_NOTE
from keras_colorize.serving.batch.run import FileResult


def show_progress(
    results: Iterable[FileResult],
    total: int,
    write_row: Callable[[FileResult], None],
) -> Counter:
    """Draws a bar on stderr and prints each failure above it.

    Args:
        results: What becomes of each photo, as it comes.
        total: Number of photos.
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
                    message, markup=False, highlight=False, soft_wrap=True
                )
            progress.advance(task)
    return counts


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
