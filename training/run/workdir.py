"""The work directory: one run at a time, and nothing half-made left in it."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from keras_colorize.files import LockedError
from keras_colorize.files import locked
from keras_colorize.files import remove_leftovers

LOCK_FILE = "run.lock"


class WorkdirLockedError(ValueError):
    """Another run uses the work directory."""


@contextlib.contextmanager
def locked_workdir(workdir: Path, console: Console) -> Iterator[None]:
    """Keeps other runs out of a work directory, and tidies it.

    `run.lock` names process and host of the run that goes on there, and is
    empty afterwards. The system gives the lock of a process back however the
    process dies, so that of a dead one is taken over. Of another host this
    cannot be known.

    Args:
        workdir: made when missing.
        console: where messages go.

    Raises:
        WorkdirLockedError: If another run holds it.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    path = workdir / LOCK_FILE
    with contextlib.ExitStack() as stack:
        try:
            former = stack.enter_context(locked(path))
        except LockedError as error:
            raise WorkdirLockedError(_refusal(path, error)) from error
        if former is not None:
            console.print(
                f"{path}: process {former} died here; its lock is taken over.",
                markup=False,
            )
        _remove_leftovers(workdir, console)
        yield


def _refusal(path: Path, error: LockedError) -> str:
    if not error.is_here:
        return (
            f"{path} must not be of another run. Received: process {error.pid} "
            f"of host {error.host!r}, which cannot be asked from here. If no "
            f"run uses the folder there, delete {path}."
        )
    return (
        f"{path.parent} must not be in use. Received: process {error.pid} "
        f"of host {error.host!r} trains there. Wait for its end, use "
        f"another --workdir, or, if there is no such process, delete {path}."
    )


def _remove_leftovers(workdir: Path, console: Console) -> None:
    checkpoints = workdir / "checkpoints"
    count = remove_leftovers(workdir) + remove_leftovers(checkpoints)
    for path in checkpoints.glob("tmp-step-*"):  # of former versions
        shutil.rmtree(path)
        count += 1
    if count:
        console.print(f"Removed {count} half-written files of a killed run.")
