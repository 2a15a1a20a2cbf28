"""Writes trained weights into the package: `weights/<model>.<tag>/`.

The folder holds a model twice: `model.onnx` for the deployment path, in fp16 or
int8, and `config.json` with `model.weights.h5` for Keras, kernels in float16;
and `metadata.json` with the checksums that are verified before each use, the
terms, and how long a photo takes.
"""

import dataclasses
import os
import pathlib
import shutil
import statistics
import time

import h5py
import numpy as np

from keras_colorize.exporters.onnx import ExportReport
from keras_colorize.exporters.onnx import export_onnx
from keras_colorize.exporters.precision import copy_in_float32
from keras_colorize.exporters.provenance import provenance
from keras_colorize.files import CARD_FILE
from keras_colorize.files import CREDITS_FILE
from keras_colorize.files import METADATA_FILE
from keras_colorize.files import ONNX_FILE
from keras_colorize.files import WEIGHTS_FILE
from keras_colorize.files import folder_written_beside
from keras_colorize.files import sha256_of
from keras_colorize.files import write_json
from keras_colorize.files import written_beside
from keras_colorize.models.card import has_generated_card
from keras_colorize.models.registry import get_spec
from keras_colorize.presets import KERAS_FILES
from keras_colorize.presets import read_metadata
from keras_colorize.serving.session import ColorizeSession

_REQUIRED = ("license", "training_data", "weights_version")


def ship_weights(
    model,
    folder: str | os.PathLike,
    *,
    tag: str,
    network_size: int,
    metadata: dict,
    is_default: bool = True,
    precision: str = "fp16",
    calibration: str | os.PathLike | None = None,
) -> ExportReport:
    """Writes the folder of shipped weights, or nothing.

    Args:
        model: trained `Colorizer`, named like its registered variant.
        folder: folder to write; replaced if it exists, but for its
            `CREDITS.md` and the card `README.md` that a person wrote, which
            are kept.
        tag: what distinguishes these weights from others of the model.
        network_size: length in pixels of the network input's short side.
        metadata: JSON values; needs "license", the terms of the weights,
            "training_data", on which photos under which terms they were
            trained, and "weights_version", which is another one whenever
            weights of this tag were shipped before.
        is_default: whether the model's name alone means these weights.
        precision: of the ONNX file, as `export_onnx` takes it. Kernels are
            rounded to float16 before, in any case.
        calibration: folder of photos, for int8 only.

    Returns:
        Report of the exported ONNX file.

    Raises:
        ValueError: If `metadata` lacks what it needs, or a kernel does not
            fit float16.
        ExportMismatchError: If the ONNX file disagrees with Keras, or int8
            with fp32.
    """
    missing = [key for key in _REQUIRED if not metadata.get(key)]
    if missing:
        raise ValueError(
            "Shipped weights say their terms and where they are from. "
            f"Received: metadata without {', '.join(missing)}, with the keys "
            f"{sorted(metadata)}."
        )
    folder = pathlib.Path(folder)
    with folder_written_beside(folder) as part:
        model = copy_in_float32(model, rounds_kernels=True)
        facts = {**metadata, "model": model.name, "network_size": network_size}
        model.save_to_preset(part, facts)
        _store_kernels_as_float16(part / WEIGHTS_FILE)
        weights_sha256 = sha256_of(part / WEIGHTS_FILE)
        report = export_onnx(
            model,
            part / ONNX_FILE,
            network_size=network_size,
            precision=precision,
            calibration=calibration,
            metadata=provenance(
                get_spec(model.name), tag, weights_sha256, metadata
            ),
        )
        facts = {
            **read_metadata(part),
            "tag": tag,
            "default": is_default,
            "core_seconds": _core_seconds(part / ONNX_FILE),
            "sha256": {
                name: sha256_of(part / name)
                for name in (ONNX_FILE, *KERAS_FILES)
            },
        }
        write_json(part / METADATA_FILE, facts, sort_keys=True)
        kept = [CREDITS_FILE]
        if not has_generated_card(folder):
            kept.append(CARD_FILE)
        for name in kept:
            if (folder / name).is_file():
                shutil.copy2(folder / name, part)
    return dataclasses.replace(report, path=folder / ONNX_FILE)


def _core_seconds(path: pathlib.Path) -> float:
    """Measures a photo of 512 x 512: median processor time on one core."""
    session = ColorizeSession(path, num_threads=1)
    image = np.full((512, 512, 3), 128, np.uint8)
    seconds = []
    for _ in range(6):
        begin = time.process_time()
        session.colorize_array(image)
        seconds.append(time.process_time() - begin)
    return round(statistics.median(seconds[1:]), 3)  # the first allocates


def _store_kernels_as_float16(path):
    """Halves a Keras weights file, which loads like any other."""
    with (
        written_beside(path) as part,
        h5py.File(path) as source,
        h5py.File(part, "w") as target,
    ):
        target.attrs.update(source.attrs)

        def copy(name, item):
            if isinstance(item, h5py.Group):
                target.require_group(name).attrs.update(item.attrs)
                return
            kernel = item.ndim >= 2 and item.dtype == np.float32
            values = item[()]
            if kernel:
                # Bytes of one place side by side: a twentieth smaller.
                stored = target.create_dataset(
                    name,
                    data=values.astype("float16"),
                    compression="gzip",
                    shuffle=True,
                )
            else:
                stored = target.create_dataset(name, data=values)
            stored.attrs.update(item.attrs)

        source.visititems(copy)
