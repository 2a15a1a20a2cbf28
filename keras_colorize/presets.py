"""Folders of weights: what is in them, which are in the box, how to load one.

| file | content | written by |
| --- | --- | --- |
| `config.json` | architecture, for Keras | `Colorizer.save_to_preset` |
| `model.weights.h5` | its weights | `Colorizer.save_to_preset` |
| `metadata.json` | what is known of them | `Colorizer.save_to_preset` |
| `model.onnx` | the same model for the deployment path | `ship_weights` |
| `README.md` | the card | `Colorizer.save_to_preset`, then a person |
| `CREDITS.md` | of which photos, if it is told | `training.credits` |

`metadata.json` holds the checksums of the first two. `model.onnx` and these
keys are what weights in the box (`weights/<model>.<tag>/`) have besides:

    {"model": "lite", "tag": "photos", "default": true,
     "license": "Research use. …", "training_data": "…",
     "weights_version": "1", "core_seconds": 0.1,
     "sha256": {"config.json": "…", "model.onnx": "…", …}, …}

The first sentence of the license is what lists say; `core_seconds` is what
`ship_weights` has measured for a photo of 512 x 512 pixels.
"""

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from keras_colorize import hub
from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.files import CONFIG_FILE
from keras_colorize.files import METADATA_FILE
from keras_colorize.files import ONNX_FILE
from keras_colorize.files import WEIGHTS_FILE
from keras_colorize.files import did_you_mean
from keras_colorize.files import read_json_object
from keras_colorize.files import sha256_of
from keras_colorize.models import registry  # imports no Keras

WEIGHTS_DIR = Path(__file__).resolve().parent / "weights"
# What Keras loads.
KERAS_FILES = (CONFIG_FILE, WEIGHTS_FILE)
DEFAULT_MODEL = "lite"


@dataclass(frozen=True)
class ShippedWeights:
    """One folder of weights.

    Attributes:
        model: Name of the architecture in the registry.
        tag: What distinguishes these weights from others of that model.
        folder: Where the files are.
        is_default: Whether `model` without a tag means these weights.
        sha256: Checksum of each weight file, by file name.
    """

    model: str
    tag: str
    folder: Path
    is_default: bool
    sha256: dict[str, str]

    @property
    def name(self) -> str:
        """Full name, `<model>.<tag>`."""
        return f"{self.model}.{self.tag}"


def list_shipped(root: Path | None = None) -> list[ShippedWeights]:
    """Lists all weights in the box, sorted by name.

    Args:
        root: Folder of weight folders; default the package's own.

    Raises:
        ModelError: If a `metadata.json` is damaged.
    """
    files = Path(root or WEIGHTS_DIR).glob(f"*/{METADATA_FILE}")
    return sorted((open_weights(f.parent) for f in files), key=lambda w: w.name)


def open_weights(folder: Path) -> ShippedWeights:
    """Reads which weights are in a folder that `ship_weights` wrote.

    Raises:
        ModelError: If its `metadata.json` is damaged or does not say it.
    """
    metadata = read_metadata(folder)
    model, tag = metadata.get("model"), metadata.get("tag")
    is_default, sha256 = metadata.get("default", False), metadata.get("sha256")
    if not (
        isinstance(model, str)
        and isinstance(tag, str)
        and isinstance(is_default, bool)
        and isinstance(sha256, dict)
        and all(isinstance(value, str) for value in sha256.values())
    ):
        raise ModelError(
            f"{folder / METADATA_FILE} must be a JSON object with the texts "
            "model and tag, and sha256, an object of texts. Received: model="
            f"{model!r:.80}, tag={tag!r:.80}, default={is_default!r:.80}, "
            f"sha256={sha256!r:.80}. Install the package again."
        )
    return ShippedWeights(model, tag, folder, is_default, sha256)


