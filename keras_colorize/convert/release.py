"""What a published checkpoint is called, and its strict assignment."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import numpy as np

# Name of a Keras variable -> last part of its name in PyTorch.
_LEAVES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
    "u": "weight_u",
    "v": "weight_v",
}
# A counter of PyTorch's batch norm that inference does not use.
_UNUSED = ".num_batches_tracked"
_NAMES_SHOWN = 3


@dataclasses.dataclass(frozen=True)
class Release:
    """A published PyTorch checkpoint and how it maps to one of our models.

    Attributes:
        model: registered name of the model that it fits.
        file: name of the published file.
        source: where it is published.
        license: terms of the weights.
        layers: name of our layer -> name of the checkpoint's module. A layer
            inside another, and a variable that is a module there, are named
            as "outer/inner".
        scales: name of a tensor of the checkpoint -> factor, where its unit
            differs from ours.
        overrides: arguments of the model that belong to these weights.
        prepare: rewrites the checkpoint, where not each of its tensors is one
            of our variables; the names of `layers` are those afterwards.
    """

    model: str
    file: str
    source: str
    license: str
    layers: Mapping[str, str]
    scales: Mapping[str, float] = dataclasses.field(default_factory=dict)
    overrides: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    prepare: Callable[[Mapping[str, np.ndarray]], Mapping[str, np.ndarray]] = (
        dict
    )

    def recognizes(self, state: Mapping[str, np.ndarray]) -> bool:
        """Tells whether a checkpoint has exactly this release's modules."""
        modules = {key.rpartition(".")[0] for key in self.prepare(state)}
        return modules == set(self.layers.values())

    def key_of(self, variable) -> str:
        """Returns the checkpoint's name for a variable of our model.

        Raises:
            ValueError: If `layers` has no row for it.
        """
        *layers, name = variable.path.split("/")
        if f"{layers[-1]}/{name}" in self.layers:
            return f"{self.layers[f'{layers[-1]}/{name}']}.weight"
        rows = ["/".join(layers[i:]) for i in range(len(layers))]
        for row in rows:
            if row in self.layers and name in _LEAVES:
                return f"{self.layers[row]}.{_LEAVES[name]}"
        raise ValueError(
            f"The key map of {self.file} has no row for the variable "
            f"{variable.path} of {self.model}."
        )


def load_release(
    model, state: Mapping[str, np.ndarray], release: Release
) -> None:
    """Assigns a checkpoint to a model: all of both, or nothing.

    Args:
        model: `Colorizer` built as `release` says.
        state: name -> array in PyTorch's layout.
        release: the key map.

    Raises:
        ValueError: If the checkpoint lacks a tensor, has one more than the
            model takes, or a shape differs.
    """
    targets = {release.key_of(variable): variable for variable in model.weights}
    state = release.prepare(state)
    given = [key for key in state if not key.endswith(_UNUSED)]
    missing = [key for key in targets if key not in state]
    unexpected = [key for key in given if key not in targets]
    if missing or unexpected:
        raise ValueError(
            f"The checkpoint does not fit {release.model}, which takes "
            f"{release.file}. Missing: {_shorten(missing)}. "
            f"Unexpected: {_shorten(unexpected)}."
        )
    values = {
        key: _to_keras_layout(state[key], len(variable.shape))
        for key, variable in targets.items()
    }
    differing = [
        f"{key} {values[key].shape} instead of {tuple(variable.shape)}"
        for key, variable in targets.items()
        if values[key].shape != tuple(variable.shape)
    ]
    if differing:
        raise ValueError(
            f"The checkpoint does not fit {release.model}, which takes "
            f"{release.file}. Shapes that differ, in Keras' layout: "
            f"{_shorten(differing)}."
        )
    for key, variable in targets.items():
        variable.assign(values[key] * release.scales.get(key, 1.0))


def _to_keras_layout(value, rank):
    if value.ndim != 4:
        return value
    # (out, in, Kh, Kw), of a transposed convolution (in, out, Kh, Kw).
    value = value.transpose(2, 3, 1, 0)  # (Kh, Kw, in, out) or (…, out, in)
    if rank == 2 and value.shape[:2] == (1, 1):
        value = value[0, 0]  # (in, out): a 1x1 convolution as a matrix
    return value


def _shorten(names: list[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    shown = ", ".join(names[:_NAMES_SHOWN]) or "nothing"
    return f"{shown} and {more} more" if more > 0 else shown
