"""Color hints: where a photo or a film has which color, said by a person.

A file of hints is JSON, a list or an object with one key:

    {"hints": [{"x": 120, "y": 80, "radius": 12, "color": "#3366cc"}]}

Those of a film also say when, each in one of three ways:

    "time": 83.4     "time": "00:01:23.400"     "frame": 2000
"""

import dataclasses
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.errors import SettingError

_MANY_PIXELS = 1e9
_PLAIN_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
# Hours, if wanted, minutes and seconds; with the comma of subtitles, too.
_CLOCK = re.compile(
    r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]?\d(?:[.,]\d{1,9})?)", re.ASCII
)


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
            from PIL import ImageColor

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


@dataclasses.dataclass(frozen=True)
class FilmHint(Hint):
    """A disc of a frame of a film that shall have a color.

    It is placed on one frame and holds in the whole scene around it, before
    and after: it follows what it is placed on. `x`, `y` and `radius` are in
    pixels of that frame, upright, as `ffmpeg -i FILM -frames:v 1 FRAME.png`
    would write it.

    Attributes:
        time: When, from the start of the film: seconds, or a text
            "HH:MM:SS.mmm", "MM:SS.mmm" or "SS.mmm". It is placed on the
            frame that is shown then.
        frame: Instead of the time, the number of the frame; that of the
            first one is 0.

    Raises:
        SettingError: If a value is none of these, or not one of `time` and
            `frame` is given.
    """

    time: float | str | None = None
    frame: int | None = None

    def __post_init__(self):
        super().__post_init__()
        if (self.time is None) == (self.frame is None):
            raise SettingError(
                "A hint of a film must have either `time` or `frame`, which "
                "say where in the film it is placed. Received: "
                f"time={self.time!r}, frame={self.frame!r}."
            )
        if self.frame is not None and not (
            _is_number(self.frame)
            and self.frame >= 0
            and self.frame == int(self.frame)
        ):
            raise SettingError(
                "`frame` of a hint must be a whole number from 0, that of the "
                f"first frame. Received: frame={self.frame!r}."
            )
        _ = self.seconds  # refuses what is no time

    @property
    def seconds(self) -> float | None:
        """The time from the start of the film; None if the frame is said."""
        seconds = self.time
        if seconds is None:
            return None
        if isinstance(seconds, str):
            seconds = _seconds_of(seconds)
        if seconds is None or not _is_number(seconds) or seconds < 0:
            raise SettingError(
                "`time` of a hint must be seconds from the start of the film, "
                'or like "00:01:23.400"; for the number of a frame there is '
                f"`frame`. Received: time={self.time!r}."
            )
        return float(seconds)

    @property
    def moment(self) -> str:
        """When it is placed, for people."""
        if self.frame is not None:
            return f"frame {self.frame}"
        return self.time if isinstance(self.time, str) else f"{self.time} s"


_KEYS = tuple(field.name for field in dataclasses.fields(Hint))
_TIMES = frozenset(("time", "frame"))
AnyHint = TypeVar("AnyHint", bound=Hint)


def load_hints(path: str | os.PathLike) -> list[Hint]:
    """Reads a JSON file of hints of a photo.

    Args:
        path: The file, see the module's docstring.

    Returns:
        The hints, in the order of the file; where they overlap, the last one
        wins.

    Raises:
        SettingError: If the file is missing or holds anything else.
    """
    return parse_hints(_read_text(Path(path)), str(path))


def load_film_hints(path: str | os.PathLike) -> list[FilmHint]:
    """Reads a JSON file of hints of a film.

    Args:
        path: The file, see the module's docstring.

    Returns:
        The hints, in the order of the file; where they overlap, the last one
        wins.

    Raises:
        SettingError: If the file is missing or holds anything else.
    """
    rows = _read_rows(_read_text(Path(path)), str(path))
    return [_read_film_hint(row, label) for label, row in rows]


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingError(
            f"The hints cannot be read: {error.strerror}: {path}. Check the "
            "path."
        ) from error
    except ValueError as error:
        raise SettingError(
            f"{path} must be a JSON list of hints. Received: {error}."
        ) from error


def parse_hints(text: str, label: str) -> list[Hint]:
    """Reads the JSON of hints of a photo.

    Args:
        text: What a file of hints holds, see the module's docstring.
        label: What to call it in errors.

    Returns:
        The hints, in their order; where they overlap, the last one wins.

    Raises:
        SettingError: If it holds anything else.
    """
    return [_read_hint(row, where) for where, row in _read_rows(text, label)]


def _read_rows(text: str, label: str) -> list[tuple[str, object]]:
    """Reads JSON; gives what to call each hint, and what is in it."""
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
        (f"{label}, hint {number}", row)
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
    check_inside(hints, height, width, "photo")
    rgb = np.array([hint.rgb for hint in hints], np.float32) / 255.0
    discs = [(hint.x, hint.y, hint.radius) for hint in hints]
    rows = np.concatenate([discs, rgb_to_lab(rgb)[:, 1:]], axis=1)
    return rows[None].astype(np.float32)


def check_inside(
    hints: Sequence[Hint], height: int, width: int, picture: str
) -> None:
    """Refuses hints beside what they are for.

    Args:
        hints: Any number.
        height: Of the picture, upright, in pixels.
        width: Of the picture, in pixels.
        picture: "photo" or "frame".

    Raises:
        SettingError: If the center of one lies outside.
    """
    for number, hint in enumerate(hints, start=1):
        if not (0 <= hint.x < width and 0 <= hint.y < height):
            raise SettingError(
                f"Hint {number} lies outside the {picture} of {width}x{height} "
                f"pixels. Expected x from 0 to below {width} and y from 0 to "
                f"below {height}, in the upright {picture}. Received: "
                f"x={hint.x}, y={hint.y}."
            )


def _read_hint(row: object, label: str) -> Hint:
    if not isinstance(row, dict) or set(row) != set(_KEYS):
        has_time = isinstance(row, dict) and not _TIMES.isdisjoint(row)
        received = sorted(row) if isinstance(row, dict) else row
        raise SettingError(
            f"{label}: a hint has the keys {', '.join(_KEYS)}"
            f"{'; only that of a film has a time' if has_time else ''}. "
            f"Received: {received!r}."
        )
    return _made(Hint, row, label)


def _read_film_hint(row: object, label: str) -> FilmHint:
    if (
        not isinstance(row, dict)
        or set(row) - _TIMES != set(_KEYS)
        or len(_TIMES.intersection(row)) != 1
    ):
        received = sorted(row) if isinstance(row, dict) else row
        raise SettingError(
            f"{label}: a hint of a film has the keys {', '.join(_KEYS)}, and "
            f"either time or frame. Received: {received!r}."
        )
    return _made(FilmHint, row, label)


def _made(kind: type[AnyHint], row: dict, label: str) -> AnyHint:
    try:
        return kind(**row)
    except SettingError as error:
        raise SettingError(f"{label}: {error}") from error


def _seconds_of(text: str) -> float | None:
    """Seconds of "HH:MM:SS.mmm" and shorter; None if it is nothing such."""
    text = text.strip()
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = match.groups()
        whole = int(hours or 0) * 3600 + int(minutes) * 60
        return whole + float(seconds.replace(",", "."))
    if _PLAIN_SECONDS.fullmatch(text):
        return float(text)
    return None


def _is_number(value: object) -> bool:
    # JSON's true is an int of Python, its NaN a float, its ints have no end.
    return (
        isinstance(value, (int, float, np.integer, np.floating))
        and not isinstance(value, bool)
        and bool(abs(value) < _MANY_PIXELS)
    )
