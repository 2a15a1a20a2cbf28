"""Data sets by name: where they lie, and which photos are in them.

The rows are in datasets.yaml. Nothing is downloaded: a missing data set
ends in one message that says where to get it and where to put it.
"""

import os
import pathlib
from collections.abc import Sequence

from keras_colorize.data import arrays
from keras_colorize.data import photo_list
from keras_colorize.data.arrays import ArrayPhotos
from keras_colorize.data.dataset_spec import DatasetNotFoundError
from keras_colorize.data.dataset_spec import DatasetSpec
from keras_colorize.data.dataset_spec import load_catalog
from keras_colorize.data.dataset_spec import unknown_dataset_error
from keras_colorize.data.photo_list import PhotoList
from keras_colorize.photo_formats import TRAINING_SUFFIXES

DEFAULT_DATA_DIR = "data"


def find_photos(
    name_or_folder: str | os.PathLike,
    data_dir: str | os.PathLike | None = None,
    split: str = "train",
    labels: Sequence[str] | None = None,
    limit: int | None = None,
    seed: int = 0,
    catalog: dict[str, DatasetSpec] | None = None,
) -> PhotoList | ArrayPhotos:
    """Finds the photos of a data set, or of any folder.

    Args:
        name_or_folder: Name in the catalog, or else a folder of photos
            (`photo_list.list_local_folder` says how it is split). Write
            "./name" for a folder that is called like a data set.
        data_dir: Folder that holds the data sets' folders, or the data
            set's folder itself; None for "data".
        split: "train", "val" or "test".
        labels: Labels to keep, such as ("glacier", "mountain").
        limit: Number of photos to keep, chosen by `seed` and file name.
        seed: See `limit`.
        catalog: Rows to search; None for the project's own.

    Returns:
        `PhotoList`, or `ArrayPhotos` for data sets published as arrays.
        Both go into `training_dataset` as they are.

    Raises:
        ValueError: If the name, split or a label is unknown, the number of
            photos is not what it must be, or there are fewer than `limit`.
        DatasetNotFoundError: If the data set is not there.
    """
    photo_list.check_split(split)
    catalog = load_catalog() if catalog is None else catalog
    name = os.fspath(name_or_folder)
    root = pathlib.Path(DEFAULT_DATA_DIR if data_dir is None else data_dir)
    if name in catalog:
        photos = _photos_of(catalog[name], root, split, catalog)
    else:
        photos = _photos_of_folder(name, split, catalog)
    if labels:
        photos = photo_list.pick_labels(photos, labels)
    if limit is not None:
        photos = photo_list.pick_random(photos, 0, limit, seed)
    if len(photos) == 0:
        raise DatasetNotFoundError(
            f"No photo of split {split!r} in {name!r}. Expected files "
            f"named {', '.join(TRAINING_SUFFIXES)}."
        )
    return photos


def _photos_of_folder(name, split, catalog):
    if pathlib.Path(name).is_dir():
        return photo_list.list_local_folder(name, split)
    if any(separator in name for separator in "/\\."):
        raise DatasetNotFoundError(
            f"There is no folder {name!r}. Name an existing folder of "
            f"photos, or a data set: {', '.join(sorted(catalog))}."
        )
    raise unknown_dataset_error(name, catalog)


def _photos_of(spec, root, split, catalog):
    if split not in spec.splits:
        raise ValueError(
            f"`split` of {spec.name!r} must be one of {list(spec.splits)}. "
            f"Received: split={split!r}."
        )
    if spec.layout == "mix":
        return _photos_of_mix(spec, root, split, catalog)
    row = spec.splits[split]
    folder = _base_folder(spec, root, split)
    if spec.layout == "cifar10_binary":
        files = [folder / file for file in row["files"]]
        photos = arrays.open_cifar10(spec.name, files, spec.labels)
        _check_count(spec, photos, row, folder)
        return photos
    if spec.layout == "lab_arrays":
        ab_files = [folder / file for file in spec.ab_files]
        rows = range(*row["rows"])
        return arrays.open_lab_arrays(
            spec.name, folder / spec.L_file, ab_files, rows
        )
    base = folder / row["path"]
    photos = photo_list.list_folder(base, spec.name, split, folder)
    _check_count(spec, photos, row, base)
    if "classes" in row:
        photos = _pick_classes(photos, row["classes"])
    if "draw" in row:
        start, stop = row["draw"]
        photos = photo_list.pick_random(photos, start, stop)
    return photos


def _photos_of_mix(spec, root, split, catalog) -> PhotoList:
    paths = []
    labels = []
    for name, number in spec.splits[split]["parts"].items():
        part = find_photos(name, root, split, limit=number, catalog=catalog)
        if not isinstance(part, PhotoList):
            raise ValueError(
                "A mix can only have data sets of photo files. Received: "
                f"{name!r} in {spec.name!r}."
            )
        paths += part.paths
        labels += ["/".join(filter(None, [name, x])) for x in part.labels]
    return PhotoList(spec.name, split, tuple(paths), tuple(labels), str(root))


def _base_folder(spec, root, split) -> pathlib.Path:
    """Finds the folder of a data set: below the data folder, or that folder."""
    files = spec.files_of(split)
    for folder in (root / spec.folder, root):
        if all((folder / file).exists() for file in files):
            return folder
    raise DatasetNotFoundError(
        f"Data set {spec.name!r} ({spec.title}) is not in {str(root)!r}. "
        f"Get it from {spec.source} (license: {spec.license}) and unpack "
        f"it so that {str(root / spec.folder / files[0])!r} exists, or say "
        "where it is with --data."
    )


def _pick_classes(photos, number) -> PhotoList:
    labels = sorted(set(photos.labels))
    if len(labels) < number:
        raise ValueError(
            f"Expected at least {number} label folders. Received: "
            f"{len(labels)} in {photos.dataset!r}."
        )
    order = photo_list.random_order(labels)
    return photo_list.pick_labels(photos, [labels[i] for i in order[:number]])


def _check_count(spec, photos, row, folder) -> None:
    expected = row.get("photos")
    if expected is not None and len(photos) != expected:
        raise ValueError(
            f"Data set {spec.name!r} must have {expected} photos in "
            f"{str(folder)!r}. Received: {len(photos)}. Unpack it again; "
            "for a part of it, name that folder instead of the data set."
        )
