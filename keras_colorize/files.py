"""Files written whole or not at all, and known by their checksum."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from keras_colorize.errors import OutputError


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
    if path.exists():
        raise OutputError(
            f"{path} exists already. Choose another name, or allow "
            "overwriting (--overwrite on the command line)."
        )


def check_writable(folder: Path) -> None:
    """Tries a folder before work starts.

    Raises:
        OutputError: If no file can be made in `folder`.
    """
    probe = _part_path(folder)
    try:
        with explained_os_errors(folder):
            probe.touch(exist_ok=False)
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()


def write_bytes(data: bytes, path: Path) -> None:
    """Writes beside `path`, then renames; leaves nothing on failure.

    Raises:
        OutputError: If the file cannot be written there.
    """
    part = _part_path(path.parent)
    try:
        with explained_os_errors(path):
            part.write_bytes(data)
            os.replace(part, path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()  # gone already if all went well


def sha256_of(path: str | os.PathLike) -> str:
    """Checksum of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _part_path(folder: Path) -> Path:
    return folder / f".keras-colorize-{secrets.token_hex(8)}.part"
