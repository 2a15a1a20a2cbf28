"""The rows of datasets.yaml: what each data set is and where it comes from."""

import dataclasses
import functools
import importlib.resources
import os
import pathlib
from collections.abc import Callable
from typing import Any

from keras_colorize.files import did_you_mean

# What says where photos are: required, and optional.
_LAYOUTS = {
    "photos": ({"path"}, {"classes", "draw", "photos"}),
    "cifar10_binary": ({"files"}, {"photos"}),
    "lab_arrays": ({"rows"}, set()),
    "mix": ({"parts"}, set()),
}


class DatasetNotFoundError(FileNotFoundError):
    """A data set, or a folder of photos, is not where it should be."""


@dataclasses.dataclass(frozen=True)
class DatasetSpec:
    """A row of datasets.yaml; its head comment explains the fields.

    Attributes:
        name: Key of the row.
        title: Name of the data set for a reader.
        source: Page to get it from.
        license: Its terms, "not stated" where the page does not say.
        layout: "photos", "cifar10_binary", "lab_arrays" or "mix".
        splits: For each split, where its photos are.
        folder: Place below the data folder; "" for a mix.
        archives: Checksum of each published file, as far as known.
        labels: Label names (CIFAR-10).
        L_file: Array of L (lab_arrays).
        ab_files: Arrays of ab (lab_arrays).
    """

    name: str
    title: str
    source: str
    license: str
    layout: str
    splits: dict[str, dict[str, Any]]
    folder: str = ""
    archives: dict[str, str] = dataclasses.field(default_factory=dict)
    labels: tuple[str, ...] = ()
    L_file: str = ""
    ab_files: tuple[str, ...] = ()

    def files_of(self, split: str) -> list[str]:
        """Lists what must exist below the data set's folder for a split."""
        row = self.splits[split]
        if self.layout == "photos":
            return [row["path"]]
        if self.layout == "cifar10_binary":
            return list(row["files"])
        return [self.L_file, *self.ab_files]


def load_catalog(path: str | os.PathLike | None = None):
    """Reads datasets.yaml.

    Args:
        path: Another file than the project's own.

    Returns:
        Dict of `DatasetSpec` by name.

    Raises:
        ValueError: If it is no YAML, or a row has an unknown field, lacks a
            required one, or has one of a wrong kind.
        FileNotFoundError: If the file does not exist.
        ImportError: If PyYAML is not installed.
    """
    if path is None:
        return dict(_own_catalog())
    path = pathlib.Path(path)
    return _parse_catalog(path.read_text(encoding="utf-8"), path.name)


def unknown_dataset_error(
    name: str, catalog: dict[str, DatasetSpec]
) -> ValueError:
    """Makes the error for a name that is not in the catalog."""
    hint = did_you_mean(name, catalog)
    return ValueError(
        "Expected the name of a data set or an existing folder of photos. "
        f"Received: {name!r}.{hint} Data sets: {', '.join(sorted(catalog))}."
    )


@functools.cache
def _own_catalog():
    packaged = importlib.resources.files("keras_colorize.data")
    packaged = packaged / "datasets.yaml"
    if packaged.is_file():
        return _parse_catalog(packaged.read_text("utf-8"), packaged.name)
    # A checkout keeps the file at its root, where readers look for it.
    root = pathlib.Path(__file__).resolve().parents[2]
    return load_catalog(root / "datasets.yaml")


def _parse_catalog(text: str, label: str) -> dict[str, DatasetSpec]:
    try:
        import yaml
    except ImportError as error:
        raise ImportError(
            "Reading datasets.yaml needs PyYAML: "
            "pip install 'keras-colorize[train]'."
        ) from error
    try:
        rows = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{label} is not YAML: {reason}.") from error
    if not isinstance(rows, dict):
        raise ValueError(
            f"{label} must hold a row for each data set, by name. Received: "
            f"{type(rows).__name__}."
        )
    return {name: _parse_row(name, row, label) for name, row in rows.items()}


def _parse_row(name: Any, row: Any, label: str) -> DatasetSpec:
    place = f"{label}, row {name!r:.80}"
    if not isinstance(name, str):
        raise ValueError(f"{place}: a data set is named by a text.")
    if not isinstance(row, dict) or not all(isinstance(k, str) for k in row):
        raise ValueError(
            f"{place}: expected fields by name. Received: {row!r:.80}."
        )
    try:
        spec = DatasetSpec(name=name, **row)
    except TypeError as error:
        raise ValueError(
            f"{place}: {error}. Expected the "
            f"fields {[f.name for f in dataclasses.fields(DatasetSpec)]}."
        ) from error
    for key, (fits, expected) in _FIELDS.items():
        _check(place, key, getattr(spec, key), fits, expected)
    if spec.layout not in _LAYOUTS:
        raise ValueError(
            f"{place}: `layout` must be one of {tuple(_LAYOUTS)}. Received: "
            f"layout={spec.layout!r:.80}."
        )
    for split, places in spec.splits.items():
        _check_split(f"{place}, split {split!r:.80}", spec.layout, places)
    return spec


def _check_split(place: str, layout: str, row: Any) -> None:
    required, optional = _LAYOUTS[layout]
    if not isinstance(row, dict) or not (
        required <= row.keys() <= required | optional
    ):
        raise ValueError(
            f"{place}: expected {sorted(required)}, and of "
            f"{sorted(optional)} what is needed. Received: {row!r:.80}."
        )
    for key, value in row.items():
        _check(place, key, value, *_PLACES[key])


def _check(
    place: str,
    key: str,
    value: Any,
    fits: Callable[[Any], bool],
    expected: str,
) -> None:
    if not fits(value):
        raise ValueError(
            f"{place}: `{key}` must be {expected}. Received: "
            f"{key}={value!r:.80}."
        )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _are_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_is_text, value))


def _is_range(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and (value[0] == 0 or _is_count(value[0]))
        and _is_count(value[1])
        and value[0] < value[1]
    )


def _has_texts(value: Any) -> bool:
    return isinstance(value, dict) and _are_texts([*value, *value.values()])


def _has_counts(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _are_texts([*value])
        and all(map(_is_count, value.values()))
    )


# Field -> what it must be, in code and in words.
_FIELDS = {
    **dict.fromkeys(
        ("title", "source", "license", "layout", "folder", "L_file"),
        (_is_text, "a text"),
    ),
    **dict.fromkeys(("labels", "ab_files"), (_are_texts, "a list of texts")),
    "archives": (_has_texts, "texts by name"),
    "splits": (lambda x: isinstance(x, dict), "places by name"),
}
_PLACES = {
    "path": (_is_text, "a text"),
    "files": (_are_texts, "a list of texts"),
    "parts": (_has_counts, "numbers of photos by name"),
    **dict.fromkeys(("classes", "photos"), (_is_count, "a number above 0")),
    **dict.fromkeys(("draw", "rows"), (_is_range, "two numbers that rise")),
}
