"""Lists of photo files with labels, and rules that pick some of them.

Whatever is picked "at random" is picked by a hash of the file's place in
its data set: the same files on every machine, whatever the library
versions, and disjoint where it should be.
"""

import csv
import dataclasses
import difflib
import hashlib
import os
import pathlib
from collections.abc import Iterable
from collections.abc import Sequence

from keras_colorize.data.photo_formats import PHOTO_EXTENSIONS

INDEX_FILE = "index.csv"
_SPLIT_FOLDERS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
_VALIDATION_SHARE = 0.05


@dataclasses.dataclass(frozen=True)
class PhotoList:
    """Photo files of one data set and split, sorted by path.

    Attributes:
        dataset: Name of the data set, or path of the folder.
        split: "train", "val" or "test".
        paths: Paths of the files.
        labels: A label for each file: its folder below the split's folder
            ("glacier", "intel/glacier"), "" for none.
    """

    dataset: str
    split: str
    paths: tuple[str, ...]
    labels: tuple[str, ...]

    def __len__(self):
        return len(self.paths)

    def __iter__(self):
        return iter(self.paths)

    def __getitem__(self, index):
        return self.paths[index]

    def select(self, positions: Iterable[int]) -> "PhotoList":
        """Keeps only the photos at these positions, in this order."""
        positions = list(positions)
        return dataclasses.replace(
            self,
            paths=tuple(self.paths[i] for i in positions),
            labels=tuple(self.labels[i] for i in positions),
        )


def list_folder(
    folder: str | os.PathLike, dataset: str, split: str
) -> PhotoList:
    """Lists the photo files below a folder, hidden ones left out.

    Args:
        folder: The folder; searched recursively.
        dataset: Name for the list.
        split: Split for the list.

    Returns:
        The `PhotoList`, sorted by path; labels are the folders below
        `folder`.
    """
    root = pathlib.Path(folder)
    found = []
    for parent, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        label = pathlib.Path(parent).relative_to(root).as_posix()
        label = "" if label == "." else label
        for name in files:
            if name.lower().endswith(PHOTO_EXTENSIONS) and name[0] != ".":
                found.append((os.path.join(parent, name), label))
    return _sorted_list(dataset, split, found)


def list_local_folder(folder: str | os.PathLike, split: str) -> PhotoList:
    """Lists one split of a folder that is no data set of the catalog.

    The first of these that holds decides what the split is:

    1. An index.csv in the folder, with columns `file` and `split`, and
       perhaps `set` and `label`.
    2. Folders named train and val (or valid, validation), perhaps test.
    3. Neither: 5 % of the files, chosen by a hash of their names, are
       "val", the others "train".

    Args:
        folder: The folder.
        split: "train", "val" or "test".

    Returns:
        The `PhotoList`.

    Raises:
        ValueError: If the folder has no such split, or index.csv lacks a
            column or names a file outside the folder.
    """
    root = pathlib.Path(folder)
    check_split(split)
    if (root / INDEX_FILE).is_file():
        return _list_index(root, split)
    for name in _SPLIT_FOLDERS[split]:
        if (root / name).is_dir():
            return list_folder(root / name, str(root), split)
    own_names = [n for names in _SPLIT_FOLDERS.values() for n in names]
    if split == "train" or not any((root / n).is_dir() for n in own_names):
        everything = list_folder(root, str(root), split)
        return _hash_split(everything, root, split)
    raise ValueError(
        f"The folder has train/val folders, but none for split={split!r}. "
        f"Received: {str(root)!r}. Make one of {_SPLIT_FOLDERS[split]}."
    )


def pick_labels(photos, labels: Sequence[str]):
    """Keeps the photos of some labels.

    Args:
        photos: `PhotoList` (or `ArrayPhotos`).
        labels: Labels to keep. "intel" also keeps "intel/glacier", and so
            does "glacier".

    Returns:
        What `photos` is, with the photos of these labels.

    Raises:
        ValueError: If a label does not occur.
    """
    known = sorted(set(photos.labels))
    wanted = set()
    for label in labels:
        matches = [name for name in known if _label_matches(name, label)]
        if not matches:
            raise ValueError(
                f"`labels` must be labels of the data set: "
                f"{_shortened(known)}. Received: {label!r}."
                f"{_suggestion(label, known)}"
            )
        wanted.update(matches)
    return photos.select(
        i for i, label in enumerate(photos.labels) if label in wanted
    )


