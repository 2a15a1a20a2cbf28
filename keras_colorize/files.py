"""Files and folders that appear whole or not at all, and their checksums.

What is being made has a hidden name beside its own and gets its own in one
step. Whatever kills a run in between leaves such a hidden name and nothing
that looks like a result; it begins with `PART_PREFIX`.
"""

import contextlib
import dataclasses
import difflib
import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_colorize.errors import ModelError
from keras_colorize.errors import OutputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

PART_PREFIX = ".keras-colorize-"
_DAY_S = 86400.0
# What a folder of weights holds, see `presets`.
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.weights.h5"
METADATA_FILE = "metadata.json"
ONNX_FILE = "model.onnx"
CARD_FILE = "README.md"
CREDITS_FILE = "CREDITS.md"


@dataclasses.dataclass(frozen=True)
class BegunFile:
    """A file in the making, beside the place that it takes when finished.

    Whoever finishes it may be another process than the one that wrote it.

    Attributes:
        part: The file, or folder, that is written.
        path: Its place.
    """

    part: Path
    path: Path

    def finish(self) -> None:
        """Puts it into its place, once it is on the disk."""
        if self.part.is_file():
            _sync(self.part)
        os.replace(self.part, self.path)
        _sync(self.path.parent)

    def discard(self) -> None:
        """Removes what is left of it."""
        _remove(self.part)


@contextlib.contextmanager
def written_beside(path: str | os.PathLike) -> Iterator[Path]:
    """Gives a name for a file in the making, which then becomes `path`.

    Example:
        with written_beside(path) as part:
            part.write_bytes(data)

    Args:
        path: The file to write; its folder must exist. A file of that name is
            replaced when the block ends, and stays if it raises.

    Yields:
        A path in the same folder that ends in the suffixes of `path`, for
        writers that look at them. A folder made there becomes `path` as well,
        if `path` is an empty folder or none.
    """
    path = Path(path)
    begun = BegunFile(part_path(path), path)
    try:
        yield begun.part
        begun.finish()
    finally:
        begun.discard()


@contextlib.contextmanager
def folder_written_beside(folder: str | os.PathLike) -> Iterator[Path]:
    """Gives an empty folder to fill, which then takes the place of `folder`.

    Args:
        folder: The folder to make; the folders above it are made if missing.
            One of that name is replaced, with all that is in it, when the
            block ends, and stays as it is if the block raises.

    Yields:
        Path of the folder to fill.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part, former = part_path(folder), part_path(folder)
    part.mkdir()
    try:
        yield part
        if folder.exists():
            os.rename(folder, former)
        try:
            os.rename(part, folder)
        except OSError:
            if former.exists():
                os.rename(former, folder)
            raise
        _sync(folder.parent)
    finally:
        _remove(part)
        _remove(former)


def write_bytes(data: bytes, path: Path) -> None:
    """Writes a file in one step; leaves nothing on failure.

    Raises:
        OutputError: If the file cannot be written there.
    """
    with explained_os_errors(path), written_beside(path) as part:
        part.write_bytes(data)


def begin_file(data: bytes, path: Path) -> BegunFile:
    """Writes a file beside its place, without a wait for the disk.

    Raises:
        OutputError: If the file cannot be written there; nothing is left.
    """
    begun = BegunFile(part_path(path), path)
    try:
        with explained_os_errors(path):
            begun.part.write_bytes(data)
    except BaseException:
        begun.discard()
        raise
    return begun


def write_text(path: str | os.PathLike, text: str) -> None:
    """Writes a text file in one step: readers see the old or the new text."""
    with written_beside(path) as part:
        part.write_text(text, encoding="utf-8", newline="")


def write_json(path: str | os.PathLike, content, **options) -> None:
    """Writes a JSON file in one step, indented by 2.

    Args:
        path: The file; its folder must exist.
        content: What JSON can hold.
        **options: Further keywords of `json.dumps`.
    """
    write_text(path, _json_text(content, **{"indent": 2, **options}))


def json_line(content) -> str:
    """Returns one line of JSON Lines, readable, and always UTF-8."""
    return _json_text(content)


def _json_text(content, **options) -> str:
    """Returns JSON that is readable, and always UTF-8.

    Names of files need not be UTF-8; the bytes that are not are escaped.
    """
    text = json.dumps(content, **{"ensure_ascii": False, **options})
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(content, **{**options, "ensure_ascii": True})
    return text + "\n"


def escaped(name: str) -> str:
    """Escapes the bytes of a file name that are not UTF-8, to print it."""
    return name.encode(errors="backslashreplace").decode()


def read_json_object(path: Path) -> dict[str, Any]:
    """Reads a JSON object that belongs to a model.

    Raises:
        ModelError: If the file holds another thing.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError(type(content).__name__)
        return content
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"{path} must be a JSON object. Received: {error}. Install the "
            "package or save the model again."
        ) from error


def file_state(path: Path) -> dict[str, int]:
    """Returns size and time of a file, by which a change of it is seen."""
    try:
        status = os.stat(path)
    except OSError:
        return {"bytes": -1, "modified_ns": -1}
    return {"bytes": status.st_size, "modified_ns": status.st_mtime_ns}


