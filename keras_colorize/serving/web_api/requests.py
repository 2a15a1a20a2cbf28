"""What clients send and get back: photo files, plain or as base64 strings.

The same for every way in: the HTTP server (`serving.http`) and the Lambda
function (`serving.aws_lambda`).
"""

import base64
import binascii
import dataclasses
import json
from collections.abc import Collection
from collections.abc import Sequence
from typing import Any

from PIL import Image

from keras_colorize.errors import SettingError
from keras_colorize.photo_formats import FORMAT_OF_SUFFIX
from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.hints import Hint
from keras_colorize.serving.hints import parse_hints
from keras_colorize.serving.images.heif import register_heif
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession

# Each costs the network a pass over its image.
MAX_HINTS = 500
MAX_STRENGTH = 10.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class UploadOptions:
    """How to colorize one photo that a client sent.

    Attributes:
        max_pixels: Photos with more are refused.
        strength: Factor on the predicted chroma.
        temperature: For models that predict distributions, or None.
        format: Pillow's name of the format to write, or None for the photo's.
        hints: JSON of color hints, or None.
    """

    max_pixels: int
    strength: float = 1.0
    temperature: float | None = None
    format: str | None = None
    hints: str | None = None


@dataclasses.dataclass(frozen=True)
class Colorized:
    """A photo file, Pillow's name of its format, and what it does not carry."""

    data: bytes
    format: str
    notes: tuple[str, ...]


def colorize_upload(
    data: bytes, session: ColorizeSession, options: UploadOptions
) -> Colorized:
    """Colorizes the bytes of a photo file.

    Raises:
        ColorizeError: If the photo, a setting or the hints cannot be used.
        MemoryError: If the photo is too large for this machine.
    """
    hints = tuple(_read_hints(options.hints) or ())
    photo_options = PhotoOptions(
        ColorizeOptions(options.strength, options.temperature, hints),
        max_pixels=options.max_pixels,
    )
    photo_options.check(session.contract)
    written = colorize_bytes(data, session, photo_options, options.format)
    return Colorized(written.data or b"", written.format, written.notes)


def read_image_object(
    body: bytes | str, optional: Collection[str] = ()
) -> dict[str, Any]:
    """The object of `{"image": "<base64>"}`, with nothing else in it.

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
            further = "nothing else. For options use POST /v1/colorize"
        raise SettingError(
            'The body must be {"image": "<base64 of a photo file>"} and '
            f"{further}. Received: {received[:200]}."
        )
    return content


def decode_image(text: str) -> bytes:
    """The photo file in a base64 string.

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


def image_object(colorized: Colorized) -> dict[str, str]:
    """`{"image": "<base64>"}` of a photo file."""
    return {"image": base64.b64encode(colorized.data).decode("ascii")}


def writable_formats() -> list[str]:
    """Pillow's names of the formats that can be asked for, sorted."""
    Image.init()  # some builds of Pillow lack some
    register_heif()
    return sorted(set(FORMAT_OF_SUFFIX.values()) & set(Image.SAVE))


def _read_hints(text: str | None) -> Sequence[Hint] | None:
    if text is None:
        return None
    hints = parse_hints(text, "`hints`")
    if len(hints) > MAX_HINTS:
        raise SettingError(
            f"`hints` must be at most {MAX_HINTS}. Received: {len(hints)}."
        )
    return hints
