"""Color hints: where a photo has which color, said by a person.

A file of hints is JSON, a list or an object with one key:

    {"hints": [{"x": 120, "y": 80, "radius": 12, "color": "#3366cc"}]}
"""

import dataclasses
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import ImageColor

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.errors import SettingError

_MANY_PIXELS = 1e9


@dataclasses.dataclass(frozen=True)
class Hint:
    """A disc of a photo that shall have a color.

    Attributes:
        x: Of its center, in pixels from the left edge of the upright photo;
            the first pixel spans 0 to 1.
        y: Of its center, in pixels from the top edge.
        radius: In pixels of the photo, above 0.
        color: "#rrggbb", a CSS name such as "navy", or (red, green, blue)
            of 0 to 255. Its hue and chroma are used; the lightness is the
            photo's.

    Raises:
        SettingError: If a value is none of these.
    """

    x: float
    y: float
    radius: float
    color: str | Sequence[int]

    def __post_init__(self):
        for name in ("x", "y", "radius"):
            value = getattr(self, name)
            if not _is_number(value):
                raise SettingError(
                    f"`{name}` of a hint must be a number of pixels. "
                    f"Received: {name}={value!r}."
                )
        if self.radius <= 0:
            raise SettingError(
                "`radius` of a hint must be above 0 pixels. "
                f"Received: radius={self.radius}."
            )
        _ = self.rgb  # refuses what is no color

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The color as (red, green, blue) of 0 to 255."""
        color = self.color
        if isinstance(color, str):
            try:
                color = ImageColor.getrgb(color)
            except ValueError:
                color = ()  # told below
        if (
            not isinstance(color, Sequence)
            or len(color) != 3
            or not all(_is_number(v) and v in range(256) for v in color)
        ):
            raise SettingError(
                "`color` of a hint must be like '#3366cc', a CSS name such as "
                "'navy', or three whole numbers of 0 to 255. Received: "
                f"color={self.color!r}."
            )
        red, green, blue = (int(value) for value in color)
        return red, green, blue


_KEYS = tuple(field.name for field in dataclasses.fields(Hint))


def load_hints(path: str | os.PathLike) -> list[Hint]:
    """Reads a JSON file of hints.

    Args:
        path: The file, see the module's docstring.

    Returns:
        The hints, in the order of the file; where they overlap, the last one
        wins.

    Raises:
        SettingError: If the file is missing or holds anything else.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingError(
            f"The hints cannot be read: {error.strerror}: {path}. Check the "
            "path."
        ) from error
    except ValueError as error:
        raise SettingError(
            f"{path} must be a JSON list of hints. Received: {error}."
        ) from error
    return parse_hints(text, str(path))


def parse_hints(text: str, label: str) -> list[Hint]:
    """Reads the JSON of hints.

    Args:
        text: What a file of hints holds, see the module's docstring.
        label: What to call it in errors.

    Returns:
        The hints, in their order; where they overlap, the last one wins.

    Raises:
        SettingError: If it holds anything else.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingError(
            f"{label} must be a JSON list of hints. Received: {error}."
        ) from error
    rows = content
    if isinstance(content, dict) and set(content) == {"hints"}:
        rows = content["hints"]
    if not isinstance(rows, list):
        received = sorted(content) if isinstance(content, dict) else content
        raise SettingError(
            f'{label} must hold a list of hints, or {{"hints": [...]}} and '
            f"nothing else. Received: {received!r}."
        )
    return [
        _read_hint(row, f"{label}, hint {number}")
        for number, row in enumerate(rows, start=1)
    ]


def hints_to_array(
    hints: Sequence[Hint], height: int, width: int
) -> np.ndarray:
    """Converts hints to the array that exported models take.

    Args:
        hints: At least one.
        height: Of the photo, in pixels.
        width: Of the photo, in pixels.

    Returns:
        float32 (1, N, 5), rows (x, y, radius, a, b): pixels of the photo, and
        CIE a* and b* of the color.

    Raises:
        TypeError: If `hints` holds anything but `Hint`.
        SettingError: If a hint lies outside the photo.
    """
    for number, hint in enumerate(hints, start=1):
        if not isinstance(hint, Hint):
            raise TypeError(
                "`hints` must be a sequence of keras_colorize"
                f".Hint. Received: {type(hint).__name__} as number {number}."
            )
        if not (0 <= hint.x < width and 0 <= hint.y < height):
            raise SettingError(
                f"Hint {number} lies outside the photo of {width}x{height} "
                f"pixels. Expected x from 0 to below {width} and y from 0 to "
                f"below {height}, in the upright photo. Received: x={hint.x}, "
                f"y={hint.y}."
            )
    rgb = np.array([hint.rgb for hint in hints], np.float32) / 255.0
    discs = [(hint.x, hint.y, hint.radius) for hint in hints]
    rows = np.concatenate([discs, rgb_to_lab(rgb)[:, 1:]], axis=1)
    return rows[None].astype(np.float32)


def _read_hint(row: object, label: str) -> Hint:
    if not isinstance(row, dict) or set(row) != set(_KEYS):
        received = sorted(row) if isinstance(row, dict) else row
        raise SettingError(
            f"{label}: a hint has the keys {', '.join(_KEYS)}. Received: "
            f"{received!r}."
        )
    try:
        return Hint(**row)
    except SettingError as error:
        raise SettingError(f"{label}: {error}") from error


def _is_number(value: object) -> bool:
    # JSON's true is an int of Python, its NaN a float, its ints have no end.
    return (
        isinstance(value, (int, float, np.integer, np.floating))
        and not isinstance(value, bool)
        and bool(abs(value) < _MANY_PIXELS)
    )
