"""The progress bar of `keras-colorize folder`."""

from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn
from rich.progress import MofNCompleteColumn
from rich.progress import Progress
from rich.progress import TextColumn
from rich.progress import TimeRemainingColumn

from keras_colorize.serving.batch.report import FileResult
from keras_colorize.serving.batch.run import STALE_NOTE


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
