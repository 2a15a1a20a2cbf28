"""What clients send and get back, over HTTP and in events of Lambda.

A photo comes as a file or as `{"image": "<base64>"}`, options beside it.
"""

import base64
import binascii
import json
from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields
from typing import Any
from typing import cast

from PIL import Image

from keras_colorize.errors import SettingError
from keras_colorize.hints import Hint
from keras_colorize.hints import parse_hints
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.serving.colorize import Written
from keras_colorize.serving.contract import NATURAL
from keras_colorize.serving.contract import Contract
from keras_colorize.serving.images.heif import register_heif
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.web_api.limits import MAX_ASPECT
from keras_colorize.serving.web_api.limits import MAX_HINTS
from keras_colorize.serving.web_api.limits import MAX_SIDE

JSON_TYPE = "application/json"
# Of bodies that are a photo file, by their beginning.
_PHOTO_TYPES = ("image/", "application/octet-stream")


def media_type_of(content_type: str) -> str:
    """Returns the type that a Content-Type header names, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_photo_type(content_type: str) -> bool:
    """Whether a Content-Type header says that the body is a photo file."""
    return media_type_of(content_type).startswith(_PHOTO_TYPES)


# === Options ===


@dataclass(frozen=True, kw_only=True)
class RequestOptions:
    """What a client asks for beside its photo.

    Attributes:
        model: Name of a model, or None for the default one.
        strength: Factor on the predicted chroma, 0 to `MAX_STRENGTH`.
        temperature: In (0, 1], for models that predict distributions, or None
            for that of the look.
        format: Pillow's name of the format to write, or None for the photo's.
        hints: JSON of color hints, or None.
        look: Name of one of the model's looks.
    """

    model: str | None = None
    strength: float = 1.0
    temperature: float | None = None
    format: str | None = None
    hints: str | None = None
    look: str = NATURAL

    def checked_for(self, contract: Contract, max_pixels: int) -> PhotoOptions:
        """Returns how to colorize, once it is known to mean something.

        Args:
            contract: Of the model that was asked for.
            max_pixels: Photos with more are refused.

        Raises:
            SettingError: If a value is out of range, the hints are damaged or
                too many, or the model has no such input.
        """
        color = ColorizeOptions(
            self.strength,
            self.temperature,
            _read_hints(self.hints),
            self.look,
        )
        options = PhotoOptions(
            color,
            max_pixels=max_pixels,
            max_side=MAX_SIDE,
            max_aspect=MAX_ASPECT,
            max_pages=1,
        )
        options.check(contract)
        return options


OPTION_NAMES = tuple(field.name for field in fields(RequestOptions))


def read_options(values: Mapping[str, Any]) -> RequestOptions:
    """Reads options, as JSON values or as text from an address.

    Args:
        values: By name, one of `OPTION_NAMES`; None counts as left out, and
            so does an empty text, as in forms.

    Raises:
        SettingError: If there are others, or a value means nothing.
    """
    unknown = sorted(set(values) - set(OPTION_NAMES))
    if unknown:
        raise SettingError(
            f"The options are {', '.join(OPTION_NAMES)}. Received: "
            f"{', '.join(unknown)[:200]}."
        )
    values = {name: None if v == "" else v for name, v in values.items()}
    strength = _read_number(values, "strength")
    strength = 1.0 if strength is None else strength
    hints = values.get("hints")
    if hints is not None and not isinstance(hints, str):
        hints = json.dumps(hints)
    return RequestOptions(
        model=_read_text(values, "model"),
        strength=strength,
        temperature=_read_number(values, "temperature"),
        format=_read_format(values),
        hints=hints,
        look=_read_text(values, "look") or NATURAL,
    )


def writable_formats() -> list[str]:
    """Lists Pillow's names of the formats that can be asked for, sorted."""
    Image.init()  # some builds of Pillow lack some
    register_heif()
    return sorted(set(PHOTO_FORMATS) & set(Image.SAVE))


def _read_number(values: Mapping[str, Any], name: str) -> float | None:
    value = values.get(name)
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


def _read_text(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name)
    if value is not None and not isinstance(value, str):
        raise SettingError(
            f"`{name}` must be a text. Received: {name}={value!r:.80}."
        )
    return value


def _read_format(values: Mapping[str, Any]) -> str | None:
    value = _read_text(values, "format")
    names = writable_formats()
    if value is not None and value.upper() not in names:
        raise SettingError(
            f"`format` must be one of {', '.join(names).lower()}. Received: "
            f"format={value[:80]!r}."
        )
    return value and value.upper()


def _read_hints(text: str | None) -> tuple[Hint, ...]:
    if text is None:
        return ()
    hints = parse_hints(text, "`hints`")
    if len(hints) > MAX_HINTS:
        raise SettingError(
            f"`hints` must be at most {MAX_HINTS}. Received: {len(hints)}."
        )
    return tuple(hints)


# === Photos as base64 ===


def read_image_object(
    body: bytes | str, optional: Collection[str] = ()
) -> dict[str, Any]:
    """Reads `{"image": "<base64>"}`, with nothing else in it.

    Args:
        body: JSON.
        optional: Further keys that it may have.

    Raises:
        SettingError: If it is another thing.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SettingError(
            'The body must be JSON, {"image": "<base64 of a photo file>"}. '
            f"Received: {type(error).__name__}: {error}."
        ) from error
    if (
        not isinstance(content, dict)
        or set(content) - set(optional) != {"image"}
        or not isinstance(content["image"], str)
    ):
        received = (
            f"an object with the keys {sorted(content)}"
            if isinstance(content, dict)
            else type(content).__name__
        )
        further = f"of options only {', '.join(optional)}"
        if not optional:
            further = "nothing else. Options are in the address (?look=…)"
        raise SettingError(
            'The body must be {"image": "<base64 of a photo file>"} and '
            f"{further}. Received: {received[:200]}."
        )
    return content


def decode_image(text: str) -> bytes:
    """Decodes the photo file in a base64 string.

    Raises:
        SettingError: If it is not base64.
    """
    if text.startswith("data:"):  # as browsers' canvases and readers give it
        text = text.partition(",")[2]
    try:  # base64 programs break lines
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SettingError(
            "`image` must be the base64 of a photo file, with or without "
            f"data:…;base64, before it. Received: {len(text)} characters "
            f"({error})."
        ) from error


def encode_image(written: Written) -> str:
    """Encodes the file of a colorized photo as a base64 string."""
    # None only where photos that are in color are skipped: clients' are not.
    data = cast(bytes, written.data)
    return base64.b64encode(data).decode("ascii")
