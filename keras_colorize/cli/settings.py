"""From options of the command line to objects of `serving`."""

from pathlib import Path

from keras_colorize.serving.hints import load_hints
from keras_colorize.serving.images.naming import Naming
from keras_colorize.serving.images.read import MAX_PIXELS
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.options import PhotoOptions


def photo_settings(
    strength: float,
    temperature: float | None,
    quality: int | None,
    skip_color: bool,
    max_pixels: int | None,
    hints: Path | None = None,
) -> PhotoOptions:
    """How to colorize, as the options say.

    Raises:
        SettingError: If the file of hints is missing or damaged.
    """
    return PhotoOptions(
        ColorizeOptions(
            strength,
            temperature,
            hints=() if hints is None else tuple(load_hints(hints)),
        ),
        quality=quality,
        skip_color=skip_color,
        max_pixels=MAX_PIXELS if max_pixels is None else max_pixels,
    )


def naming(suffix: str | None, format: str | None) -> Naming:
    """How results are called, as the options say.

    Raises:
        SettingError: If one of them means nothing.
    """
    extension = format and f".{format.lower().removeprefix('.')}"
    return Naming(suffix, extension or None)
