"""Colorizing the photos of a plan: errors as data, one process or several."""

import contextlib
import os
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path

from keras_colorize.errors import OutputError
from keras_colorize.errors import PhotoError
from keras_colorize.errors import PhotoSizeError
from keras_colorize.files import BegunFile
from keras_colorize.files import LockedError
from keras_colorize.files import begin_file
from keras_colorize.files import explained_os_errors
from keras_colorize.files import file_state
from keras_colorize.files import json_line
from keras_colorize.files import locked
from keras_colorize.files import remove_leftovers
from keras_colorize.photo_formats import READABLE_SUFFIXES
from keras_colorize.serving.batch.journal import Journal
from keras_colorize.serving.batch.plan import PlannedFile
from keras_colorize.serving.batch.plan import check_planned
from keras_colorize.serving.batch.pool import WorkerDied
from keras_colorize.serving.batch.pool import run_in_processes
from keras_colorize.serving.colorize import colorize_file
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession

STALE_NOTE = (
    "The result that exists was made with other settings or of another photo; "
    "--overwrite replaces it."
)
LOCK_NAME = ".keras-colorize.lock"
KILLED = (
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
            color already), "failed", or "other" (no photo by its name).
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
            once more. With files that are not shipped some bytes of results
            depend on its `num_threads`.
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
        if not is_skipped(file, overwrite, journal):
            is_cut = not file.problem and _is_cut_short(file, journal)
            to_do.append(_Task(file, overwrite or is_cut))
            continue
        is_stale = journal and journal.is_stale(file.source, file.target)
        notes = (STALE_NOTE,) if is_stale else ()
        yield _result(file, session, "skipped", notes=notes)
    work = _Work(session, options or PhotoOptions())
    if jobs == 1:
        done = _run_here(to_do, work, is_stopped)
    else:
        done = run_in_processes(to_do, _colorize_one, work, jobs, is_stopped)
    for task, made in done:
        file = task.file
        if isinstance(made, Exception):
            is_killed = isinstance(made, WorkerDied)
            error = KILLED if is_killed else repr(made)
            yield _result(file, session, "failed", error=error)
            continue
        result = _finished(made)
        if journal is not None and result.status in ("colorized", "left"):
            journal.add(
                file.source,
                file.target,
                result.status,
                made.photo,
                num_files=len(made.begun),
            )
        yield result


def is_skipped(
    file: PlannedFile, overwrite: bool = False, journal: Journal | None = None
) -> bool:
    """Tells whether a photo is skipped because its result is there.

    Args:
        file: One of a plan.
        overwrite: Whether to do photos again whose result exists.
        journal: What earlier runs did; one that a full disk or a crash cut
            short is no result.
    """
    if file.problem or overwrite or _is_cut_short(file, journal):
        return False
    return _is_done(file, journal)


@contextlib.contextmanager
def locked_results(folder: Path) -> Iterator[None]:
    """Keeps other runs out of a folder of results.

    Args:
        folder: An existing folder.

    Raises:
        OutputError: If another run works there, or nothing can be written.
    """
    path = folder / LOCK_NAME
    with contextlib.ExitStack() as stack:
        try:
            with explained_os_errors(path):
                stack.enter_context(locked(path, trusts_system=True))
        except LockedError as error:
            raise OutputError(
                f"Another run works in {folder}: process {error.pid} of host "
                f"{error.host}. Wait for its end or choose another folder; "
                f"if there is no such process, delete {path}."
            ) from error
        yield


def sweep_leftovers(folder: Path, plan: Iterable[PlannedFile]) -> int:
    """Removes what killed runs left where results go; returns how many."""
    folders = {folder, *(file.target.parent for file in plan)}
    return sum(remove_leftovers(f, of_dead_only=True) for f in folders)