def find_shipped(name: str, root: Path | None = None) -> ShippedWeights:
    """Finds weights in the box by name.

    Args:
        name: `<model>.<tag>`, or `<model>` for its default weights.
        root: Folder of weight folders; default the package's own.

    Raises:
        SettingError: If nothing is shipped under that name.
        ModelError: If a `metadata.json` is damaged.
    """
    shipped = list_shipped(root)
    matches = [w for w in shipped if name in (w.name, w.model)]
    if matches:  # the default one, else the first by name
        return min(matches, key=lambda w: not w.is_default)
    raise SettingError(_unknown_name_message(name, shipped))


def find_onnx(name: str, root: Path | None = None) -> Path:
    """Finds a shipped ONNX file and verifies its checksum.

    Args:
        name: `<model>.<tag>`, or `<model>` for its default weights.
        root: Folder of weight folders; default the package's own.

    Returns:
        Its path.

    Raises:
        SettingError: If nothing is shipped under that name.
        ModelError: If the file is missing or not the one that was shipped.
    """
    weights = find_shipped(name, root)
    verify_checksum(weights, ONNX_FILE)
    return weights.folder / ONNX_FILE


def verify_checksum(weights: ShippedWeights, *file_names: str) -> None:
    """Compares files with the checksums that they were shipped with.

    Raises:
        ModelError: If a file is missing, has no checksum, or differs.
    """
    for file_name in file_names:
        path = weights.folder / file_name
        expected = weights.sha256.get(file_name)
        if not path.is_file() or expected is None:
            raise ModelError(
                f"The weights {weights.name!r} should come with {file_name} "
                "and its checksum, but one of them is missing in "
                f"{weights.folder}. Install the package again."
            )
        received = sha256_of(path)
        if received != expected:
            raise ModelError(
                f"{path} is damaged or was changed: expected SHA-256 "
                f"{expected}. Received: {received}. Install the package "
                "again, or give the path of your own file as the model."
            )


def name_of_shipped(sha256: str, root: Path | None = None) -> str | None:
    """Names the weights whose ONNX file has a checksum; None for no such.

    Args:
        sha256: As `sha256_of` gives it.
        root: Folder of weight folders; default the package's own.
    """
    names = {w.sha256.get(ONNX_FILE): w.name for w in list_shipped(root)}
    return names.get(sha256)


def read_metadata(folder: str | os.PathLike) -> dict[str, Any]:
    """Reads what is known of the weights in a folder.

    Returns:
        The content of `metadata.json`; empty if there is no such file.

    Raises:
        ModelError: If it is damaged.
    """
    path = Path(folder) / METADATA_FILE
    if not path.is_file():
        return {}
    return read_json_object(path)


def terms_of(metadata: dict[str, Any]) -> str:
    """Says in a few words under which license weights are.

    Args:
        metadata: Of their folder; the first sentence of its "license" is the
            short form, and what follows explains it.

    Returns:
        Such as "research use"; "not stated" if nothing is said.
    """
    first = str(metadata.get("license", "")).split(". ")[0].rstrip(".")
    has_version = any(letter.isdigit() for letter in first)  # Apache-2.0
    if first[1:2].islower() and not has_version:  # no name of a license
        first = first[0].lower() + first[1:]
    return first or "not stated"


