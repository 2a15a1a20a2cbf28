"""What events may ask for beside their photo."""

import json
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from keras_colorize.errors import SettingError
from keras_colorize.serving.web_api.requests import MAX_STRENGTH
from keras_colorize.serving.web_api.requests import UploadOptions
from keras_colorize.serving.web_api.requests import writable_formats

OPTION_NAMES = ("model", "strength", "temperature", "format", "hints")


class Options(NamedTuple):
    """How to colorize a photo.

    Attributes:
        model: Name of the model, or None for the default one.
        upload: The rest.
    """

    model: str | None
    upload: UploadOptions


def read_options(values: Mapping[str, Any], max_pixels: int) -> Options:
    """Reads options, as JSON values or as text from an address.

    Args:
        values: By name, one of `OPTION_NAMES`; None counts as left out.
        max_pixels: Photos with more are refused.

    Raises:
        SettingError: If there are others, or a value means nothing.
    """
    unknown = sorted(set(values) - set(OPTION_NAMES))
    if unknown:
        raise SettingError(
            f"The options are {', '.join(OPTION_NAMES)}. Received: "
            f"{', '.join(unknown)[:200]}."
        )
    given = {name: value for name, value in values.items() if value is not None}
    strength = _number(given, "strength")
    strength = 1.0 if strength is None else strength
    if not 0.0 <= strength <= MAX_STRENGTH:
        raise SettingError(
            f"`strength` must be from 0 to {MAX_STRENGTH:g} (1 is what the "
            f"model predicts). Received: strength={strength}."
        )
    hints = given.get("hints")
    if hints is not None and not isinstance(hints, str):
        hints = json.dumps(hints)
    return Options(
        _text(given, "model"),
        UploadOptions(
            max_pixels=max_pixels,
            strength=strength,
            temperature=_number(given, "temperature"),
            format=_format(given),
            hints=hints,
        ),
    )


def _number(given, name):
    value = given.get(name)
    if value is None:
        return None
    try:
        if isinstance(value, bool):
            raise TypeError("a truth value")
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingError(
            f"`{name}` must be a number. Received: {name}={value!r:.80}."
        ) from error


def _text(given, name):
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise SettingError(
            f"`{name}` must be a text. Received: {name}={value!r:.80}."
        )
    return value


def _format(given):
    value = _text(given, "format")
    names = writable_formats()
    if value is not None and value.upper() not in names:
        raise SettingError(
            f"`format` must be one of {', '.join(names).lower()}. Received: "
            f"format={value[:80]!r}."
        )
    return value and value.upper()
