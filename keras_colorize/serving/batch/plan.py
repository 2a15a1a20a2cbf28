"""Which photo of a batch becomes which file."""

import dataclasses
import hashlib
import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

from keras_colorize.errors import OutputError
from keras_colorize.errors import PhotoError
from keras_colorize.errors import SettingError
from keras_colorize.files import check_writable
from keras_colorize.files import explained_os_errors
from keras_colorize.photo_formats import READABLE_SUFFIXES
from keras_colorize.photo_formats import format_of_path
from keras_colorize.serving.images.naming import Naming
from keras_colorize.serving.images.naming import page_path
from keras_colorize.serving.images.read import read_photo

_OWN = ".keras-colorize"  # how names of our own begin: a journal, a lock
_LONGEST_NAME = 255  # of a file; bytes, and UTF-16 units on Windows


@dataclasses.dataclass(frozen=True, slots=True)
class PlannedFile:
    """One photo of a batch.

    Attributes:
        source: The photo file.
        target: Where its result goes.
        problem: Why it cannot be done; empty if it can.
        taken_page: Number of its first page whose file would replace what
            belongs to another photo; 0 for none.
    """

    source: Path
    target: Path
    problem: str = ""
    taken_page: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class FolderPlan:
    """What is done with the files of a folder.

    Attributes:
        files: The photos, by name, a folder before its subfolders; and the
            subfolders that cannot be read, as problems.
        others: Files of other kinds, hidden ones, and links to folders, which
            are left out.
    """

    files: Sequence[PlannedFile]
    others: Sequence[Path]

    def describe_others(self) -> str:
        """Says how many are left out of each kind; empty for none."""
        if not self.others:
            return ""
        counts = Counter(map(_kind_of, self.others))
        kinds = ", ".join(f"{n} {kind}" for kind, n in counts.most_common())
        noun = "other" if len(self.others) == 1 else "others"
        return f"{len(self.others)} {noun} left out: {kinds}"


def plan_folder(
    source: str | os.PathLike,
    target: str | os.PathLike,
    recursive: bool = False,
    naming: Naming | None = None,
    owners: Mapping[Path, Path] | None = None,
    makes_target: bool = True,
) -> FolderPlan:
    """Lists the photos of a folder and where each result goes.

    Files are taken by their suffix; hidden ones are left out. Results have
    the names of their photos, in the same tree under `target`.

    Args:
        source: Folder of photos.
        target: Folder for the results; made if missing.
        recursive: Whether to go into subfolders.
        naming: How results are called; default as their photos.
        owners: Results of earlier runs, with their photos.
        makes_target: Whether to make `target` and try to write there.

    Raises:
        SettingError: If `source` is no folder, or `target` is that folder,
            or lies in it while `recursive`.
        PhotoError: If there is no photo.
        OutputError: If `target` cannot be written.
    """
    source, target, naming = Path(source), Path(target), naming or Naming()
    check_folders(source, target, recursive)
    photos, others, unread = _list_files(source, recursive)
    if not photos and not unread:
        raise PhotoError(
            f"There are no photos in {source}. Expected files that end in "
            f"{', '.join(READABLE_SUFFIXES)}"
            + ("." if recursive else "; for subfolders add --recursive.")
        )
    if makes_target:
        with explained_os_errors(target):
            target.mkdir(parents=True, exist_ok=True)
        check_writable(target)
    targets = [
        naming.inside(target / photo.parent.relative_to(source), photo)
        for photo in photos
    ]
    files = plan_targets(photos, targets, owners)
    for folder, error in unread.items():
        place = target / folder.relative_to(source)
        problem = (
            f"{folder} cannot be read ({error.strerror or error}), so its "
            "photos are left out. Change its permissions."
        )
        files.append(PlannedFile(folder, place, problem))
    return FolderPlan(files, others)


def plan_targets(
    sources: Iterable[Path],
    targets: Iterable[Path],
    owners: Mapping[Path, Path] | None = None,
) -> list[PlannedFile]:
    """Pairs photos with results, so that no result replaces another file.

    Names that differ only in case or in Unicode form count as the same, so
    that a tree means the same on every file system. A photo that may not have
    its name gets a longer one: `a.jpg` becomes `a.jpg.png` where `a.png` has
    become `a.png`, and after that one with a checksum of its path. A problem
    that the plan says are names that are photos of this batch or too long,
    and what is no file: it is not opened, since a pipe may never end.

    Args:
        sources: The photos.
        targets: The names that they would have.
        owners: Results of earlier runs, with their photos: these keep their
            names.
    """
    sources, targets = list(sources), list(targets)
    photos = {_name_key(source): source for source in sources}
    identities = {_identity(source): source for source in sources}
    taken = {
        _name_key(result): os.path.realpath(photo)
        for result, photo in (owners or {}).items()
    }
    plan: dict[int, PlannedFile] = {}
    # Those that keep their name first: they have the better right to it.
    order = sorted(
        range(len(sources)),
        key=lambda i: (sources[i].name != targets[i].name, i),
    )
    for i in order:
        owner = os.path.realpath(sources[i])
        for target in _candidates(sources[i], targets[i]):
            key = _name_key(target)
            replaced = photos.get(key)
            if replaced is None and os.path.exists(target):  # another link
                replaced = identities.get(_identity(target))
            if replaced is not None:
                problem = _problem_of_replacing(target, replaced)
                plan[i] = PlannedFile(sources[i], target, problem)
                break
            if taken.setdefault(key, owner) == owner:
                problem = _problem_of_kind(sources[i]) or _problem_of_name(
                    target
                )
                plan[i] = PlannedFile(sources[i], target, problem)
                break
    reserved = {**taken, **{key: "" for key in photos}}
    return [_with_pages(plan[i], reserved) for i in range(len(sources))]


