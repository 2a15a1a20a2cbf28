"""A published checkpoint written as a preset folder."""

import os
import pathlib

from keras_colorize.convert import get_release
from keras_colorize.convert import import_checkpoint
from keras_colorize.files import folder_written_beside
from keras_colorize.files import sha256_of


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
