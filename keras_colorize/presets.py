"""The models in the box: folders `weights/<model>.<tag>/`.

A folder holds `model.onnx` for the deployment path, `model.weights.h5` and
`config.json` for Keras, the card `README.md`, and `metadata.json`:

    {"model": "lite", "tag": "photos", "default": true,
     "license": "…", "training_data": "…", "weights_version": "1",
     "sha256": {"config.json": "…", "model.onnx": "…", …}, …}
"""

import difflib
import json
from dataclasses import dataclass
from pathlib import Path

from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.files import sha256_of
from keras_colorize.models import registry  # imports no Keras

WEIGHTS_DIR = Path(__file__).resolve().parent / "weights"
ONNX_FILE = "model.onnx"
# What Keras loads.
KERAS_FILES = ("config.json", "model.weights.h5")
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
    """All weights in the box, sorted by name.

    Args:
        root: Folder of weight folders; default the package's own.

    Raises:
        ModelError: If a `metadata.json` is damaged.
    """
    files = Path(root or WEIGHTS_DIR).glob("*/metadata.json")
    return sorted((_read_metadata(f) for f in files), key=lambda w: w.name)


def find_shipped(name: str, root: Path | None = None) -> ShippedWeights:
    """Weights by name.

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
    """Path of a shipped ONNX file whose checksum has been verified.

    Args:
        name: `<model>.<tag>`, or `<model>` for its default weights.
        root: Folder of weight folders; default the package's own.

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
    """Name of the weights whose ONNX file has a checksum, or None.

    Args:
        sha256: As `sha256_of` gives it.
        root: Folder of weight folders; default the package's own.
    """
    names = {w.sha256.get(ONNX_FILE): w.name for w in list_shipped(root)}
    return names.get(sha256)


def load_pretrained(name):
    """Builds a model with shipped weights, to predict or to fine-tune.

    For colorizing photos, `colorize` and `ColorizeSession` need no Keras.

    Args:
        name: `<model>` for the model's default weights, or `<model>.<tag>`.

    Returns:
        A `keras_colorize.models.colorizer.Colorizer` in float32.

    Raises:
        SettingError: If nothing is shipped under that name; lists what is.
        ModelError: If a file is missing or not the one that was shipped.
    """
    from keras_colorize.models.colorizer import Colorizer

    weights = find_shipped(name)
    verify_checksum(weights, *KERAS_FILES)
    return Colorizer.from_preset(weights.folder)


@dataclass(frozen=True)
class ZooRow:
    """One registered model.

    Attributes:
        model: Its name.
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
    """All registered models, sorted by name."""
    shipped = list_shipped()
    rows = []
    for name in registry.list_models():
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


def _read_metadata(path: Path) -> ShippedWeights:
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
        return ShippedWeights(
            model=metadata["model"],
            tag=metadata["tag"],
            folder=path.parent,
            is_default=bool(metadata.get("default", False)),
            sha256=dict(metadata["sha256"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path} must be a JSON object with the keys model, tag and "
            f"sha256. Received: {type(error).__name__}: {error}. Install the "
            "package again."
        ) from error


def _unknown_name_message(name: str, shipped: list[ShippedWeights]) -> str:
    names = sorted({w.model for w in shipped} | {w.name for w in shipped})
    expected = (
        f"Expected one of {', '.join(names) or '(no weights are shipped)'}, "
        "or the path of an .onnx file."
    )
    if name in registry.list_models():
        return (
            f"The model {name!r} comes without weights. {expected} Train it, "
            "export it with export/export_onnx.py, and give that file."
        )
    close = difflib.get_close_matches(name, names)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    return f"Unknown model {name!r}.{hint} {expected}"
