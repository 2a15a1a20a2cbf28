"""Colorizing the photos of a plan: errors as data, one process or several."""

import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

from keras_colorize.errors import OutputError
from keras_colorize.files import explained_os_errors
from keras_colorize.serving.batch.journal import Manifest
from keras_colorize.serving.batch.plan import PlannedFile
from keras_colorize.serving.batch.pool import WorkerDied
from keras_colorize.serving.batch.pool import run_in_processes
from keras_colorize.serving.batch.report import FileResult
from keras_colorize.serving.colorize import colorize_file
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession

STALE_NOTE = (
    "The result that exists was made with other settings or of another photo; "
    "--overwrite replaces it."
)


def colorize_files(
    plan: Iterable[PlannedFile],
    session: ColorizeSession,
    options: PhotoOptions | None = None,
    overwrite: bool = False,
    jobs: int = 1,
    manifest: Manifest | None = None,
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
        manifest: Where to note down what is done.
        is_stopped: Asked before each photo; once it says True, those that
            were begun are finished and no more.

    Yields:
        One result a photo: those that are skipped, then the others; in the
        order of the plan if `jobs` is 1, else as they are done.
    """
    options = options or PhotoOptions()
    model = session.contract.name
    to_do = []
    for file in plan:
        if _is_done(file, overwrite, manifest):
            yield _skipped(file, model, manifest)
        else:
            to_do.append(file)
    work = (session, options, overwrite)
    if jobs == 1:
        done = _run_here(to_do, work, is_stopped)
    else:
        done = run_in_processes(to_do, colorize_one, work, jobs, is_stopped)
    for file, result in done:
        if isinstance(result, Exception):
            result = _killed(file, model, result)
        elif manifest is not None and result.status in ("colorized", "left"):
            manifest.add(file.source, file.target, result.status)
        yield result


def colorize_one(
    file: PlannedFile, work: tuple[ColorizeSession, PhotoOptions, bool]
) -> FileResult:
    """Colorizes one photo of a plan; what goes wrong is in the result."""
    session, options, overwrite = work
    start = time.perf_counter()
    status, error, notes = "colorized", "", ()
    try:
        _check_target(file)
        written = colorize_file(
            file.source, file.target, session, options, overwrite
        )
        status = "left" if written.data is None else "colorized"
        notes = written.notes
    except Exception as failure:  # recorded: any photo may be bad
        status, error = "failed", str(failure) or repr(failure)
    return FileResult(
        input=str(file.source),
        output=str(file.target),
        status=status,
        model=session.contract.name,
        seconds=round(time.perf_counter() - start, 3),
        error=error,
        notes=notes,
    )


def _is_done(file, overwrite, manifest) -> bool:
    if file.problem or overwrite or file.target.is_dir():
        return False
    if file.target.exists():
        return True
    return manifest is not None and manifest.is_left(file.source, file.target)


def _skipped(file, model, manifest) -> FileResult:
    is_stale = manifest is not None and manifest.is_stale(
        file.source, file.target
    )
    return FileResult(
        input=str(file.source),
        output=str(file.target),
        status="skipped",
        model=model,
        notes=(STALE_NOTE,) if is_stale else (),
    )


def _run_here(files, work, is_stopped):
    for file in files:
        if is_stopped():
            return
        yield file, colorize_one(file, work)


def _killed(file, model, error) -> FileResult:
    is_killed = isinstance(error, WorkerDied)
    return FileResult(
        input=str(file.source),
        output=str(file.target),
        status="failed",
        model=model,
        error="The process that colorized it was killed; it may need more "
        "memory than there is. Shrink the photo, or lower --jobs."
        if is_killed
        else repr(error),
    )


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
