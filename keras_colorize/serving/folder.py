"""Colorizing whole folders: a mirrored tree, and errors as data."""

import contextlib
import dataclasses
import json
import os
import time
import unicodedata
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

from keras_colorize.serving.api import colorize_file
from keras_colorize.serving.encoding import FORMAT_OF_SUFFIX
from keras_colorize.serving.encoding import check_writable
from keras_colorize.serving.encoding import explained_os_errors
from keras_colorize.serving.errors import OutputError
from keras_colorize.serving.errors import PhotoError
from keras_colorize.serving.errors import SettingError
from keras_colorize.serving.session import ColorizeSession


@dataclasses.dataclass(frozen=True)
class PlannedFile:
    """One photo of a batch.

    Attributes:
        source: The photo file.
        target: Where its result goes.
        problem: Why it cannot go there; empty if it can.
    """

    source: Path
    target: Path
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class FileResult:
    """What became of one photo; one line of the report.

    Attributes:
        input: Path of the photo.
        output: Path of the result.
        status: "colorized", "skipped" (the result was there) or "failed".
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


def plan_folder(
    source: str | os.PathLike,
    target: str | os.PathLike,
    recursive: bool = False,
) -> list[PlannedFile]:
    """Lists the photos of a folder and where each result goes.

    Files are taken by their suffix; hidden ones are left out. Results have
    the names of their photos, in the same tree under `target`. Names that
    differ only in case or in Unicode form count as the same, so that a tree
    means the same on every file system.

    Args:
        source: Folder of photos.
        target: Folder for the results; made if missing.
        recursive: Whether to go into subfolders.

    Returns:
        One entry a photo, by name; a folder before its subfolders.

    Raises:
        SettingError: If `source` is no folder, or `target` is that folder,
            or lies in it while `recursive`.
        PhotoError: If there is no photo.
        OutputError: If `target` cannot be written.
    """
    source, target = Path(source), Path(target)
    _check_folders(source, target, recursive)
    photos = list(_walk(source, recursive))
    if not photos:
        raise PhotoError(
            f"There are no photos in {source}. Expected files that end in "
            f"{', '.join(FORMAT_OF_SUFFIX)}"
            + ("." if recursive else "; for subfolders add --recursive.")
        )
    with explained_os_errors(target):
        target.mkdir(parents=True, exist_ok=True)
    check_writable(target)
    return plan_targets(
        photos, [target / p.relative_to(source) for p in photos]
    )


def plan_targets(
    sources: Iterable[Path], targets: Iterable[Path]
) -> list[PlannedFile]:
    """Pairs photos with results, so that no result replaces another file.

    The first photo that asks for a name gets it; for later ones, and for
    names that are photos of this batch, the plan says the problem.
    """
    sources, targets = list(sources), list(targets)
    owners = {_name_key(source.resolve()): source for source in sources}
    plan = []
    for source, target in zip(sources, targets, strict=True):
        key = _name_key(target.resolve())
        owner = owners.setdefault(key, source)
        is_taken = owner is not source or source.resolve() == target.resolve()
        problem = (
            f"{target} would replace what belongs to {owner}. Rename one of "
            "the two photos."
            if is_taken
            else ""
        )
        plan.append(PlannedFile(source, target, problem))
    return plan


def colorize_files(
    plan: Iterable[PlannedFile],
    session: ColorizeSession,
    strength: float = 1.0,
    temperature: float | None = None,
    overwrite: bool = False,
) -> Iterator[FileResult]:
    """Colorizes the photos of a plan; one bad photo does not stop the rest.

    Args:
        plan: What `plan_folder` gave.
        session: The loaded model.
        strength: Factor on the predicted chroma.
        temperature: For models that predict distributions.
        overwrite: Whether to do photos again whose result exists.

    Yields:
        One result a photo, in the order of the plan.

    Raises:
        SettingError: If a setting has no meaning for the model; before the
            first photo.
    """
    session.check_settings(strength, temperature)
    model = ".".join(
        filter(None, (session.contract.model, session.contract.weights))
    )
    for file in plan:
        start = time.perf_counter()
        status, error, notes = "colorized", "", ()
        try:
            if _is_to_do(file, overwrite):
                _, notes = colorize_file(
                    file.source,
                    file.target,
                    session,
                    strength,
                    temperature,
                    overwrite,
                )
            else:
                status = "skipped"
        except Exception as failure:  # recorded: any photo may be bad
            status, error = "failed", str(failure) or repr(failure)
        yield FileResult(
            input=str(file.source),
            output=str(file.target),
            status=status,
            model=model,
            seconds=round(time.perf_counter() - start, 3),
            error=error,
            notes=notes,
        )


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


def _check_folders(source: Path, target: Path, recursive: bool) -> None:
    if not source.is_dir():
        raise SettingError(
            f"{source} is not a folder. Expected a folder of photos; for one "
            "photo use `keras-colorize image`."
        )
    if target.exists() and not target.is_dir():
        raise OutputError(
            f"{target} is a file. Expected a folder for the results; choose "
            "another one."
        )
    if target.exists() and target.samefile(source):
        raise SettingError(
            f"{source} is given as both folders, and results must not replace "
            "photos. Choose another folder for the results."
        )
    if recursive and target.resolve().is_relative_to(source.resolve()):
        raise SettingError(
            f"{target} lies in {source}, so the next run would colorize its "
            "own results. Choose a folder beside it, or leave out --recursive."
        )


def _walk(source: Path, recursive: bool) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(source):
        subfolders[:] = sorted(
            name for name in subfolders if recursive and name[0] != "."
        )
        for name in sorted(names):
            # Hidden files: macOS leaves `._photo.jpg` on foreign disks.
            if name[0] != "." and Path(name).suffix.lower() in FORMAT_OF_SUFFIX:
                yield Path(folder, name)


def _is_to_do(file: PlannedFile, overwrite: bool) -> bool:
    if file.problem:
        raise OutputError(file.problem)
    if file.target.is_dir():
        raise OutputError(
            f"{file.target} is a folder, where the result should go. Rename "
            "it, or the photo."
        )
    if file.target.exists() and not overwrite:
        return False
    with explained_os_errors(file.target):
        file.target.parent.mkdir(parents=True, exist_ok=True)
    return True


def _name_key(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()
