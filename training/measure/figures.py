"""Charts by matplotlib: lines in panels side by side."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Told apart with color-blind eyes, too (Okabe and Ito).
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
_PANEL_SIZE = (4.6, 4.1)  # inches of 100 pixels


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


def draw_panels(panels: Sequence[Panel]) -> "Figure":
    """Draws charts side by side, with one legend for all.

    Args:
        panels: with the same names of series.

    Returns:
        A figure for `savefig`, which no window and no `pyplot` knows.

    Raises:
        ValueError: If there is no panel, or one has no point.
        ImportError: If matplotlib is not installed.
    """
    if not panels or not all(
        any(points for points in panel.series.values()) for panel in panels
    ):
        raise ValueError(
            f"Expected panels with points. Received: panels={panels!r}."
        )
    figure = _new_figure(len(panels))
    for axes, panel in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
    ):
        axes.set_prop_cycle(color=_COLORS)
        for name, points in panel.series.items():
            axes.plot(*np.transpose(points), "o-", label=name)
        if panel.marked_y is not None:
            axes.axhline(panel.marked_y, color="0.2", linestyle="--")
        axes.set_title(panel.title, loc="left", fontsize="medium")
        axes.set_xlabel(panel.x_label)
        axes.grid(color="0.9")
    lines, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(lines, names, loc="outside lower left", ncols=len(names))
    return figure


def draw_curves(curves: dict[str, list[dict]]) -> "Figure":
    """Draws PSNR and CIEDE2000 against gray's over the colorfulness ratio.

    Args:
        curves: by set of photos, rows of `summary.curve_rows`.
    """
    panels = []
    for score, title in (
        ("psnr_minus_gray", "PSNR minus gray's, dB (higher is better)"),
        ("delta_e_mean_minus_gray", "CIEDE2000 minus gray's (lower is better)"),
    ):
        series = {}
        for name, rows in curves.items():
            for sweep in ("temperature", "strength"):
                points = [
                    (row["colorfulness_ratio"]["value"], row[score]["value"])
                    for row in rows
                    if (row["temperature"] is None) == (sweep == "strength")
                ]
                if points:
                    series[f"{name}, {sweep}"] = points
        panels.append(
            Panel(
                title,
                "colorfulness, share of the true photos'",
                series,
                marked_y=0.0,
            )
        )
    return draw_panels(panels)


def _new_figure(num_panels):
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            'Charts need matplotlib: pip install "keras-colorize[train]"'
        ) from error
    width, height = _PANEL_SIZE
    return Figure((num_panels * width, height), dpi=100, layout="constrained")
