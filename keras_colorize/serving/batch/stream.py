"""Millions of photos, without a plan of all: names in, rows out.

`plan` and `run` know a whole folder of this machine and its journal. Here a
photo is looked at by itself, so that any number of machines can work side by
side and none holds a list of all photos: the name of a result is a function
of the name of its photo, a result that is there is not made again, and which
shard does a photo follows from its name. `ray_engine` spreads the same over
a cluster.
"""

import hashlib
import itertools
import os
import sys
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO
from typing import Any

from keras_colorize.errors import PhotoError
from keras_colorize.errors import SettingError
from keras_colorize.photo_formats import FORMAT_OF_SUFFIX
from keras_colorize.photo_formats import GRAY_SUFFIXES
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.photo_formats import READABLE_SUFFIXES
from keras_colorize.serving.batch.places import Place
from keras_colorize.serving.batch.places import is_address
from keras_colorize.serving.batch.pool import WorkerDied
from keras_colorize.serving.batch.pool import run_in_processes
from keras_colorize.serving.batch.run import KILLED
from keras_colorize.serving.batch.run import FileResult
from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.images.naming import Naming
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession

# A worker reads and writes some photos while the network sees another.
CHUNK = 16
_THREADS = 3


@dataclass(frozen=True)
class Shard:
    """One of several equal parts of all photos.

    Attributes:
        number: Which, from 1.
        count: How many there are.
    """

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Reads `3/100`.

        Raises:
            SettingError: If it means nothing.
        """
        number, _, count = text.partition("/")
        try:
            shard = cls(int(number), int(count))
        except ValueError:
            shard = cls(0, 0)
        if not 1 <= shard.number <= shard.count:
            raise SettingError(
                "A shard is NUMBER/COUNT, counted from 1, such as 3/100. "
                f"Received: {text!r}."
            )
        return shard

    def has(self, name: str) -> bool:
        """Tells whether a photo is of this shard, by its name alone."""
        digest = hashlib.sha256(os.fsencode(name)).digest()
        return int.from_bytes(digest[:8], "big") % self.count == (
            self.number - 1
        )


@dataclass(frozen=True)
class StreamWork:
    """What each worker knows; can be pickled.

    Attributes:
        source: Where the photos are.
        target: Where results go.
        session: The loaded model. One thread: the bytes of results do not
            depend on the cores of a machine then.
        options: How; its caller has checked it.
        naming: How results are called.
        overwrite: Whether to do photos again whose result exists.
    """

    source: Place
    target: Place
    session: ColorizeSession
    options: PhotoOptions
    naming: Naming = Naming()
    overwrite: bool = False


def read_names(lines: Iterable[str], source: Place) -> Iterator[str]:
    """Reads a list of photos, one a line.

    Args:
        lines: Names below the place, or whole addresses of photos in it.
        source: The place.
    """
    start = f"{source.address.rstrip('/')}/"
    for line in lines:
        name = line.rstrip("\r\n")
        if name.strip():
            yield name.removeprefix("file://").removeprefix(start)


def open_list(path: str) -> IO[str]:
    """Opens a list of photos: a file, an address, or `-` for stdin.

    Raises:
        SettingError: If it cannot be read.
    """
    options: Any = {"encoding": "utf-8", "errors": "surrogateescape"}
    if path == "-":
        sys.stdin.reconfigure(**options)
        return sys.stdin
    try:
        if is_address(path):
            import fsspec

            opened = fsspec.open(path, "rt", compression="infer", **options)
            return opened.open()
        return open(path, **options)
    except (OSError, ImportError, ValueError) as error:
        raise SettingError(
            f"{path} cannot be read: {error}. Expected a list of photos, one "
            "name a line."
        ) from error


def result_name(name: str, naming: Naming) -> str:
    """Names the result of a photo, differently for different photos.

    As the photo. Where results have another format, its extension is added to
    the whole name (`a.jpg` becomes `a.jpg.png`): `a.png` may exist as well,
    and be done by another machine.

    Args:
        name: Of the photo.
        naming: How results are called.

    Raises:
        PhotoError: If the name does not say the format, or leads out of its
            place.
    """
    path = PurePosixPath(name)
    parts = name.split("/")
    is_odd = os.name == "nt" and any(mark in name for mark in "\\:")
    if is_odd or "\0" in name or not {"", ".", ".."}.isdisjoint(parts):
        raise PhotoError(
            "A photo is named by its path below IN, without . and .. parts. "
            f"Received: {name!r}."
        )
    suffix = path.suffix.lower()
    if suffix not in READABLE_SUFFIXES:
        raise PhotoError(
            f"{name} must end in one of {', '.join(READABLE_SUFFIXES)}, which "
            "names its result. Rename the photo."
        )
    stem, extension = path.stem, path.suffix
    added = _extension_to_add(path, naming.extension)
    if added:
        stem, extension = path.name, added
    folder = "".join(f"{part}/" for part in parts[:-1])
    return f"{folder}{stem}{naming.suffix or ''}{extension}"


def _extension_to_add(path: PurePosixPath, wanted: str | None) -> str:
    """Returns what comes after the whole name of a photo; empty for nothing.

    Also where a name looks like what became of another photo: `a.jpg.png`
    becomes `a.jpg.png.png`.
    """
    *inner, suffix = (suffix.lower() for suffix in path.suffixes)
    if wanted is not None:
        has_format = FORMAT_OF_SUFFIX.get(suffix) == FORMAT_OF_SUFFIX[wanted]
        is_odd = bool(inner) and inner[-1] in READABLE_SUFFIXES
        return wanted if is_odd or not has_format else ""
    color = PHOTO_FORMATS["PPM"].suffixes[0]
    core = [*inner, suffix]
    while core and core[-1] == color:
        core.pop()
    holds_no_color = bool(core) and core[-1] in GRAY_SUFFIXES
    return color if holds_no_color else ""


def find_result(name: str, work: StreamWork) -> tuple[str, bool]:
    """Returns the name of a result, and whether it is there, to be kept.

    Raises:
        PhotoError: If the photo has no name for it.
        OutputError: If there is something else of that name.
    """
    result = result_name(name, work.naming)
    # An empty file is what a full disk leaves.
    return result, not work.overwrite and work.target.size(result) > 0


def colorize_stored(name: str, work: StreamWork) -> FileResult:
    """Colorizes one photo; what goes wrong is in the row."""
    start = time.perf_counter()
    output, status, facts = "", "failed", {}
    try:
        result, is_there = find_result(name, work)
        output = work.target.address_of(result)
        if is_there:
            status = "skipped"
        else:
            status, facts["notes"] = _colorize_into(name, result, work)
    except Exception as failure:  # recorded: any photo may be bad
        facts["error"] = str(failure) or repr(failure)
    return FileResult(
        input=work.source.address_of(name),
        output=output,
        status=status,
        model=work.session.contract.name,
        seconds=round(time.perf_counter() - start, 3),
        **facts,
    )


def _colorize_into(name, result, work) -> tuple[str, tuple[str, ...]]:
    try:
        data = work.source.read(name)
    except FileNotFoundError as error:
        address = work.source.address_of(name)
        raise PhotoError(f"{address} is not there.") from error
    if not data:
        address = work.source.address_of(name)
        raise PhotoError(f"{address} is empty (0 bytes).")
    format = FORMAT_OF_SUFFIX[PurePosixPath(result).suffix.lower()]
    written = colorize_bytes(data, work.session, work.options, format)
    if written.data is None:
        return "left", written.notes
    work.target.write(result, written.data)
    return "colorized", written.notes


def colorize_chunk(names: list[str], work: StreamWork) -> list[FileResult]:
    """Colorizes a few photos, so that the network waits for no disk or net."""
    if len(names) == 1:
        return [colorize_stored(names[0], work)]
    with ThreadPoolExecutor(_THREADS) as threads:
        return list(
            threads.map(lambda name: colorize_stored(name, work), names)
        )


def colorize_stream(
    names: Iterable[str],
    work: StreamWork,
    jobs: int = 1,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[FileResult]:
    """Colorizes photos in the processes of this machine.

    Args:
        names: Of the photos; drawn as workers get free.
        work: What the workers know.
        jobs: Number of processes; 1 works in this one.
        is_stopped: Asked before each chunk of photos; once it says True,
            those that were begun are finished and no more.

    Yields:
        One row a photo, as they are done.
    """
    chunks = chunked(names, CHUNK)
    if jobs == 1:
        for chunk in chunks:
            if is_stopped():
                return
            yield from colorize_chunk(chunk, work)
        return
    alone: list[list[str]] = []
    for chunk, made in run_in_processes(
        chunks, colorize_chunk, work, jobs, is_stopped
    ):
        if isinstance(made, WorkerDied) and len(chunk) > 1:
            alone += [[name] for name in chunk]  # one of them is guilty
        else:
            yield from _rows(chunk, made, work)
    for chunk, made in run_in_processes(
        alone, colorize_chunk, work, 1, is_stopped
    ):
        yield from _rows(chunk, made, work)


def _rows(chunk, made, work) -> list[FileResult]:
    if isinstance(made, WorkerDied):
        return [killed_row(name, work) for name in chunk]
    if isinstance(made, Exception):  # a bug: photos fail as rows
        raise made
    return made


def killed_row(name: str, work: StreamWork) -> FileResult:
    """Returns the row of a photo whose process was killed each time."""
    model = work.session.contract.name
    address = work.source.address_of(name)
    return FileResult(address, "", "failed", model, error=KILLED)


def chunked(names: Iterable[str], size: int) -> Iterator[list[str]]:
    """Gives names in lists of a size; the last may be shorter."""
    names = iter(names)
    while chunk := list(itertools.islice(names, size)):
        yield chunk
