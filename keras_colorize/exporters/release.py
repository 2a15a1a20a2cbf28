"""Packs folders of weights into files for a release, outside the wheel.

Each becomes `<model>.<tag>.zip`, which unpacks to the folder of that name that
`presets` describes: `load_pretrained` and the command take it as it is. The
same weights give the same bytes. `SHA256SUMS` lists the archives as
`sha256sum --check` reads it.
"""

import os
import pathlib
import zipfile
from collections.abc import Iterable

from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.files import CARD_FILE
from keras_colorize.files import CREDITS_FILE
from keras_colorize.files import METADATA_FILE
from keras_colorize.files import ONNX_FILE
from keras_colorize.files import folder_written_beside
from keras_colorize.files import sha256_of
from keras_colorize.files import write_text
from keras_colorize.presets import KERAS_FILES
from keras_colorize.presets import find_shipped
from keras_colorize.presets import open_weights
from keras_colorize.presets import read_metadata
from keras_colorize.presets import verify_checksum

CHECKSUMS_FILE = "SHA256SUMS"
_NEEDED = (METADATA_FILE, CARD_FILE, *KERAS_FILES, ONNX_FILE)
_WHERE_THERE = (CREDITS_FILE,)
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a ZIP can say
_MODE = 0o644 << 16


def pack_release(
    presets: Iterable[str | os.PathLike], folder: str | os.PathLike
) -> list[pathlib.Path]:
    """Writes an archive for each folder of weights, and their checksums.

    Args:
        presets: folders as `ship_weights` writes them, with a card, or names
            of weights in the box.
        folder: folder to write; it must not exist or be empty.

    Returns:
        Paths of the archives, in the order of `presets`.

    Raises:
        FileExistsError: If there are files in `folder`.
        FileNotFoundError: If a folder lacks a file.
        ModelError: If a file is not the one that its checksum is of, or the
            weights do not say their terms.
        SettingError: If there are no such weights, or two have the same name.
    """
    folder = pathlib.Path(folder)
    if folder.is_dir() and any(folder.iterdir()):
        raise FileExistsError(
            f"A release is written into a new folder. Received: {folder}, "
            "which has files in it. Give another one."
        )
    found = {}
    for preset in presets:
        weights = _check(preset)
        other = found.setdefault(weights.name, weights)
        if other is not weights:
            raise SettingError(
                f"Each archive needs a name of its own. Received: "
                f"{weights.name} in {other.folder} and in {weights.folder}. "
                "Ship one of them under another tag."
            )
    with folder_written_beside(folder) as part:
        archives = [f"{name}.zip" for name in found]
        for archive, weights in zip(archives, found.values(), strict=True):
            _pack(weights, part / archive)
        write_text(
            part / CHECKSUMS_FILE,
            "".join(f"{sha256_of(part / a)}  {a}\n" for a in sorted(archives)),
        )
    return [folder / archive for archive in archives]


def _check(preset):
    """Returns weights that are whole."""
    folder = pathlib.Path(preset)
    if folder.is_dir():
        weights = open_weights(folder)
    else:
        weights = find_shipped(os.fspath(preset))
    missing = [n for n in _NEEDED if not (weights.folder / n).is_file()]
    if missing:
        raise FileNotFoundError(
            f"A release of weights holds {', '.join(_NEEDED)}. Missing in "
            f"{weights.folder}: {', '.join(missing)}. "
            "`export/ship_weights.py` writes all but the card."
        )
    verify_checksum(weights, ONNX_FILE, *KERAS_FILES)
    metadata = read_metadata(weights.folder)
    unsaid = [k for k in ("license", "training_data") if not metadata.get(k)]
    if unsaid:
        raise ModelError(
            "Weights of a release say their terms and where they are from. "
            f"Received: {weights.folder / METADATA_FILE} without "
            f"{' and '.join(unsaid)}. Ship them with `export/ship_weights.py`."
        )
    return weights


def _pack(weights, path):
    # Not compressed: weights hardly shrink, and other versions of zlib would
    # write other bytes.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        there = [n for n in _WHERE_THERE if (weights.folder / n).is_file()]
        for file_name in sorted((*_NEEDED, *there)):
            entry = zipfile.ZipInfo(f"{weights.name}/{file_name}", _EARLIEST)
            entry.external_attr = _MODE
            archive.writestr(entry, (weights.folder / file_name).read_bytes())
