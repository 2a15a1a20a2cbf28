"""All models by name: rows in the `specs.py` of each family below.

Imports no Keras until a model is built.
"""

import dataclasses
import importlib
import inspect
import os
from collections.abc import Mapping
from typing import Any

from keras_colorize.errors import needs_extra
from keras_colorize.files import did_you_mean

# Modules with a tuple `SPECS`, one a family.
_FAMILIES = (
    "keras_colorize.models.autoencoder.specs",
    "keras_colorize.models.ddcolor.specs",
    "keras_colorize.models.eccv16.specs",
    "keras_colorize.models.hypercolumn.specs",
    "keras_colorize.models.lite.specs",
    "keras_colorize.models.pix2pix.specs",
    "keras_colorize.models.resnet_unet.specs",
    "keras_colorize.models.siggraph17.specs",
    "keras_colorize.models.unetpp.specs",
)

_specs: dict[str, "ModelSpec"] = {}


@dataclasses.dataclass(frozen=True)
class ModelSpec:
    """One registered model: a builder and the arguments of a variant.

    Attributes:
        name: `<family>_<variant>`, unique.
        builder: `"package.module:Class"` of a `Colorizer`, imported when the
            model is built.
        config: arguments of the builder.
        output_kind: what the network returns, see `Colorizer`.
        input_size: short side in pixels of the network input in serving.
        size_multiple: multiple that the network input's sides must have.
        params: number of trainable and constant parameters, see `Colorizer`.
        source: paper or origin of the architecture.
        license: license of the code.
    """

    name: str
    builder: str
    config: Mapping[str, Any]
    output_kind: str
    input_size: int
    size_multiple: int
    params: int
    source: str
    license: str = "Apache-2.0"


def register(spec: ModelSpec) -> None:
    """Adds a model to the registry.

    Raises:
        ValueError: If the name is taken.
    """
    if spec.name in _specs:
        raise ValueError(
            f"A model is registered once. Received: name={spec.name!r} again."
        )
    _specs[spec.name] = spec


def model_names() -> list[str]:
    """Returns the names of all registered models, sorted."""
    _load_families()
    return sorted(_specs)


def get_spec(name: str) -> ModelSpec:
    """Returns the registered row of a model.

    Raises:
        ValueError: If there is no such model; names close matches.
    """
    _load_families()
    if name not in _specs:
        raise ValueError(
            f"Unknown model. Received: {name!r}.{did_you_mean(name, _specs)} "
            f"Registered models: {', '.join(sorted(_specs))}."
        )
    return _specs[name]


def create_model(name: str, **overrides: Any):
    """Builds a registered model with fresh weights.

    Args:
        name: one of `model_names()`.
        **overrides: arguments that replace those of the registered variant.

    Returns:
        A `Colorizer`, named like the variant.

    Raises:
        ValueError: If the name or an override is unknown.
    """
    spec = get_spec(name)
    builder = import_builder(spec)
    parameters = inspect.signature(builder.__init__).parameters.values()
    allowed = sorted(
        parameter.name
        for parameter in parameters
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        and parameter.name != "self"
    )
    unknown = sorted(set(overrides) - set(allowed) - {"name", "trainable"})
    if unknown:
        raise ValueError(
            f"Unknown argument of {name}: {', '.join(unknown)}. "
            f"It takes: {', '.join(allowed)}."
        )
    return builder(**{"name": name, **spec.config, **overrides})


def load_pretrained(preset: str | os.PathLike):
    """Builds a model with its weights, to predict or to fine-tune.

    `Colorizer.from_preset` of any class. For colorizing photos, `colorize` and
    `ColorizeSession` need no Keras.

    Example:
        model = load_pretrained("lite")
        model = load_pretrained("runs/mine/preset")
        model = load_pretrained("hf://owner/name")

    Args:
        preset: `<model>` for the model's default weights in the box,
            `<model>.<tag>`, a folder that `Colorizer.save_to_preset` wrote,
            or an address, see `hub`. Write "./name" for a folder that is
            called like weights in the box.

    Returns:
        A `keras_colorize.models.colorizer.Colorizer` in float32.

    Raises:
        ImportError: If Keras, or what an address needs, is not installed.
        SettingError: If there is no such preset; lists what is shipped.
        ModelError: If a file is missing, damaged or not the one that was
            saved, or an address cannot be reached.
        FileNotFoundError: If a file of a folder is missing.
        ValueError: If a folder holds weights that do not fit its model.
    """
    with needs_extra("train", "Keras models", "keras", "tensorflow"):
        colorizer = importlib.import_module("keras_colorize.models.colorizer")
    return colorizer.Colorizer.from_preset(preset)


def import_builder(spec: ModelSpec) -> type:
    """Imports the class that builds a registered model."""
    module, _, class_name = spec.builder.partition(":")
    with needs_extra("train", "Keras models", "keras", "tensorflow"):
        return getattr(importlib.import_module(module), class_name)


def _load_families():
    for module in _FAMILIES:
        for spec in importlib.import_module(module).SPECS:
            if spec.name not in _specs:
                register(spec)
