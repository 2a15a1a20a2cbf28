"""Checkpoints of a whole training state, written so that a kill cannot hurt.

A checkpoint is a folder `step-00001500` with two files: `state.npz` (every
variable of the model and of its optimizers) and `state.json` (epoch, step,
callback states, SHA-256 of the other file). It is written beside its place,
flushed to the disk, and renamed: a folder with the final name is complete,
whenever the process was killed. One that was damaged later is left out.
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_colorize.files import folder_written_beside
from keras_colorize.files import part_path
from keras_colorize.files import remove_leftovers
from keras_colorize.files import sha256_of
from keras_colorize.files import write_json
from keras_colorize.files import written_beside
from training.run.adversarial import optimizers_of

KEPT_CHECKPOINTS = 2
_NAME = re.compile(r"step-(\d{8,})")


class CheckpointError(ValueError):
    """A checkpoint cannot be used with this model, optimizer or data."""


class DamagedCheckpointError(CheckpointError):
    """A file of a checkpoint is missing or is not the one written."""


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
    remove_leftovers(folder)
    final = folder / f"step-{state['step']:08d}"
    with folder_written_beside(final) as part:
        with written_beside(part / "state.npz") as file:
            np.savez(file, **arrays)
        digest = sha256_of(part / "state.npz")
        write_json(part / "state.json", {**state, "sha256": digest})
    for old in list_checkpoints(folder)[:-KEPT_CHECKPOINTS]:
        hidden = part_path(old)  # half deleted it would look complete
        os.rename(old, hidden)
        shutil.rmtree(hidden)
    return final


def list_checkpoints(folder: Path) -> list[Path]:
    """Returns the checkpoints of a folder, oldest first."""
    found = [
        (int(match[1]), path)
        for path in folder.glob("step-*")
        if (match := _NAME.fullmatch(path.name)) and path.is_dir()
    ]
    return [path for _, path in sorted(found)]


def read_newest(
    folder: Path, tell: Callable[[str], object]
) -> tuple[Path, dict] | None:
    """Reads the state of the newest checkpoint that is whole.

    Args:
        folder: the folder that holds the run's checkpoints.
        tell: called with a sentence for each damaged one that is left out.

    Returns:
        The checkpoint's folder and its `read_state`; None if there is no
        checkpoint, whole or damaged.

    Raises:
        CheckpointError: If all are damaged.
    """
    found = list_checkpoints(folder)
    for checkpoint in reversed(found):
        try:
            return checkpoint, read_state(checkpoint)
        except DamagedCheckpointError as error:
            tell(f"{error} Looking for an older one.")
    if found:
        raise CheckpointError(
            f"{folder} must have a whole checkpoint. Received: "
            f"{len(found)} damaged. Put a copy back, or delete the folder to "
            "start from step 0."
        )
    return None


def read_state(checkpoint: Path) -> dict:
    """Reads the `state` that was given to `save_checkpoint`.

    Raises:
        DamagedCheckpointError: If a file is missing or is not the one that
            was written.
    """
    try:
        text = (checkpoint / "state.json").read_text(encoding="utf-8")
        digest = sha256_of(checkpoint / "state.npz")
    except (OSError, UnicodeError) as error:
        raise DamagedCheckpointError(
            f"{checkpoint} is damaged: {error}."
        ) from error
    try:
        state = json.loads(text)
        expected = state.pop("sha256")
        step = f"step-{state['step']:08d}"
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DamagedCheckpointError(
            f"{checkpoint} is damaged: state.json is not the file that was "
            f"written ({type(error).__name__}: {error})."
        ) from error
    if step != checkpoint.name:
        raise DamagedCheckpointError(
            f"{checkpoint} is damaged: its state.json is of {step}."
        )
    if digest != expected:
        raise DamagedCheckpointError(
            f"{checkpoint} is damaged: the SHA-256 of state.npz is not the "
            "one in state.json."
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
