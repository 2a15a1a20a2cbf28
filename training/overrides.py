"""Recipes by name, `key=value` changes, and the check of a resumed run."""

import dataclasses
import difflib
import importlib
import json
import pkgutil
import types
import typing
from collections.abc import Iterable

from training import configs
from training.config import RESUMABLE_FIELDS
from training.config import TrainConfig

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
            f"{_suggest(name, recipes)} Recipes: {', '.join(recipes)}."
        )
    return importlib.import_module(f"training.configs.{name}").get_config()


def apply_overrides(config: TrainConfig, pairs: Iterable[str]) -> TrainConfig:
    """Returns a copy of a configuration with some fields changed.

    Args:
        config: the configuration to start from; not changed.
        pairs: "key=value" texts. Values are read by the type of the field:
            `none` for an optional field, `a,b` for a tuple, JSON for a dict.

    Raises:
        ValueError: If a pair has no "=", the key is not a field (names close
            matches) or the value does not fit the field's type or rule.
    """
    types_by_name = typing.get_type_hints(TrainConfig)
    changes = {}
    for pair in pairs:
        key, separator, text = pair.partition("=")
        if not separator:
            raise ValueError(
                f"Expected key=value, e.g. batch_size=16. Received: {pair!r}."
            )
        if key not in types_by_name:
            raise ValueError(
                f"There is no configuration key {key!r}."
                f"{_suggest(key, types_by_name)} "
                f"Keys: {', '.join(types_by_name)}."
            )
        changes[key] = _parse(key, text.strip(), types_by_name[key])
    return dataclasses.replace(config, **changes)


def config_to_json(config: TrainConfig) -> str:
    """Returns a configuration as readable JSON text, one field a line."""
    return json.dumps(dataclasses.asdict(config), indent=2) + "\n"


def check_same_run(config: TrainConfig, saved_json: str) -> None:
    """Refuses to continue a run under a configuration that changes it.

    Args:
        config: the configuration asked for now.
        saved_json: text of the work directory's config.json.

    Raises:
        ValueError: If a field outside `RESUMABLE_FIELDS` differs; names each
            of them with both values.
    """
    now = json.loads(config_to_json(config))
    # A field that is newer than the run had the value it has by default.
    saved = json.loads(config_to_json(TrainConfig())) | json.loads(saved_json)
    differences = [
        f"{key}: was {saved.get(key)!r}, is now {now.get(key)!r}"
        for key in sorted(now.keys() | saved.keys())
        if key not in RESUMABLE_FIELDS and now.get(key) != saved.get(key)
    ]
    if differences:
        raise ValueError(
            "The work directory holds a run with another configuration ("
            + "; ".join(differences)
            + "). Use another --workdir for a new run, or the old values to "
            "continue this one."
        )


def _parse(key: str, text: str, hint: typing.Any) -> typing.Any:
    """Reads one value by the type of its field."""
    if isinstance(hint, types.UnionType):
        if text.lower() in _NONE:
            return None
        hint = next(t for t in typing.get_args(hint) if t is not type(None))
    try:
        if hint is bool:
            return _parse_bool(text)
        if hint is dict:
            value = json.loads(text)
            if not isinstance(value, dict):
                raise ValueError
            return value
        if typing.get_origin(hint) is tuple:
            return tuple(part.strip() for part in text.split(",") if part)
        return hint(text)
    except ValueError as error:
        wanted = {bool: "true or false", dict: "a JSON object"}.get(
            hint, getattr(hint, "__name__", str(hint))
        )
        raise ValueError(
            f"`{key}` must be {wanted}. Received: {key}={text}."
        ) from error


def _parse_bool(text: str) -> bool:
    if text.lower() not in _TRUE + _FALSE:
        raise ValueError
    return text.lower() in _TRUE


def _suggest(name: str, choices: Iterable[str]) -> str:
    """Returns " Did you mean ...?" for names close to a misspelt one."""
    matches = difflib.get_close_matches(name, list(choices), n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(matches)}?" if matches else ""