def _problem_of_replacing(target: Path, photo: Path) -> str:
    return (
        f"{target} would replace the photo {photo}, which is never done. "
        "Choose another name or folder for the result."
    )


def _problem_of_kind(source: Path) -> str:
    """Says what is wrong with a source that is no file; empty for files."""
    try:
        mode = os.stat(source).st_mode
    except (OSError, ValueError):
        return ""  # said when it is opened
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return ""
    return (
        f"{source} is no file, but a pipe, socket or device. Expected a photo "
        "file; to read from a pipe give - as its name."
    )


def _problem_of_name(target: Path) -> str:
    """Says that the name of a result is too long; empty for others."""
    if os.name == "nt":
        length = len(target.name.encode("utf-16-le", "surrogatepass")) // 2
    else:
        length = len(os.fsencode(target.name))
    if length <= _LONGEST_NAME:
        return ""
    return (
        f"The result would be called {target}, a name of {length} bytes where "
        f"{_LONGEST_NAME} are the most. Shorten the name of the photo, or "
        "--suffix."
    )


def _with_pages(file: PlannedFile, reserved: Mapping[str, str]) -> PlannedFile:
    """Notes which page would go where something of another photo goes."""
    try:
        has_page_files = format_of_path(file.target) != "TIFF"
    except OutputError:
        return file  # no result, so no pages
    owner = os.path.realpath(file.source)
    page = 2
    while has_page_files:
        other = reserved.get(_name_key(page_path(file.target, page)))
        if other is None:
            return file
        if other != owner:
            return dataclasses.replace(file, taken_page=page)
        page += 1
    return file


def check_planned(file: PlannedFile, max_pixels: int) -> None:
    """Refuses a photo whose result would replace what is not its own.

    Args:
        file: One of a plan.
        max_pixels: See `read_photo`; a file is read if its pages matter.

    Raises:
        OutputError: If it would, whatever may be overwritten.
    """
    if file.problem:
        raise OutputError(file.problem)
    if not file.taken_page:
        return
    num_pages = read_photo(file.source, max_pixels).num_pages
    if num_pages >= file.taken_page:
        path = page_path(file.target, file.taken_page)
        raise OutputError(
            f"{file.source} has {num_pages} pages, and the file of page "
            f"{file.taken_page}, {path}, is that of another photo. Rename one "
            "of the two photos, or write TIFF, which holds all pages."
        )


def check_folders(source: Path, target: Path, recursive: bool) -> None:
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
    if os.path.exists(target) and not target.is_dir():
        raise OutputError(
            f"{target} is a file. Expected a folder for the results; choose "
            "another one."
        )
    if os.path.exists(target) and target.samefile(source):
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
    path = os.fsencode(os.path.realpath(source))
    digest = hashlib.sha256(path).hexdigest()
    for length in range(8, len(digest) + 1):
        yield target.with_name(f"{target.stem}-{digest[:length]}{extension}")


def _list_files(
    source: Path, recursive: bool
) -> tuple[list[Path], list[Path], dict[Path, OSError]]:
    """Returns photos, other files, and the folders that cannot be read."""
    photos, others, unread = [], [], {}

    def note(error: OSError) -> None:
        unread[Path(error.filename)] = error

    for folder, subfolders, names in os.walk(source, onerror=note):
        # Hidden files: macOS leaves `._photo.jpg` on foreign disks.
        hidden = [n for n in names if n[0] == "." and not n.startswith(_OWN)]
        if recursive:
            hidden += [n for n in subfolders if n[0] == "."]
        others += [Path(folder, name) for name in sorted(hidden)]
        inner = [n for n in subfolders if recursive and n[0] != "."]
        links = [n for n in inner if os.path.islink(Path(folder, n))]
        subfolders[:] = sorted(set(inner) - set(links))
        for name in sorted([*links, *(n for n in names if n[0] != ".")]):
            path = Path(folder, name)
            is_photo = path.suffix.lower() in READABLE_SUFFIXES
            is_photo = is_photo and name not in links
            (photos if is_photo else others).append(path)
    return photos, others, unread


def _kind_of(path: Path) -> str:
    if path.name[0] == ".":
        return "hidden"
    if path.is_dir():
        return "link to a folder"
    return path.suffix.lower() or "without a suffix"


def _name_key(path: Path) -> str:
    # Not `resolve`: it raises for a link to itself.
    real = os.path.realpath(path)
    return unicodedata.normalize("NFC", real).casefold()


def _identity(path: Path) -> tuple[int, int] | Path:
    """Returns what is equal for all links to a file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return path
    return status.st_dev, status.st_ino
