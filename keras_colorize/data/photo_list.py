"""Photo files with labels: a photo source, and rules that pick some photos.

Whatever is picked "at random" is picked by a hash of the file's place in
its data set: the same files on every machine, whatever the library
versions, and disjoint where it should be.
"""

import csv
import dataclasses
import functools
import hashlib
import os
import pathlib
from collections.abc import Iterable
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from keras_colorize.data.photo_source import PhotoSource
from keras_colorize.files import did_you_mean
from keras_colorize.photo_formats import TRAINING_SUFFIXES

INDEX_FILE = "index.csv"
_SPLIT_FOLDERS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
_VALIDATION_SHARE = 0.05

_Source = TypeVar("_Source", bound=PhotoSource)


@dataclasses.dataclass(frozen=True)
class PhotoList(PhotoSource):
    """Photo files of one data set and split; also the sequence of their paths.

    Attributes:
        dataset: Name of the data set, or path of the folder.
        split: "train", "val" or "test".
        paths: Paths of the files.
        labels: A label for each file: its folder below the split's folder
            ("glacier", "intel/glacier"), "" for none.
        root: Folder below which the files have the same names wherever the
            data set lies.
    """

    dataset: str
    split: str
    paths: tuple[str, ...]
    labels: tuple[str, ...]
    root: str = ""

    encoding = "srgb"

    @classmethod
    def of_paths(cls, paths: Sequence[str | os.PathLike]) -> "PhotoList":
        """Makes a list of paths alone, without labels."""
        names = tuple(os.fspath(path) for path in paths)
        return cls("", "", names, ("",) * len(names))

    def __len__(self):
        return len(self.paths)

    def __iter__(self):
        return iter(self.paths)

    def __getitem__(self, index):
        return self.paths[index]

    def image(self, index: int) -> np.ndarray:
        """Decodes photo number `index`, uint8 (H, W, 3)."""
        return self.load(index).numpy()

    def item_name(self, index: int) -> str:
        """Names photo number `index` by its place below `root`."""
        path = os.path.relpath(self.paths[index], self.root or None)
        return pathlib.Path(path).as_posix()

    def load(self, index):
        """Reads and decodes photo number `index`, int64 (); see `decode`.

        Returns:
            uint8 tensor (H, W, 3).
        """
        import tensorflow as tf

        from keras_colorize.data import decode

        return decode.read_photo(tf.gather(self._path_tensor, index))

    @functools.cached_property
    def _path_tensor(self):
        import tensorflow as tf

        with tf.init_scope():  # one tensor for all graphs
            # As bytes: names of files need not be UTF-8.
            paths = [os.fsencode(path) for path in self.paths]
            return tf.constant(paths, tf.string)

    def select(self, positions: Iterable[int]) -> "PhotoList":
        """Keeps only the photos at these positions, in this order."""
        positions = list(positions)
        return dataclasses.replace(
            self,
            paths=tuple(self.paths[i] for i in positions),
            labels=tuple(self.labels[i] for i in positions),
        )


def list_folder(
    folder: str | os.PathLike,
    dataset: str,
    split: str,
    root: str | os.PathLike | None = None,
) -> PhotoList:
    """Lists the photo files below a folder, hidden ones left out.

    Args:
        folder: The folder; searched recursively.
        dataset: Name for the list.
        split: Split for the list.
        root: `PhotoList.root`; None for `folder`.

    Returns:
        The `PhotoList`, sorted by path; labels are the folders below
        `folder`.
    """
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        label = _label_of_folder(pathlib.Path(parent).relative_to(folder))
        for name in files:
            if name.lower().endswith(TRAINING_SUFFIXES) and name[0] != ".":
                found.append((os.path.join(parent, name), label))
    return _sorted_list(dataset, split, found, folder if root is None else root)


def list_local_folder(folder: str | os.PathLike, split: str) -> PhotoList:
    """Lists one split of a folder that is no data set of the catalog.

    The first of these that holds decides what the split is:

    1. An index.csv in the folder, with columns `file` and `split`, and
       perhaps `set` and `label`; without both, labels are the folders of
       the files.
    2. Folders in it named train, val and test (or training, valid,
       validation, testing; in capitals, too). Without one for training, the
       photos beside them are "train".
    3. Neither: 5 % of the files, chosen by a hash of their names, are
       "val", the others "train". So a photo stays in its split when others
       are added; of a dozen, often none is "val".

    Args:
        folder: The folder.
        split: "train", "val" or "test".

    Returns:
        The `PhotoList`.

    Raises:
        ValueError: If the folder has photos but none of the split, or two
            folders for it, or index.csv lacks a column, names a file outside
            the folder or one in two splits.
    """
    root = pathlib.Path(folder)
    check_split(split)
    if (root / INDEX_FILE).is_file():
        return _list_index(root, split)
    split_folders = _find_split_folders(root)
    own = [name for name, of in split_folders.items() if of == split]
    if len(own) > 1:
        raise ValueError(
            f"Expected one folder for split={split!r}. Received: "
            f"{', '.join(own)} in {str(root)!r}. Join them."
        )
    if own:
        return list_folder(root / own[0], str(root), split, root)
    everything = list_folder(root, str(root), split)
    if not split_folders:
        return _hash_split(everything, split)
    beside = everything.select(
        i
        for i in range(len(everything))
        if everything.item_name(i).split("/")[0] not in split_folders
    )
    if split == "train" and len(beside):
        return beside
    raise ValueError(
        f"The folder has the folders {', '.join(split_folders)}, but none for "
        f"split={split!r}. Received: {str(root)!r}. Make one of "
        f"{_SPLIT_FOLDERS[split]}."
    )


