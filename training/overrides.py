"""Recipes by name, `key=value` changes, and the check of a resumed run."""

import dataclasses
import importlib
import json
import pkgutil
import types
import typing
from collections.abc import Iterable
from typing import Any

from keras_colorize.files import did_you_mean
from training import configs
from training import flat_config
from training.config import TrainConfig
from training.config import changed
from training.config import dataclass_in

# Those that follow from the model or the seed of the run.
_DERIVED = frozenset({"data.output_kind", "data.output_stride", "data.seed"})
# The fields that may differ between a run and its continuation: how long it
# goes on, what it shows and how fast it reads, nothing that changes a step.
_RESUMABLE = frozenset(
    {
        "epochs",
        "data.cache",
        "data.num_parallel_calls",
        "data.prefetch",
        "samples.count",
        "deterministic_ops",
    }
)
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_NONE = ("none", "null", "")


def list_recipes() -> list[str]:
    """Returns the names of all recipes in `training/configs`, sorted."""
    return sorted(
        module.name
        for module in pkgutil.iter_modules(configs.__path__)
        if not module.name.startswith("_")
    )


def load_recipe(name: str) -> TrainConfig:
    """Returns the configuration of one recipe.

    Args:
        name: file name in `training/configs` without ".py".

    Raises:
        ValueError: If there is no such recipe; names close matches.
    """
    recipes = list_recipes()
    if name not in recipes:
        raise ValueError(
            f"Expected the name of a recipe. Received: config={name!r}."
            f"{did_you_mean(name, recipes)} Recipes: {', '.join(recipes)}."
        )
    return importlib.import_module(f"training.configs.{name}").get_config()


def apply_overrides(config: TrainConfig, pairs: Iterable[str]) -> TrainConfig:
    """Returns a copy of a configuration with some fields changed.

    Args:
        config: the configuration to start from; not changed.
        pairs: "key=value" texts, e.g. "data.crop_size=160". Values are read
            by the type of the field: `none` for an optional field, `a,b` for
            a tuple, JSON for a dict.

    Raises:
        ValueError: If a pair has no "=", the key is not a field (names close
            matches) or the value does not fit the field's type or rule.
    """
    hints = _hints_by_path(TrainConfig)
    values = {}
    for pair in pairs:
        key, separator, text = pair.partition("=")
        if not separator:
            raise ValueError(
                "Expected key=value, e.g. data.batch_size=16. Received: "
                f"{pair!r}."
            )
        if key not in hints:
            advice = did_you_mean(key, hints)
            if key in flat_config.PATHS:
                advice = f" It is {flat_config.PATHS[key]!r} now."
            raise ValueError(
                f"There is no configuration key {key!r}."
                + (advice or f" Keys: {', '.join(hints)}.")
            )
        values[key] = _parse(key, text.strip(), hints[key])
    return changed(config, **_nest(values))


def config_to_json(config: TrainConfig) -> str:
    """Returns a configuration as readable JSON text."""
    content = dataclasses.asdict(config)
    for path in _DERIVED:
        part, name = path.split(".")
        del content[part][name]
    return json.dumps(content, indent=2) + "\n"


def config_from_json(text: str) -> TrainConfig:
    """Reads a `config.json`, also of a run from before there were parts.

    Args:
        text: what `config_to_json` returned, then or now. A field that is
            newer than the text has its default value.

    Raises:
        ValueError: If a field is unknown or its value does not fit.
    """
    content = json.loads(text)
    if not isinstance(content.get("model", {}), dict):
        content = _nest(flat_config.paths_from_flat(content))
    return changed(TrainConfig(), **content)


def check_same_run(config: TrainConfig, saved_json: str) -> None:
    """Refuses to continue a run under a configuration that changes it.

    Args:
        config: the configuration asked for now.
        saved_json: text of the work directory's config.json.

    Raises:
        ValueError: If a field that changes a step differs; names each of
            them with both values.
    """
    now = _values_by_path(json.loads(config_to_json(config)))
    then = config_to_json(config_from_json(saved_json))
    saved = _values_by_path(json.loads(then))
    differences = [
        f"{path}: was {saved.get(path)!r}, is now {now.get(path)!r}"
        for path in sorted(now.keys() | saved.keys())
        if path not in _RESUMABLE and now.get(path) != saved.get(path)
    ]
    if differences:
        raise ValueError(
            "The work directory holds a run with another configuration ("
            + "; ".join(differences)
            + "). Use another --workdir for a new run, or the old values to "
            "continue this one."
        )


def _hints_by_path(part: type, prefix: str = "") -> dict[str, Any]:
    """Returns the types of all fields that can be set, by path."""
    hints = {}
    for name, hint in typing.get_type_hints(part).items():
        path, inner = prefix + name, dataclass_in(hint)
        if inner is not hint and path not in _DERIVED:
            hints[path] = hint
        if inner:
            hints |= _hints_by_path(inner, f"{path}.")
    return hints


def _values_by_path(content: dict, prefix: str = "") -> dict[str, Any]:
    """Returns the values of a nested configuration by path."""
    values = {}
    for name, value in content.items():
        path = prefix + name
        if isinstance(value, dict):
            values |= _values_by_path(value, f"{path}.")
        else:
            values[path] = value
    return values


def _nest(values: dict[str, Any]) -> dict[str, Any]:
    """Returns values by path as dicts inside each other."""
    nested = {}
    for path, value in values.items():
        *parts, name = path.split(".")
        inner = nested
        for part in parts:
            inner[part] = inner.get(part) or {}
            inner = inner[part]
        inner[name] = value
    return nested


def _parse(key: str, text: str, hint: Any) -> Any:
    """Reads one value by the type of its field."""
    try:
        return _read_as(hint, text)
    except ValueError as error:
        wanted = _describe(hint)
        raise ValueError(
            f"`{key}` must be {wanted}. Received: {key}={text}."
        ) from error


def _read_as(hint: Any, text: str) -> Any:
    choices = typing.get_args(hint)
    if isinstance(hint, types.UnionType):
        if types.NoneType in choices and text.lower() in _NONE:
            return None
        # (height, width) or one number for both.
        is_tuple = "," in text
        hint = next(
            choice
            for choice in choices
            if choice is not types.NoneType
            and (typing.get_origin(choice) is not tuple or is_tuple)
        )
        return _read_as(hint, text)
    if hint is bool:
        if text.lower() not in _TRUE + _FALSE:
            raise ValueError
        return text.lower() in _TRUE
    if hint is dict or dataclass_in(hint):
        value = json.loads(text)
        if not isinstance(value, dict):
            raise ValueError
        return value
    if typing.get_origin(hint) is tuple:
        texts = [part.strip() for part in text.split(",") if part]
        return tuple(choices[0](part) for part in texts)
    if typing.get_origin(hint) is typing.Literal:
        return text  # the dataclass checks it
    return hint(text)


def _describe(hint: Any) -> str:
    if hint is bool:
        return "true or false"
    if hint is dict or dataclass_in(hint):
        return "a JSON object"
    return getattr(hint, "__name__", str(hint))
