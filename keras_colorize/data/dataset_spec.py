"""The rows of datasets.yaml: what each data set is and where it comes from."""

import dataclasses
import functools
import importlib.resources
import os
import pathlib
from typing import Any

from keras_colorize.files import did_you_mean

_LAYOUTS = ("photos", "cifar10_binary", "lab_arrays", "mix")


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
        ValueError: If a row has an unknown or lacks a required field.
        FileNotFoundError: If the file does not exist.
        ImportError: If PyYAML is not installed.
    """
    if path is None:
        return dict(_own_catalog())
    return _parse_catalog(pathlib.Path(path).read_text(encoding="utf-8"))


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
        return _parse_catalog(packaged.read_text(encoding="utf-8"))
    # A checkout keeps the file at its root, where readers look for it.
    root = pathlib.Path(__file__).resolve().parents[2]
    return load_catalog(root / "datasets.yaml")


def _parse_catalog(text) -> dict[str, DatasetSpec]:
    try:
        import yaml
    except ImportError as error:
        raise ImportError(
            "Reading datasets.yaml needs PyYAML: "
            "pip install 'keras-colorize[train]'."
        ) from error
    catalog = {}
    for name, row in yaml.safe_load(text).items():
        try:
            spec = DatasetSpec(name=name, **row)
        except TypeError as error:
            raise ValueError(
                f"datasets.yaml, row {name!r}: {error}. Expected the "
                f"fields {[f.name for f in dataclasses.fields(DatasetSpec)]}."
            ) from error
        if spec.layout not in _LAYOUTS:
            raise ValueError(
                f"datasets.yaml, row {name!r}: `layout` must be one of "
                f"{_LAYOUTS}. Received: layout={spec.layout!r}."
            )
        catalog[name] = spec
    return catalog