def pick_labels(photos: _Source, labels: Sequence[str]) -> _Source:
    """Keeps the photos of some labels.

    Args:
        photos: Any photo source.
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
                f"{did_you_mean(label, _parts_of(known))}"
            )
        wanted.update(matches)
    return photos.select(
        i for i, label in enumerate(photos.labels) if label in wanted
    )


def pick_random(
    photos: _Source, start: int, stop: int, seed: int = 0
) -> _Source:
    """Keeps places `start` to `stop - 1` of the photos in random order.

    The order is that of a hash of `item_name`, so that the pick does not
    depend on where the data set lies.

    Args:
        photos: Any photo source.
        start: First place, from 0.
        stop: Place after the last.
        seed: Which random order. The same for disjoint picks.

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
    names = [photos.item_name(i) for i in range(len(photos))]
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


def _find_split_folders(root) -> dict[str, str]:
    """Returns the split of each folder in `root` that is named after one."""
    splits = {
        name: split for split, names in _SPLIT_FOLDERS.items() for name in names
    }
    # Without case on every system, as Windows and macOS find folders.
    return {
        name: splits[name.lower()]
        for name in sorted(os.listdir(root))
        if name.lower() in splits and (root / name).is_dir()
    }


def _list_index(root, split) -> PhotoList:
    index_file = root / INDEX_FILE
    rows = _read_index(index_file)
    found = [
        (str(root / row["file"]), _label_of_row(row))
        for row in rows
        if row["split"] == split
    ]
    if not found:
        splits = sorted({row["split"] for row in rows})
        raise ValueError(
            f"{str(index_file)!r} has the splits {splits}. "
            f"Received: split={split!r}."
        )
    return _sorted_list(str(root), split, found, root)


def _read_index(index_file) -> list[dict[str, str]]:
    # With or without the mark that spreadsheets put before UTF-8.
    with open(index_file, newline="", encoding="utf-8-sig") as stream:
        try:
            reader = csv.DictReader(stream.readlines(), restval="")
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{INDEX_FILE} must be in UTF-8. Received: "
                f"{str(index_file)!r}, {error}. Save it as CSV UTF-8."
            ) from error
    rows, columns = list(reader), reader.fieldnames or []
    if not rows or not {"file", "split"} <= set(columns):
        raise ValueError(
            f"{INDEX_FILE} must have rows and the columns file and split "
            "(label and set are optional). Received: columns "
            f"{sorted(columns)} in {str(index_file)!r}."
        )
    split_of = {}
    for row in rows:
        file = pathlib.PurePath(row["file"])
        if file.is_absolute() or ".." in file.parts or not file.name:
            raise ValueError(
                f"{INDEX_FILE} must name files below its own folder. "
                f"Received: file={row['file']!r}."
            )
        if split_of.setdefault(file, row["split"]) != row["split"]:
            raise ValueError(
                f"{INDEX_FILE} must give each file one split. Received: "
                f"file={row['file']!r} in {split_of[file]!r} and "
                f"{row['split']!r}."
            )
    return rows


def _label_of_row(row):
    """Joins set and label; without such columns, the file's folder."""
    if {"set", "label"}.isdisjoint(row):
        return _label_of_folder(pathlib.PurePath(row["file"]).parent)
    return "/".join(filter(None, (row.get("set"), row.get("label"))))


def _label_of_folder(folder):
    return "" if folder.name == "" else folder.as_posix()


def _hash_split(photos, split) -> PhotoList:
    if split == "test":
        raise ValueError(
            "A folder without split has no test photos: only train and val "
            f'are made of it. Received: split="test" for {photos.dataset!r}. '
            "Make folders train, val and test."
        )
    names = [photos.item_name(i) for i in range(len(photos))]
    is_validation = [
        int(_digest(name, 0)[:8], 16) < _VALIDATION_SHARE * 16**8
        for name in names
    ]
    wanted = split == "val"
    if names and wanted not in is_validation:
        raise ValueError(
            f"None of the {len(names)} photos in {photos.dataset!r} is for "
            f"split={split!r}: 5 % are for validation, chosen by their names, "
            "of so few often none. Add photos, or make folders train and val."
        )
    return photos.select(i for i, v in enumerate(is_validation) if v == wanted)


def _sorted_list(dataset, split, found, root) -> PhotoList:
    found = sorted(found)
    return PhotoList(
        dataset,
        split,
        paths=tuple(path for path, _ in found),
        labels=tuple(label for _, label in found),
        root=os.fspath(root),
    )


def _digest(name, seed) -> str:
    # Names of files need not be UTF-8: those bytes count as they are.
    text = f"{seed}:{name}".encode(errors="surrogateescape")
    return hashlib.sha256(text).hexdigest()


def _label_matches(name, wanted) -> bool:
    return (
        name == wanted
        or name.startswith(wanted + "/")
        or name.endswith("/" + wanted)
    )


def _parts_of(labels) -> list[str]:
    return sorted({x for name in labels for x in [name, *name.split("/")]})


def _shortened(names, most=20) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + rest
