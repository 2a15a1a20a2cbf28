"""Published PyTorch checkpoints (.pth) as models and as folders of weights."""

import os
import pathlib

from keras_colorize.convert import ddcolor
from keras_colorize.convert import eccv16
from keras_colorize.convert import siggraph17
from keras_colorize.convert.pytorch_file import read_state_dict
from keras_colorize.convert.release import load_release
from keras_colorize.files import folder_written_beside
from keras_colorize.files import sha256_of
from keras_colorize.models.registry import create_model

RELEASES = {
    release.model: release
    for release in (
        ddcolor.RELEASE_LARGE,
        ddcolor.RELEASE_TINY,
        eccv16.RELEASE,
        siggraph17.RELEASE,
    )
}


def import_checkpoint(path: str | os.PathLike, name: str):
    """Builds a model with the weights of a published checkpoint.

    Args:
        path: the checkpoint, a file of PyTorch.
        name: registered model, one of `RELEASES`.

    Returns:
        The `Colorizer`.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If PyTorch, which reads the file, is not installed.
        ValueError: If there is no checkpoint for such a model, or the file
            is not that checkpoint, whole and unchanged.
    """
    release = get_release(name)
    state = read_state_dict(path)
    for other in RELEASES.values():
        if other is not release and other.recognizes(state):
            raise ValueError(
                f"{path} holds weights of {other.model}. Convert it as that "
                f"model. Received: name={name!r}."
            )
    model = create_model(name, **release.overrides)
    load_release(model, state, release)
    return model


def convert_to_preset(
    checkpoint: str | os.PathLike, name: str, directory: str | os.PathLike
) -> pathlib.Path:
    """Writes a preset with the weights of a published checkpoint, or nothing.

    Args:
        checkpoint: file of PyTorch.
        name: registered model that the checkpoint is of.
        directory: folder to write; must not exist, or be empty.

    Returns:
        The folder.

    Raises:
        FileExistsError: If `directory` is a file or holds something.
        FileNotFoundError: As `import_checkpoint`.
        ImportError: As `import_checkpoint`.
        ValueError: As `import_checkpoint`.
    """
    checkpoint, directory = pathlib.Path(checkpoint), pathlib.Path(directory)
    if directory.is_file() or (directory.is_dir() and any(directory.iterdir())):
        raise FileExistsError(
            "A preset is written to a new or empty folder. "
            f"Received: {directory}."
        )
    release = get_release(name)
    model = import_checkpoint(checkpoint, name)
    metadata = {
        "model": name,
        "license": release.license,
        "source": release.source,
        "checkpoint": checkpoint.name,
        "checkpoint_sha256": sha256_of(checkpoint),
    }
    with folder_written_beside(directory) as part:
        model.save_to_preset(part, metadata)
    return directory


def get_release(name: str):
    """Returns the `Release` of a registered model.

    Raises:
        ValueError: If there is none; lists those there are.
    """
    if name not in RELEASES:
        known = ", ".join(f"{r.model} ({r.file})" for r in RELEASES.values())
        raise ValueError(
            f"No published checkpoint is known for {name!r}. Known: {known}."
        )
    return RELEASES[name]
