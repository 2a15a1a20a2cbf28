"""Pictures: curves by matplotlib, and sheets of photos for the eye."""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.sheet import make_sheet
from training.measure.inputs import bundled_photos
from training.measure.inputs import gray_of
from training.measure.report import names_below
from training.measure.scoring import Colorize
from training.measure.scoring import PhotoScores

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Told apart with color-blind eyes, too (Okabe and Ito).
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
_PANEL_SIZE = (4.6, 4.1)  # inches of 100 pixels
# Photographs without color.
_LEGACY_PHOTOS = (
    "camera",
    "clock_motion",
    "coins",
    "moon",
    "page",
    "text",
    "brick",
    "grass",
    "gravel",
    "cell",
)
_RANDOM_PHOTOS = 12
_EXTREME_PHOTOS = 6


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


def random_sheet(
    result: PhotoScores, colorize: Colorize, seed: int = 0
) -> Image.Image:
    """Lays out gray | ours | truth of photos chosen by a fixed seed.

    The choice does not look at the scores.

    Args:
        result: with the colorizers "model" and "gray".
        colorize: the model.
        seed: of the choice.
    """
    names = names_below(result.paths)
    order = np.random.default_rng(seed).permutation(len(names))
    rows, labels = [], []
    for i in sorted(order[:_RANDOM_PHOTOS]):
        delta_e = result.scores["model"][i]["delta_e_mean"]
        gray_delta_e = result.scores["gray"][i]["delta_e_mean"]
        labels.append(
            f"{names[i]}   CIEDE2000 {delta_e:.1f} (gray {gray_delta_e:.1f})"
        )
        truth = read_photo(result.paths[i]).rgb
        rows.append((gray_of(truth), colorize(truth), truth))
    return make_sheet(rows, ("gray", "ours", "truth"), labels)


def legacy_sheet(colorizers: Mapping[str, Colorize]) -> Image.Image:
    """Lays out gray | each setting, one row per photograph without color."""
    photos = bundled_photos(_LEGACY_PHOTOS)
    rows = [
        (photo, *(colorize(photo) for colorize in colorizers.values()))
        for photo in photos.values()
    ]
    return make_sheet(rows, ("gray", *colorizers), [*photos])


def extreme_sheet(
    result: PhotoScores, colorizers: Mapping[str, Colorize], best: bool
) -> Image.Image:
    """Lays out the photos that gained or lost most against gray.

    Args:
        result: with the colorizers "balanced" and "gray".
        colorizers: by setting; columns between gray and truth.
        best: whether to show the largest gains of PSNR instead of the
            largest losses.

    Returns:
        gray | each setting | truth, the most extreme photo first.
    """
    gains = gains_over_gray(result)
    order = np.argsort(-gains if best else gains, kind="stable")
    rows, labels = [], []
    for i in order[:_EXTREME_PHOTOS]:
        name = Path(result.paths[i]).name
        labels.append(f"{name}   PSNR {gains[i]:+.2f} dB against gray")
        truth = read_photo(result.paths[i]).rgb
        colorized = (colorize(truth) for colorize in colorizers.values())
        rows.append((gray_of(truth), *colorized, truth))
    return make_sheet(rows, ("gray", *colorizers, "truth"), labels)


def gains_over_gray(result: PhotoScores) -> np.ndarray:
    """Returns the PSNR of "balanced" minus gray's, float (photos,), dB."""
    balanced, gray = (
        np.array([score["psnr"] for score in result.scores[name]])
        for name in ("balanced", "gray")
    )
    return balanced - gray


def _new_figure(num_panels):
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            'Charts need matplotlib: pip install "keras-colorize[train]"'
        ) from error
    width, height = _PANEL_SIZE
    return Figure((num_panels * width, height), dpi=100, layout="constrained")
