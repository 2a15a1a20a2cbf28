"""The work directory: one run at a time, and nothing half-made left in it."""

import contextlib
import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from keras_colorize.files import remove_leftovers

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

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
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _lock(descriptor, path, console)
        try:
            _remove_leftovers(workdir, console)
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, console: Console) -> None:
    """Makes this process the owner of an open lock file."""
    is_known_free = _ask_system(descriptor, path)
    own = {"pid": os.getpid(), "host": socket.gethostname()}
    former = _owner(path)
    if former:
        pid, host = former["pid"], former["host"]
        if host != own["host"]:
            raise WorkdirLockedError(
                f"{path} must not be of another run. Received: process {pid} "
                f"of host {host!r}, which cannot be asked from here. If no "
                f"run uses the folder there, delete {path}."
            )
        if not is_known_free and _may_be_alive(pid):
            raise _in_use(path)
        console.print(
            f"{path}: process {pid} died here; its lock is taken over.",
            markup=False,
        )
    os.ftruncate(descriptor, 0)
    os.write(descriptor, json.dumps(own).encode())


def _ask_system(descriptor: int, path: Path) -> bool:
    """Locks the file; False where the system or the disk has no locks."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise _in_use(path) from error
    except OSError:  # some network disks
        return False
    return True


def _in_use(path: Path) -> WorkdirLockedError:
    owner = _owner(path) or {"pid": "?", "host": "?"}
    return WorkdirLockedError(
        f"{path.parent} must not be in use. Received: process {owner['pid']} "
        f"of host {owner['host']!r} trains there. Wait for its end, use "
        f"another --workdir, or, if there is no such process, delete {path}."
    )


def _owner(path: Path) -> dict | None:
    """Reads whose lock it is; None for nobody's, or cut short by a kill."""
    try:
        owner = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    is_owner = isinstance(owner, dict) and {"pid", "host"} <= owner.keys()
    return owner if is_owner and isinstance(owner["pid"], int) else None


def _may_be_alive(pid: int) -> bool:
    if os.name == "nt":  # there `os.kill` ends it, whatever the signal
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _remove_leftovers(workdir: Path, console: Console) -> None:
    checkpoints = workdir / "checkpoints"
    count = remove_leftovers(workdir) + remove_leftovers(checkpoints)
    for path in checkpoints.glob("tmp-step-*"):  # of former versions
        shutil.rmtree(path)
        count += 1
    if count:
        console.print(f"Removed {count} half-written files of a killed run.")