def find_preset(preset: str | os.PathLike) -> Path:
    """Finds the folder of a preset, fetches it if need be, and verifies it.

    Args:
        preset: As `models.registry.load_pretrained` takes it.

    Returns:
        Folder with the files that Keras loads.

    Raises:
        SettingError: If there is no such preset; lists what is shipped.
        ModelError: If it cannot be fetched, or a file is not the one that was
            saved.
        FileNotFoundError: If a file is missing in a folder.
    """
    if hub.is_address(preset):
        folder = hub.download(os.fspath(preset))
        _check_complete(folder, os.fspath(preset))
        expected = _saved_sha256(folder)
        unsaid = [name for name in KERAS_FILES if name not in expected]
        if unsaid:
            raise ModelError(
                f"{preset} must say the SHA-256 of {' and '.join(unsaid)} in "
                f"its {METADATA_FILE}. Received: none. Whoever made it has to "
                "save it again with `save_to_preset` of this version."
            )
        _verify(folder, expected, f"Ask whoever made {preset}.")
        return folder
    folder = Path(preset)
    shipped = [name for w in list_shipped() for name in (w.model, w.name)]
    if preset in shipped or not folder.is_dir():
        found = find_shipped(os.fspath(preset))
        verify_checksum(found, *KERAS_FILES)
        return found.folder
    _check_complete(folder, os.fspath(preset))
    _verify(
        folder,
        _saved_sha256(folder),
        'If you changed it on purpose, take it out of "sha256" in '
        f"{METADATA_FILE}; else copy or save the folder again.",
    )
    return folder


def list_models(
    filter: str | None = None, pretrained: bool = False
) -> list[str]:
    """Lists the names of models, for `create_model` and `load_pretrained`.

    Example:
        list_models("eccv16*", pretrained=True)  # ["eccv16_small"]

    Args:
        filter: Pattern that names must match, with "*" for any characters;
            None for all.
        pretrained: Whether to list only models with weights in the box.

    Returns:
        Names of registered models, sorted.
    """
    names = registry.model_names()
    if filter is not None:
        names = [name for name in names if fnmatchcase(name, filter)]
    if pretrained:
        shipped = {weights.model for weights in list_shipped()}
        names = [name for name in names if name in shipped]
    return names


@dataclass(frozen=True)
class ZooRow:
    """One registered model.

    Attributes:
        model: Its registered name.
        weights: Names of its shipped weights.
        params: Number of trainable parameters.
        output_kind: What the network predicts.
        license: License of its code.
    """

    model: str
    weights: tuple[str, ...]
    params: int
    output_kind: str
    license: str


def list_zoo() -> list[ZooRow]:
    """Lists all registered models, sorted by name."""
    shipped = list_shipped()
    rows = []
    for name in registry.model_names():
        spec = registry.get_spec(name)
        rows.append(
            ZooRow(
                model=name,
                weights=tuple(w.name for w in shipped if w.model == name),
                params=spec.params,
                output_kind=spec.output_kind,
                license=spec.license,
            )
        )
    return rows


def _check_complete(folder: Path, label: str) -> None:
    for name in KERAS_FILES:
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f"A preset holds {' and '.join(KERAS_FILES)}. Missing: "
                f"{name} of {label}."
            )


def _saved_sha256(folder: Path) -> dict[str, str]:
    """Returns the checksums that a folder was saved with, by file."""
    sha256 = read_metadata(folder).get("sha256", {})
    if not isinstance(sha256, dict):
        raise ModelError(
            f'{folder / METADATA_FILE} must have an object as "sha256". '
            f"Received: {sha256!r:.80}. Save the model again."
        )
    return sha256


def _verify(folder: Path, expected: dict[str, str], advice: str) -> None:
    for name in KERAS_FILES:
        if name not in expected:
            continue
        received = sha256_of(folder / name)
        if received != expected[name]:
            raise ModelError(
                f"{folder / name} is damaged or was changed: expected SHA-256 "
                f"{expected[name]!r:.80}. Received: {received}. {advice}"
            )


def _unknown_name_message(name: str, shipped: list[ShippedWeights]) -> str:
    names = sorted({w.model for w in shipped} | {w.name for w in shipped})
    expected = (
        f"Expected one of {', '.join(names) or '(no weights are shipped)'}, "
        "or the path of an .onnx file."
    )
    if name in registry.model_names():
        return (
            f"The model {name!r} comes without weights. {expected} Train it, "
            "export it with export/export_onnx.py, and give that file."
        )
    hint = did_you_mean(name, names)
    return f"Unknown model {name!r}.{hint} {expected}"