@contextlib.contextmanager
def report_writer(
    path: str | os.PathLike | None,
) -> Iterator[Callable[[FileResult], None]]:
    """Gives a function that writes results as JSON Lines, each at once.

    Args:
        path: File to write, replaced if it exists; None writes nothing.

    Raises:
        OutputError: If the file cannot be written, or has the name of a
            photo, which it would replace; before any work.
    """
    if path is None:
        yield lambda result: None
        return
    if Path(path).resolve().suffix.lower() in READABLE_SUFFIXES:
        raise OutputError(
            f"{path} is the name of a photo, which a report must not replace. "
            "Expected another name, such as report.jsonl."
        )
    with explained_os_errors(Path(path)):
        file = Path(path).open("w", encoding="utf-8")
    with file:

        def write(result: FileResult) -> None:
            file.write(json_line(asdict(result)))
            file.flush()  # the rows of an interrupted batch are kept

        yield write


@dataclass(frozen=True)
class _Work:
    """What each process knows: the model, and what holds for every photo."""

    session: ColorizeSession
    options: PhotoOptions


@dataclass(frozen=True)
class _Task:
    """One photo to colorize, and whether its result may be replaced."""

    file: PlannedFile
    overwrite: bool


@dataclass(frozen=True)
class _Made:
    """What became of a task.

    Attributes:
        result: For the report.
        photo: `file_state` of the photo before it was read.
        begun: Files that were written. Who gets this puts them into their
            place: the wait for the disk is not one of the process that could
            colorize the next photo.
    """

    result: FileResult
    photo: dict[str, int]
    begun: tuple[BegunFile, ...]


def _run_here(tasks, work, is_stopped):
    for task in tasks:
        if is_stopped():
            return
        yield task, _colorize_one(task, work)


def _colorize_one(task: _Task, work: _Work) -> _Made:
    """Colorizes one photo; what goes wrong is in the result."""
    start = time.perf_counter()
    file = task.file
    begun: list[BegunFile] = []
    photo = file_state(file.source)
    try:
        _check_target(file, work.options)
        written = colorize_file(
            file.source,
            file.target,
            work.session,
            work.options,
            overwrite=task.overwrite,
            write=lambda data, path: begun.append(begin_file(data, path)),
        )
        status = "colorized" if begun else "left"
        facts = {"notes": written.notes}
    except Exception as failure:  # recorded: any photo may be bad
        _discard(begun)
        status, facts = "failed", {"error": str(failure) or repr(failure)}
    seconds = round(time.perf_counter() - start, 3)
    result = _result(file, work.session, status, seconds=seconds, **facts)
    return _Made(result, photo, tuple(begun))


def _finished(made: _Made) -> FileResult:
    """Puts the files of a result into their places."""
    try:
        for file in made.begun:
            with explained_os_errors(file.path):
                file.finish()
    except OutputError as failure:
        _discard(made.begun)
        return replace(
            made.result, status="failed", error=str(failure), notes=()
        )
    return made.result


def _discard(begun: Iterable[BegunFile]) -> None:
    for file in begun:
        file.discard()


def _check_target(file: PlannedFile, options: PhotoOptions) -> None:
    check_planned(file, options.max_pixels)
    if file.target.is_dir():
        raise OutputError(
            f"{file.target} is a folder, where the result should go. Rename "
            "it, or the photo."
        )
    with explained_os_errors(file.target):
        file.target.parent.mkdir(parents=True, exist_ok=True)


def _is_cut_short(file: PlannedFile, journal: Journal | None) -> bool:
    """Tells whether a result is what a full disk or a crash has left.

    One that was changed and can be read is somebody's work, and stays.
    """
    if file_state(file.target)["bytes"] == 0:
        return True
    changed = journal.changed(file.target) if journal else []
    return any(not _can_be_read(path) for path in changed)


def _can_be_read(path: Path) -> bool:
    try:
        read_photo(path)
    except (PhotoSizeError, MemoryError):
        return True  # too large to look into, which is no damage
    except PhotoError:
        return False
    return True


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
