"""Which photo of a batch becomes which file."""

import dataclasses
import hashlib
import os
import unicodedata
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path

from keras_colorize.errors import OutputError
from keras_colorize.errors import PhotoError
from keras_colorize.errors import SettingError
from keras_colorize.files import check_writable
from keras_colorize.files import explained_os_errors
from keras_colorize.photo_formats import READABLE_SUFFIXES
from keras_colorize.serving.images.naming import Naming


@dataclasses.dataclass(frozen=True, slots=True)
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


def plan_folder(
    source: str | os.PathLike,
    target: str | os.PathLike,
    recursive: bool = False,
    naming: Naming | None = None,
    owners: Mapping[Path, Path] | None = None,
) -> list[PlannedFile]:
    """Lists the photos of a folder and where each result goes.

    Files are taken by their suffix; hidden ones are left out. Results have
    the names of their photos, in the same tree under `target`.

    Args:
        source: Folder of photos.
        target: Folder for the results; made if missing.
        recursive: Whether to go into subfolders.
        naming: How results are called; default as their photos.
        owners: Results of earlier runs, with their photos.

    Returns:
        One entry a photo, by name; a folder before its subfolders.

    Raises:
        SettingError: If `source` is no folder, or `target` is that folder,
            or lies in it while `recursive`.
        PhotoError: If there is no photo.
        OutputError: If `target` cannot be written.
    """
    source, target, naming = Path(source), Path(target), naming or Naming()
    _check_folders(source, target, recursive)
    photos = list(_walk(source, recursive))
    if not photos:
        raise PhotoError(
            f"There are no photos in {source}. Expected files that end in "
            f"{', '.join(READABLE_SUFFIXES)}"
            + ("." if recursive else "; for subfolders add --recursive.")
        )
    with explained_os_errors(target):
        target.mkdir(parents=True, exist_ok=True)
    check_writable(target)
    targets = [
        naming.inside(target / photo.parent.relative_to(source), photo)
        for photo in photos
    ]
    return plan_targets(photos, targets, owners)


def plan_targets(
    sources: Iterable[Path],
    targets: Iterable[Path],
    owners: Mapping[Path, Path] | None = None,
) -> list[PlannedFile]:
    """Pairs photos with results, so that no result replaces another file.

    Names that differ only in case or in Unicode form count as the same, so
    that a tree means the same on every file system. A photo that may not have
    its name gets a longer one: `a.jpg` becomes `a.jpg.png` where `a.png` has
    become `a.png`, and after that one with a checksum of its path. Names that
    are photos of this batch are a problem that the plan says.

    Args:
        sources: The photos.
        targets: The names that they would have.
        owners: Results of earlier runs, with their photos: these keep their
            names.
    """
    sources, targets = list(sources), list(targets)
    photos = {_name_key(source.resolve()): source for source in sources}
    taken = {
        _name_key(result.resolve()): str(photo.resolve())
        for result, photo in (owners or {}).items()
    }
    plan: dict[int, PlannedFile] = {}
    # Those that keep their name first: they have the better right to it.
    order = sorted(
        range(len(sources)),
        key=lambda i: (sources[i].name != targets[i].name, i),
    )
    for i in order:
        owner = str(sources[i].resolve())
        for target in _candidates(sources[i], targets[i]):
            key = _name_key(target.resolve())
            if key in photos:
                problem = (
                    f"{target} would replace what belongs to {photos[key]}. "
                    "Rename one of the two photos."
                )
                plan[i] = PlannedFile(sources[i], target, problem)
                break
            if taken.setdefault(key, owner) == owner:
                plan[i] = PlannedFile(sources[i], target)
                break
    return [plan[i] for i in range(len(sources))]


def _check_folders(source: Path, target: Path, recursive: bool) -> None:
    """Refuses folders between which nothing can be colorized.

    Raises:
        SettingError: If `source` is no folder, or `target` is that folder,
            or lies in it while `recursive`.
        OutputError: If `target` is a file.
    """
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


def _candidates(source: Path, target: Path) -> Iterator[Path]:
    yield target
    extension = source.suffix.lower() + target.suffix
    yield target.with_name(f"{target.stem}{extension}")
    # The path as it is on disk: two that differ in case stay two.
    digest = hashlib.sha256(os.fsencode(source.resolve())).hexdigest()
    for length in range(8, len(digest) + 1):
        yield target.with_name(f"{target.stem}-{digest[:length]}{extension}")


def _walk(source: Path, recursive: bool) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(source):
        subfolders[:] = sorted(
            name for name in subfolders if recursive and name[0] != "."
        )
        for name in sorted(names):
            # Hidden files: macOS leaves `._photo.jpg` on foreign disks.
            if (
                name[0] != "."
                and Path(name).suffix.lower() in READABLE_SUFFIXES
            ):
                yield Path(folder, name)


def _name_key(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()
