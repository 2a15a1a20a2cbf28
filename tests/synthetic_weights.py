"""Weights drawn by name, under which the goldens of releases were computed.

The same numbers as a file of hundreds of megabytes, from the list of shapes.
"""

import json
import pathlib
import zlib

import numpy as np

GOLDENS = pathlib.Path(__file__).parent / "goldens"
# Of ImageNet, R, G, B.
_CONSTANTS = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def synthetic_state_dict(family):
    """Draws the weights of a PyTorch release under its own names.

    Args:
        family: start of a file `<family>_state_dict_shapes.json`.

    Returns:
        dict of name to float32 array, in PyTorch's layout.
    """
    shapes = state_dict_shapes(family)
    state = {key: _draw(key, shape) for key, shape in shapes.items()}
    for key in shapes:
        if key.endswith(".weight_u"):
            _set_spectral_vectors(state, key.removesuffix("_u"))
    return {key: value.astype("float32") for key, value in state.items()}


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
    if key in _CONSTANTS:
        return np.reshape(_CONSTANTS[key], shape)
    if leaf == "running_var":
        return 1 + 0.5 * rng.random(shape)
    if leaf == "running_mean":
        return 0.1 * rng.standard_normal(shape)
    if leaf == "gamma":
        return 0.5 + 0.1 * rng.standard_normal(shape) * (shape != (1,))
    if len(shape) >= 2:
        scale = np.sqrt(2 / np.prod(shape[1:]))
        return rng.standard_normal(shape) * scale
    noise = 0.1 * rng.standard_normal(shape)
    return 1 + noise if "weight" in leaf else noise


def _set_spectral_vectors(state, key):
    """Twenty power iterations from a start that is drawn as well."""
    kernel = state[f"{key}_orig"]
    kernel = kernel.reshape(len(kernel), -1)
    rng = np.random.default_rng(zlib.crc32(f"{key}_u".encode()))
    u = rng.standard_normal(len(kernel))
    u /= np.linalg.norm(u)
    for _ in range(20):
        v = kernel.T @ u
        v /= np.linalg.norm(v)
        u = kernel @ v
        u /= np.linalg.norm(u)
    state[f"{key}_u"], state[f"{key}_v"] = u, v
