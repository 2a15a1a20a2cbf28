"""Reading of PyTorch files, of which no code is run."""

import os
import pathlib
import re

import numpy as np

from keras_colorize.files import sha256_of

# Older ones could be made to run code from a file despite `weights_only`:
# CVE-2025-32434.
_SAFE_TORCH = (2, 6)
# PyTorch's convention for published files: the start of their SHA-256. Digits
# alone are a date or a number of steps.
_NAME_WITH_HASH = re.compile(r"-(?=[0-9]*[a-f])([0-9a-f]{8,64})\.pth")


def read_state_dict(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads the tensors of a PyTorch checkpoint.

    Only tensors and plain containers are read: a file that asks for anything
    else is refused before it could run.

    Args:
        path: file written by `torch.save(model.state_dict(), path)`, or with
            the state dict under the key "params".

    Returns:
        dict of name -> float32 array, in PyTorch's layout.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If PyTorch is not installed or too old to be safe.
        ValueError: If the file is damaged or is not a state dict, or does
            not have the checksum that is part of its name.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no checkpoint file at {path}.")
    _check_hash_in_name(path)
    torch = _import_torch()
    with path.open("rb") as file:
        try:
            state = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:  # a damaged file raises nearly anything
            raise ValueError(
                f"{path} could not be read: it is cut off, not a checkpoint "
                "of PyTorch, or holds other things than tensors, which are "
                "refused because loading them could run code. Nothing of it "
                "was run."
            ) from error
    if isinstance(state, dict) and isinstance(state.get("params"), dict):
        state = state["params"]
    if not isinstance(state, dict) or not all(
        isinstance(value, torch.Tensor) for value in state.values()
    ):
        found = list(state)[:3] if isinstance(state, dict) else type(state)
        raise ValueError(
            "A checkpoint is a dict of names and tensors, as from "
            f"`state_dict()`. Received: {found} in {path}."
        )
    return {
        str(key): value.detach().float().numpy() for key, value in state.items()
    }


def _check_hash_in_name(path):
    named = _NAME_WITH_HASH.search(path.name)
    if named and not sha256_of(path).startswith(named[1]):
        raise ValueError(
            f"{path} is not the published file or is cut off: its SHA-256 "
            f"should start with {named[1]}. Download it again. "
            f"Received: SHA-256 {sha256_of(path)}."
        )


def _import_torch():
    try:
        import torch  # pyright: ignore[reportMissingImports]: optional
    except ImportError as error:
        raise ImportError(
            "Reading a checkpoint needs PyTorch: "
            "pip install 'keras-colorize[backends]', or torch alone."
        ) from error
    version = tuple(int(part) for part in torch.__version__.split(".")[:2])
    if version < _SAFE_TORCH:
        raise ImportError(
            "Reading a checkpoint safely needs PyTorch 2.6 or newer: "
            f"pip install -U torch. Received: version {torch.__version__}."
        )
    return torch
