"""Small line charts, drawn with Pillow: no plotting library for one figure."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image
from PIL import ImageDraw
from PIL import ImageFont

_PANEL = (460, 380)  # pixels, axes and text included
_MARGINS = (52, 40, 16, 44)  # left, top, right, bottom of the axes
_LEGEND_HEIGHT = 28
_SCALE = 2  # drawn larger and shrunk: smooth lines
_FONT_SIZE = 13
_PAPER = (255, 255, 255)
_INK = (50, 50, 50)
_GRID = (226, 226, 226)
# Told apart with color-blind eyes, too (Okabe and Ito).
_COLORS = ((0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167))
_NUM_TICKS = 6


@dataclasses.dataclass(frozen=True)
class Panel:
    """One chart.

    Attributes:
        title: says what the y axis shows.
        x_label: what the x axis shows.
        series: points (x, y) by name, joined in their order.
        marked_y: where to draw a dashed line across, or None.
    """

    title: str
    x_label: str
    series: dict[str, Sequence[tuple[float, float]]]
    marked_y: float | None = None


def draw_panels(panels: Sequence[Panel]) -> Image.Image:
    """Draws charts side by side, with one legend for all.

    Args:
        panels: with the same names of series.

    Returns:
        An RGB image.

    Raises:
        ValueError: If there is no panel, or one has no point.
    """
    if not panels or not all(
        any(points for points in panel.series.values()) for panel in panels
    ):
        raise ValueError(
            f"Expected panels with points. Received: panels={panels!r}."
        )
    width, height = _PANEL
    size = (len(panels) * width, height + _LEGEND_HEIGHT)
    image = Image.new("RGB", (size[0] * _SCALE, size[1] * _SCALE), _PAPER)
    draw = ImageDraw.Draw(image)
    for i, panel in enumerate(panels):
        _draw_panel(draw, panel, i * width)
    _draw_legend(draw, list(panels[0].series), height)
    return image.resize(size, Image.Resampling.LANCZOS)


def nice_ticks(low: float, high: float) -> list[float]:
    """Round numbers that span `low` to `high`, in steps of 1, 2 or 5.

    Args:
        low: smallest value to show.
        high: largest value to show.

    Returns:
        At least two ticks; the first is not above `low`, the last not below
        `high`.
    """
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / (_NUM_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(
        factor * power for factor in (1, 2, 5, 10) if factor * power >= rough
    )
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(i * step, 10) for i in range(first, last + 1)]


def _draw_panel(draw, panel, offset):
    points = np.array([p for line in panel.series.values() for p in line])
    ys = [*points[:, 1], *([] if panel.marked_y is None else [panel.marked_y])]
    x_ticks = nice_ticks(points[:, 0].min(), points[:, 0].max())
    y_ticks = nice_ticks(min(ys), max(ys))
    left, top, right, bottom = _MARGINS
    x_range = offset + left, offset + _PANEL[0] - right
    y_range = _PANEL[1] - bottom, top

    def place(x, y):
        return (
            _SCALE * _interpolate(x, x_ticks, x_range),
            _SCALE * _interpolate(y, y_ticks, y_range),
        )

    _draw_axes(draw, panel, x_ticks, y_ticks, place)
    if panel.marked_y is not None:
        _draw_dashes(
            draw,
            place(x_ticks[0], panel.marked_y),
            place(x_ticks[-1], panel.marked_y),
        )
    for color, line in zip(_COLORS, panel.series.values(), strict=False):
        places = [place(x, y) for x, y in line]
        draw.line(places, color, 2 * _SCALE, joint="curve")
        for point in places:
            draw.circle(point, 3.5 * _SCALE, color, _PAPER, _SCALE)


def _draw_axes(draw, panel, x_ticks, y_ticks, place):
    font = ImageFont.load_default(_FONT_SIZE * _SCALE)
    for x in x_ticks:
        bottom, top = place(x, y_ticks[0]), place(x, y_ticks[-1])
        draw.line([bottom, top], _GRID, _SCALE)
        below = bottom[0], bottom[1] + 6 * _SCALE
        draw.text(below, f"{x:g}", _INK, font, anchor="mt")
    for y in y_ticks:
        left, right = place(x_ticks[0], y), place(x_ticks[-1], y)
        draw.line([left, right], _GRID, _SCALE)
        beside = left[0] - 7 * _SCALE, left[1]
        draw.text(beside, f"{y:g}", _INK, font, anchor="rm")
    origin = place(x_ticks[0], y_ticks[0])
    corner = place(x_ticks[-1], y_ticks[-1])
    draw.line(
        [(origin[0], corner[1]), origin, (corner[0], origin[1])], _INK, _SCALE
    )
    middle = (origin[0] + corner[0]) / 2
    draw.text(
        (middle, origin[1] + 26 * _SCALE),
        panel.x_label,
        _INK,
        font,
        anchor="mt",
    )
    draw.text(
        (origin[0], corner[1] - 12 * _SCALE),
        panel.title,
        _INK,
        font,
        anchor="ls",
    )


def _draw_dashes(draw, start, end):
    for x in np.arange(start[0], end[0], 10 * _SCALE):
        draw.line(
            [(x, start[1]), (min(x + 5 * _SCALE, end[0]), start[1])],
            _INK,
            _SCALE,
        )


def _draw_legend(draw, names, top):
    font = ImageFont.load_default(_FONT_SIZE * _SCALE)
    x, y = _MARGINS[0] * _SCALE, (top + _LEGEND_HEIGHT / 2) * _SCALE
    for color, name in zip(_COLORS, names, strict=False):
        draw.line([(x, y), (x + 20 * _SCALE, y)], color, 3 * _SCALE)
        draw.text((x + 26 * _SCALE, y), name, _INK, font, anchor="lm")
        x += 26 * _SCALE + draw.textlength(name, font) + 22 * _SCALE


def _interpolate(value, ticks, pixels):
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return pixels[0] + share * (pixels[1] - pixels[0])
