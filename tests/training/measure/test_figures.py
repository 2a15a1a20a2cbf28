import io

import numpy as np
import pytest
from PIL import Image

from training.measure.figures import Panel
from training.measure.figures import draw_panels


def pixels_of(figure):
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return np.asarray(Image.open(stream).convert("RGB")).astype(int)


def test_panels_stand_side_by_side_with_each_series_in_its_color():
    panel = Panel(
        "PSNR",
        "colorfulness",
        {"bench": [(0.2, 1.0), (0.8, 3.0)], "val": [(0.3, 2.0)]},
        marked_y=0.0,
    )
    one = pixels_of(draw_panels([panel]))
    two = pixels_of(draw_panels([panel, panel]))
    assert two.shape == (one.shape[0], 2 * one.shape[1], 3)
    for color in ((0, 114, 178), (213, 94, 0)):
        assert (np.abs(one - color).sum(axis=-1) < 20).sum() > 10
    assert (one[0] == 255).all()  # nothing runs over the edge
    assert (one[:, -1] == 255).all()


def test_panels_share_one_legend_of_all_series():
    series = {"bench": [(0.2, 1.0)], "val": [(0.3, 2.0)]}
    figure = draw_panels(2 * [Panel("PSNR", "colorfulness", series)])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [*series]
    assert all(axes.get_legend() is None for axes in figure.axes)


def test_chart_without_a_point_is_refused():
    with pytest.raises(ValueError, match="Expected panels with points"):
        draw_panels([Panel("", "", {"bench": []})])
    with pytest.raises(ValueError, match="Received: panels=\\[\\]"):
        draw_panels([])
