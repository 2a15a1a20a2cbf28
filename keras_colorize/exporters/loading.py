"""Loads a registered model with weights from wherever they are."""

import os
import pathlib

import keras

from keras_colorize.exporters.provenance import provenance
from keras_colorize.files import WEIGHTS_FILE
from keras_colorize.files import sha256_of
from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.registry import create_model
from keras_colorize.models.registry import get_spec
from keras_colorize.models.registry import load_pretrained
from keras_colorize.presets import find_shipped
from keras_colorize.presets import list_shipped
from keras_colorize.presets import read_metadata


def load_for_export(
    name: str, weights: str | os.PathLike | None = None
) -> tuple[Colorizer, dict[str, str]]:
    """Builds a model, loads its weights and says where they are from.

    Args:
        name: Registered model, or `<model>.<tag>` of shipped weights.
        weights: A `.weights.h5` or `.keras` file, or a folder written by
            `save_to_preset`. None for the weights that this package ships
            for the model; where it ships none, the model stays untrained.

    Returns:
        The model, and metadata for the exported file, see `provenance`.

    Raises:
        FileNotFoundError: If `weights` does not exist.
        ModelError: If a shipped file is missing or not the one that was
            shipped.
        ValueError: If there is no such model, or the weights are not of it.
    """
    model_name, _, tag = name.partition(".")
    spec = get_spec(model_name)
    if weights is None:
        shipped = [w for w in list_shipped() if w.model == model_name]
        if not shipped and not tag:
            return create_model(name), provenance(spec)
        found = find_shipped(name)
        model = load_pretrained(name)
        return model, provenance(
            spec,
            found.tag,
            found.sha256[WEIGHTS_FILE],
            read_metadata(found.folder),
        )

    path = pathlib.Path(weights)
    if not path.exists():
        raise FileNotFoundError(f"There are no weights at {path}.")
    if tag:
        raise ValueError(
            "Give the model without a tag where the weights are your own. "
            f"Received: model={name!r}, weights={str(path)!r}."
        )
    model = _load(model_name, path)
    if not isinstance(model, Colorizer) or model.name != model_name:
        raise ValueError(
            f"{path} holds another model than {model_name!r}. "
            f"Received: {getattr(model, 'name', model)!r}."
        )
    if path.is_dir():
        sha256, facts = sha256_of(path / WEIGHTS_FILE), read_metadata(path)
    else:
        sha256, facts = sha256_of(path), {}
    return model, provenance(spec, path.name, sha256, facts)


def _load(name, path):
    if path.is_dir():
        return load_pretrained(path)
    model = create_model(name)
    if path.name.endswith(".keras"):
        try:
            return keras.saving.load_model(path, compile=False)
        except (TypeError, KeyError) as error:
            raise ValueError(
                f"{path} is not a saved Keras model of this package. "
                f"{_first_line(error)}"
            ) from error
    if not path.name.endswith(".weights.h5"):
        raise ValueError(
            "Weights are a .weights.h5 or .keras file or a preset folder. "
            f"Received: {path}."
        )
    model.load_weights(path)
    return model


def _first_line(error):
    return str(error).strip().splitlines()[0] if str(error).strip() else ""
