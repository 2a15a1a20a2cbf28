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
        family: start of a file `<family>_state_dict_shapes.json`.

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


def assign_state(model, state, modules, change=None):
    """Puts a whole state dict into a model, by names of layers.

    Args:
        model: a Keras model.
        state: dict of name to array, in PyTorch's layout.
        modules: function from the name of one of our layers to the name of
            PyTorch's module.
        change: None, or function of layer name and array in our layout that
            returns what to assign.

    Raises:
        AssertionError: If an array is not used, or used twice.
    """
    leaves = {
        "kernel": "weight",
        "bias": "bias",
        "gamma": "weight",
        "beta": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
    }
    used = []
    for variable in model.weights:
        layer, name = variable.path.split("/")[-2:]
        used.append(f"{modules(layer)}.{leaves[name]}")
        value = state[used[-1]]
        if value.ndim == 4:
            value = value.transpose(2, 3, 1, 0)
        variable.assign(change(layer, value) if change else value)
    assert sorted(used) == sorted(state)


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
