"""Checkpoints of a whole training state, written so that a kill cannot hurt.

A checkpoint is a folder `step-00001500` with two files: `state.npz` (every
variable of the model and of its optimizers) and `state.json` (epoch, step,
callback states, SHA-256 of the other file). It is written beside its place,
flushed to the disk, and renamed: a folder with the final name is complete,
whenever the process was killed.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_colorize.files import PART_PREFIX
from keras_colorize.files import folder_written_beside
from keras_colorize.files import sha256_of
from keras_colorize.files import write_json
from keras_colorize.files import written_beside
from training.run.adversarial import optimizers_of

KEPT_CHECKPOINTS = 2


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
    for leftover in folder.glob(f"{PART_PREFIX}*"):
        shutil.rmtree(leftover)
    final = folder / f"step-{state['step']:08d}"
    with folder_written_beside(final) as part:
        with written_beside(part / "state.npz") as file:
            np.savez(file, **arrays)
        digest = sha256_of(part / "state.npz")
        write_json(part / "state.json", {**state, "sha256": digest})
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
    if sha256_of(checkpoint / "state.npz") != state.pop("sha256"):
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


def _variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Returns each variable under a name that is stable across processes."""
    named = {}
    for owner, part in {"model": model, **optimizers_of(model)}.items():
        for index, variable in enumerate(part.variables):
            named[f"{owner}/{index:04d}/{variable.path}"] = variable
    return named
