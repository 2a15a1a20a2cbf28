"""Colorizing the photos of a plan: errors as data, one process or several."""

import contextlib
import json
import os
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path

from keras_colorize.errors import OutputError
from keras_colorize.files import explained_os_errors
from keras_colorize.serving.batch.journal import Journal
from keras_colorize.serving.batch.plan import PlannedFile
from keras_colorize.serving.batch.pool import WorkerDied
from keras_colorize.serving.batch.pool import run_in_processes
from keras_colorize.serving.colorize import colorize_file
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession

STALE_NOTE = (
    "The result that exists was made with other settings or of another photo; "
    "--overwrite replaces it."
)
_KILLED = (
    "The process that colorized it was killed; it may need more memory than "
    "there is. Shrink the photo, or lower --jobs."
)


@dataclass(frozen=True)
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


def colorize_files(
    plan: Iterable[PlannedFile],
    session: ColorizeSession,
    options: PhotoOptions | None = None,
    overwrite: bool = False,
    jobs: int = 1,
    journal: Journal | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[FileResult]:
    """Colorizes the photos of a plan; one bad photo does not stop the rest.

    Args:
        plan: What `plan_folder` gave.
        session: The loaded model; with several jobs each process loads it
            once more, so its `num_threads` should be a share of the cores.
        options: How; default the model's own. Its caller has checked it.
        overwrite: Whether to do photos again whose result exists.
        jobs: Number of processes.
        journal: Where to note down what is done.
        is_stopped: Asked before each photo; once it says True, those that
            were begun are finished and no more.

    Yields:
        One result a photo: those that are skipped, then the others; in the
        order of the plan if `jobs` is 1, else as they are done.
    """
    to_do = []
    for file in plan:
        if not file.problem and not overwrite and _is_done(file, journal):
            is_stale = journal and journal.is_stale(file.source, file.target)
            notes = (STALE_NOTE,) if is_stale else ()
            yield _result(file, session, "skipped", notes=notes)
        else:
            to_do.append(file)
    work = _Work(session, options or PhotoOptions(), overwrite)
    if jobs == 1:
        done = _run_here(to_do, work, is_stopped)
    else:
        done = run_in_processes(to_do, _colorize_one, work, jobs, is_stopped)
    for file, result in done:
        if isinstance(result, Exception):
            is_killed = isinstance(result, WorkerDied)
            error = _KILLED if is_killed else repr(result)
            result = _result(file, session, "failed", error=error)
        elif journal is not None and result.status in ("colorized", "left"):
            journal.add(file.source, file.target, result.status)
        yield result


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
            file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
            file.flush()  # the rows of an interrupted batch are kept

        yield write


@dataclass(frozen=True)
class _Work:
    """What each process knows: the model, and what holds for every photo."""

    session: ColorizeSession
    options: PhotoOptions
    overwrite: bool


def _run_here(files, work, is_stopped):
    for file in files:
        if is_stopped():
            return
        yield file, _colorize_one(file, work)


def _colorize_one(file: PlannedFile, work: _Work) -> FileResult:
    """Colorizes one photo; what goes wrong is in the result."""
    start = time.perf_counter()
    status, facts = "colorized", {}
    try:
        _check_target(file)
        written = colorize_file(
            file.source,
            file.target,
            work.session,
            work.options,
            overwrite=work.overwrite,
        )
        status = "left" if written.data is None else "colorized"
        facts = {"notes": written.notes}
    except Exception as failure:  # recorded: any photo may be bad
        status, facts = "failed", {"error": str(failure) or repr(failure)}
    seconds = round(time.perf_counter() - start, 3)
    return _result(file, work.session, status, seconds=seconds, **facts)


def _check_target(file: PlannedFile) -> None:
    if file.problem:
        raise OutputError(file.problem)
    if file.target.is_dir():
        raise OutputError(
            f"{file.target} is a folder, where the result should go. Rename "
            "it, or the photo."
        )
    with explained_os_errors(file.target):
        file.target.parent.mkdir(parents=True, exist_ok=True)


def _is_done(file: PlannedFile, journal: Journal | None) -> bool:
    if file.target.exists():
        return not file.target.is_dir()
    return journal is not None and journal.is_left(file.source, file.target)


def _result(file, session, status, **facts) -> FileResult:
    return FileResult(
        input=str(file.source),
        output=str(file.target),
        status=status,
        model=session.contract.name,
        **facts,
    )
