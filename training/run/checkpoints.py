"""Checkpoints of a whole training state, written so that a kill cannot hurt.

A checkpoint is a folder `step-00001500` with two files: `state.npz` (every
variable of the model and of its optimizers) and `state.json` (epoch, step,
callback states, SHA-256 of the other file). It is written under a temporary
name, flushed to the disk, and renamed: a folder with the final name is
complete, whenever the process was killed.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.run.networks import optimizers_of

KEPT_CHECKPOINTS = 2
_TEMPORARY_PREFIX = "tmp-"


class CheckpointError(ValueError):
    """A checkpoint cannot be used with this model, optimizer or data."""


def save_checkpoint(folder: Path, model: keras.Model, state: dict) -> Path:
    """Writes one checkpoint and deletes all but the last few.

    Args:
        folder: the folder that holds the run's checkpoints.
        model: compiled and built model with built optimizers.
        state: JSON-serializable; `state["step"]` names the checkpoint.

    Returns:
        The checkpoint's folder.

    Raises:
        FloatingPointError: If a variable is not finite; nothing is written.
    """
    arrays: dict[str, Any] = {
        key: keras.ops.convert_to_numpy(v)
        for key, v in _variables(model).items()
    }
    for key, array in arrays.items():
        if np.issubdtype(array.dtype, np.floating):
            if not np.isfinite(array).all():
                raise FloatingPointError(f"{key} has NaN or infinite values.")
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(_TEMPORARY_PREFIX + "*"):
        shutil.rmtree(leftover)
    final = folder / f"step-{state['step']:08d}"
    temporary = folder / (_TEMPORARY_PREFIX + final.name)
    temporary.mkdir()
    with open(temporary / "state.npz", "wb") as file:
        np.savez(file, **arrays)
        _flush_to_disk(file)
    digest = _sha256(temporary / "state.npz")
    write_text(
        temporary / "state.json",
        json.dumps({**state, "sha256": digest}, indent=2) + "\n",
    )
    _sync_folder(temporary)
    shutil.rmtree(final, ignore_errors=True)
    os.rename(temporary, final)
    _sync_folder(folder)
    for old in list_checkpoints(folder)[:-KEPT_CHECKPOINTS]:
        shutil.rmtree(old)
    return final


def list_checkpoints(folder: Path) -> list[Path]:
    """Returns the complete checkpoints of a folder, oldest first."""
    return sorted(folder.glob("step-*"))


def read_state(checkpoint: Path) -> dict:
    """Reads the `state` that was given to `save_checkpoint`.

    Raises:
        CheckpointError: If `state.npz` is not the file that was written.
    """
    state = json.loads((checkpoint / "state.json").read_text())
    if _sha256(checkpoint / "state.npz") != state.pop("sha256"):
        raise CheckpointError(
            f"{checkpoint / 'state.npz'} is damaged: its SHA-256 is not the "
            f"one in state.json. Delete {checkpoint} to continue from the "
            "checkpoint before it."
        )
    return state


def restore_variables(checkpoint: Path, model: keras.Model) -> None:
    """Assigns every variable of a checkpoint to a model and its optimizer.

    Args:
        checkpoint: a folder of `list_checkpoints`.
        model: compiled and built model with built optimizers.

    Raises:
        CheckpointError: If a variable is missing on either side or its shape
            differs; nothing is assigned then.
    """
    variables = _variables(model)
    with np.load(checkpoint / "state.npz") as arrays:
        odd = sorted(variables.keys() ^ set(arrays.files))
        if odd:
            raise CheckpointError(
                f"{checkpoint} does not fit this run: {len(odd)} variables "
                f"are on one side only, first {odd[0]!r}."
            )
        for key, variable in variables.items():
            if tuple(variable.shape) != arrays[key].shape:
                raise CheckpointError(
                    f"{checkpoint} does not fit this run: {key!r} has shape "
                    f"{tuple(variable.shape)}, saved {arrays[key].shape}."
                )
        for key, variable in variables.items():
            variable.assign(arrays[key])


def write_text(path: Path, text: str) -> None:
    """Replaces a text file at once: readers see the old or the new text."""
    temporary = path.with_name(path.name + ".tmp")
    with open(temporary, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        _flush_to_disk(file)
    os.replace(temporary, path)


def _variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Returns each variable under a name that is stable across processes."""
    named = {}
    for owner, part in {"model": model, **optimizers_of(model)}.items():
        for index, variable in enumerate(part.variables):
            named[f"{owner}/{index:04d}/{variable.path}"] = variable
    return named


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush_to_disk(file) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Makes a rename last; folders cannot be opened for this on Windows."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
