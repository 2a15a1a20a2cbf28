"""The progress bar of `keras-colorize video`."""

import contextlib
from collections.abc import Callable
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


class _Speed(ProgressColumn):
    """Frames per second, as measured over the last half minute."""

    def render(self, task: Task) -> Text:
        """What the bar shows."""
        speed = task.speed or task.finished_speed
        return Text("" if speed is None else f"{speed:.1f} frames/s")


@contextlib.contextmanager
def film_progress() -> Iterator[Callable[[int, int | None], None]]:
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
