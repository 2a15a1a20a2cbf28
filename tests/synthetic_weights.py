"""Weights drawn by name, under which the goldens of releases were computed.

The same numbers as a file of hundreds of megabytes, from the list of shapes.
"""

import json
import pathlib
import zlib

import numpy as np

GOLDENS = pathlib.Path(__file__).parent / "goldens"


def synthetic_state_dict(family):
    """Draws the weights of a PyTorch release under its own names.

    Args:
        family: `"eccv16"` or `"siggraph17"`.

    Returns:
        dict of name to float32 array, in PyTorch's layout.
    """
    return {
        key: _draw(key, shape).astype("float32")
        for key, shape in state_dict_shapes(family).items()
    }


def state_dict_shapes(family):
    """Names and shapes of a release's weights: dict of name to tuple."""
    path = GOLDENS / f"{family}_state_dict_shapes.json"
    shapes = json.loads(path.read_text())
    return {key: tuple(shape) for key, shape in shapes.items()}


def _draw(key, shape):
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    leaf = key.rpartition(".")[2]
    if leaf == "running_var":
        return 1 + 0.5 * rng.random(shape)
    if leaf == "running_mean":
        return 0.1 * rng.standard_normal(shape)
    if len(shape) >= 2:
        scale = np.sqrt(2 / np.prod(shape[1:]))
        return rng.standard_normal(shape) * scale
    noise = 0.1 * rng.standard_normal(shape)
    return 1 + noise if "weight" in leaf else noise
