"""Files and folders that appear whole or not at all, and their checksums.

What is being made has a hidden name beside its own and gets its own in one
step. Whatever kills a run in between leaves such a hidden name and nothing
that looks like a result; it begins with `PART_PREFIX`.
"""

import contextlib
import difflib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_colorize.errors import ModelError
from keras_colorize.errors import OutputError

PART_PREFIX = ".keras-colorize-"
# What a folder of weights holds, see `presets`.
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.weights.h5"
METADATA_FILE = "metadata.json"
ONNX_FILE = "model.onnx"


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
    part = part_path(path)
    try:
        yield part
        if part.is_file():
            _sync(part)
        os.replace(part, path)
        _sync(path.parent)
    finally:
        _remove(part)


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
    options = {"indent": 2, "ensure_ascii": False, **options}
    write_text(path, json.dumps(content, **options) + "\n")


def json_line(content) -> str:
    """Returns one line of JSON Lines, readable, and always UTF-8.

    Names of files need not be UTF-8; the bytes that are not are escaped.
    """
    line = json.dumps(content, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        line = json.dumps(content)
    return line + "\n"


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


def remove_leftovers(folder: Path) -> int:
    """Removes what killed writers left in a folder; returns how many.

    Only where nobody else writes at the same time.
    """
    leftovers = list(folder.glob(f"{PART_PREFIX}*.part*"))
    for path in leftovers:
        _remove(path)
    return len(leftovers)


def part_path(path: Path) -> Path:
    """Returns a new hidden name beside `path`, with the same suffixes."""
    # Not with the stem: together they might be too long for a file name.
    suffixes = "".join(path.suffixes[-2:])
    return path.with_name(f"{PART_PREFIX}{secrets.token_hex(8)}.part{suffixes}")


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