def sha256_of(path: str | os.PathLike) -> str:
    """Computes the checksum of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Returns " Did you mean a or b?" for a misspelt name, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=3)
    return f" Did you mean {' or '.join(close)}?" if close else ""


@contextlib.contextmanager
def explained_os_errors(path: Path) -> Iterator[None]:
    """Says what to do when the system does not let a file be written.

    Raises:
        OutputError: In place of any `OSError` inside the block.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}. Choose "
            "another place, or make its folder and allow writing in it."
        ) from error


def check_vacant(path: Path) -> None:
    """Refuses to go on where a file exists.

    Raises:
        OutputError: If `path` exists.
    """
    if os.path.exists(path):  # also asked for names that are too long
        raise OutputError(
            f"{path} exists already. Choose another name, or allow "
            "overwriting (--overwrite on the command line)."
        )


def check_writable(folder: Path) -> None:
    """Tries a folder before work starts.

    Raises:
        OutputError: If no file can be made in `folder`.
    """
    probe = part_path(folder / "probe")
    try:
        with explained_os_errors(folder):
            probe.touch(exist_ok=False)
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()


class LockedError(Exception):
    """Another process holds a lock.

    Args:
        pid: Its number; "?" if the file does not say.
        host: Its host.
        is_here: Whether that is this host.
    """

    def __init__(self, pid: int | str, host: str, is_here: bool):
        super().__init__(pid, host, is_here)
        self.pid, self.host, self.is_here = pid, host, is_here


@contextlib.contextmanager
def locked(path: Path, trusts_system: bool = False) -> Iterator[int | None]:
    """Holds a lock file, which names process and host of its owner.

    The file is empty afterwards. The system gives the lock of a process back
    however the process dies, so that of a dead one is taken over.

    Args:
        path: The file; made if missing, and left.
        trusts_system: Whether a lock that the system grants is enough, even
            if the file names a process of another host, which cannot be
            asked. Containers that were killed leave such names, and some
            network disks grant what another host holds.

    Yields:
        Number of a process of this host that died with the lock, or None.

    Raises:
        LockedError: If another process holds it, or may do so.
        OSError: If the file cannot be written.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    own = {"pid": os.getpid(), "host": socket.gethostname()}
    try:
        is_free = _ask_system(descriptor)
        owner = _owner_of_lock(path)
        pid, host = owner or ("?", "?")
        is_here = owner is None or host == own["host"]
        if is_free is False:
            raise LockedError(pid, host, is_here=True)
        if owner is not None and not (is_free and trusts_system):
            if not is_here:
                raise LockedError(pid, host, is_here)
            if not is_free and _may_be_alive(owner[0]):
                raise LockedError(pid, host, is_here)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps(own).encode())
        try:
            yield owner[0] if owner and is_here else None
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _ask_system(descriptor: int) -> bool | None:
    """Locks a file; None where the system or the disk has no locks."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network disks
        return None
    return True


def _owner_of_lock(path: Path) -> tuple[int, str] | None:
    """Reads whose lock it is; None for nobody's, or cut short by a kill."""
    try:
        owner = json.loads(path.read_bytes())
        pid, host = owner["pid"], owner["host"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return None
    return (pid, str(host)) if isinstance(pid, int) else None


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


def remove_leftovers(folder: Path, of_dead_only: bool = False) -> int:
    """Removes what killed writers left in a folder; returns how many.

    Args:
        folder: The folder; not those in it.
        of_dead_only: Whether others may write at the same time: what a
            process of this host that is alive, or one of another host, began
            less than a day ago stays then.
    """
    leftovers = [
        path
        for path in folder.glob(f"{PART_PREFIX}*.part*")
        if not of_dead_only or _is_of_dead(path)
    ]
    for path in leftovers:
        _remove(path)
    return len(leftovers)


def part_path(path: Path) -> Path:
    """Returns a new hidden name beside `path`, with the same suffixes."""
    # Not with the stem: together they might be too long for a file name.
    suffixes = "".join(path.suffixes[-2:])
    token = f"{os.getpid()}-{_host_tag()}-{secrets.token_hex(8)}"
    return path.with_name(f"{PART_PREFIX}{token}.part{suffixes}")


def _is_of_dead(part: Path) -> bool:
    """Tells whether nobody goes on with a file in the making."""
    try:
        if time.time() - part.stat().st_mtime > _DAY_S:
            return True
    except OSError:
        return False  # it is finished
    match = re.match(r"(\d+)-([0-9a-f]+)-", part.name[len(PART_PREFIX) :])
    if match is None or match[2] != _host_tag():
        return False
    return not _may_be_alive(int(match[1]))


def _host_tag() -> str:
    name = socket.gethostname().encode(errors="replace")
    return hashlib.sha256(name).hexdigest()[:8]


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # gone already if all went well
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _sync(path: Path) -> None:
    """Waits until a file or folder is on the disk, where the system can."""
    with contextlib.suppress(OSError):  # Windows opens no folder
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