def pick_random(
    photos,
    start: int,
    stop: int,
    seed: int = 0,
    root: str | os.PathLike = "",
):
    """Keeps places `start` to `stop - 1` of the photos in random order.

    Args:
        photos: `PhotoList` (or `ArrayPhotos`).
        start: First place, from 0.
        stop: Place after the last.
        seed: Which random order. The same for disjoint picks.
        root: Folder that paths are taken relative to, so that the pick does
            not depend on where the data set lies.

    Returns:
        What `photos` is, with `stop - start` photos in their old order.

    Raises:
        ValueError: If there are fewer than `stop` photos.
    """
    if not 0 <= start < stop <= len(photos):
        raise ValueError(
            f"Expected 0 <= start < stop <= {len(photos)}, the number of "
            f"photos there are. Received: start={start}, stop={stop}. Ask "
            "for fewer photos, or add some."
        )
    names = [_item_name(photos, i, root) for i in range(len(photos))]
    return photos.select(sorted(random_order(names, seed)[start:stop]))


def random_order(names: Sequence[str], seed: int = 0) -> list[int]:
    """Gives the positions of names in a random order that `seed` fixes."""
    return sorted(range(len(names)), key=lambda i: _digest(names[i], seed))


def check_split(split: str) -> None:
    """Raises ValueError unless `split` is train, val or test."""
    if split not in _SPLIT_FOLDERS:
        raise ValueError(
            f"`split` must be one of {sorted(_SPLIT_FOLDERS)}. "
            f"Received: split={split!r}."
        )


def _list_index(root, split) -> PhotoList:
    index_file = root / INDEX_FILE
    with open(index_file, newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    columns = set(rows[0]) if rows else set()
    if not {"file", "split"} <= columns:
        raise ValueError(
            f"{INDEX_FILE} must have rows and the columns file and split "
            "(label and set are optional). Received: columns "
            f"{sorted(columns)} in {str(index_file)!r}."
        )
    found = []
    for row in rows:
        if row["split"] != split:
            continue
        if pathlib.PurePath(row["file"]).is_absolute() or ".." in row["file"]:
            raise ValueError(
                f"{INDEX_FILE} must name files below its own folder. "
                f"Received: file={row['file']!r}."
            )
        parts = [row.get("set"), row.get("label")]
        label = "/".join(part for part in parts if part)
        found.append((str(root / row["file"]), label))
    if not found:
        splits = sorted({row["split"] for row in rows})
        raise ValueError(
            f"{str(index_file)!r} has the splits {splits}. "
            f"Received: split={split!r}."
        )
    return _sorted_list(str(root), split, found)


def _hash_split(photos, root, split) -> PhotoList:
    if split == "test":
        raise ValueError(
            "A folder without split has no test photos: only train and val "
            f'are made of it. Received: split="test" for {str(root)!r}. '
            "Make folders train, val and test."
        )
    names = [_item_name(photos, i, root) for i in range(len(photos))]
    is_validation = [
        int(_digest(name, 0)[:8], 16) < _VALIDATION_SHARE * 16**8
        for name in names
    ]
    wanted = split == "val"
    return photos.select(i for i, v in enumerate(is_validation) if v == wanted)


def _sorted_list(dataset, split, found) -> PhotoList:
    found = sorted(found)
    return PhotoList(
        dataset,
        split,
        paths=tuple(path for path, _ in found),
        labels=tuple(label for _, label in found),
    )


def _item_name(photos, index, root) -> str:
    if hasattr(photos, "item_name"):
        return photos.item_name(index)
    path = photos.paths[index]
    return pathlib.Path(os.path.relpath(path, root or None)).as_posix()


def _digest(name, seed) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def _label_matches(name, wanted) -> bool:
    return (
        name == wanted
        or name.startswith(wanted + "/")
        or name.endswith("/" + wanted)
    )


def _suggestion(label, known) -> str:
    parts = {part for name in known for part in [name, *name.split("/")]}
    close = difflib.get_close_matches(label, sorted(parts), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _shortened(names, most=20) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + rest
