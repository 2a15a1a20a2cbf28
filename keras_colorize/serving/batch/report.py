"""What became of the photos of a batch, as data."""

import contextlib
import dataclasses
import json
import os
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

from keras_colorize.files import explained_os_errors


@dataclasses.dataclass(frozen=True)
class FileResult:
    """What became of one photo; one line of the report.

    Attributes:
        input: Path of the photo.
        output: Path of the result; of the one it would have, if it has none.
        status: "colorized", "skipped" (the result was there), "left" (in
            color already) or "failed".
        model: Name of the model.
        seconds: Time it took.
        error: Why it failed; empty otherwise.
        notes: What the result does not carry over from the photo.
    """

    input: str
    output: str
    status: str
    model: str
    seconds: float = 0.0
    error: str = ""
    notes: tuple[str, ...] = ()


@contextlib.contextmanager
def report_writer(
    path: str | os.PathLike | None,
) -> Iterator[Callable[[FileResult], None]]:
    """Gives a function that writes results as JSON Lines, each at once.

    Args:
        path: File to write, replaced if it exists; None writes nothing.

    Raises:
        OutputError: If the file cannot be written; before any work.
    """
    if path is None:
        yield lambda result: None
        return
    with explained_os_errors(Path(path)):
        file = Path(path).open("w", encoding="utf-8")
    with file:

        def write(result: FileResult) -> None:
            row = json.dumps(dataclasses.asdict(result), ensure_ascii=False)
            file.write(row + "\n")
            file.flush()  # the rows of an interrupted batch are kept

        yield write
