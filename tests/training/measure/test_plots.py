import numpy as np
import pytest

from training.measure.plots import Panel
from training.measure.plots import draw_panels
from training.measure.plots import nice_ticks


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-1.3, 2.2, [-2, -1, 0, 1, 2, 3]),
        (0.41, 0.47, [0.4, 0.42, 0.44, 0.46, 0.48]),
        (3.0, 3.0, [2.4, 2.6, 2.8, 3.0, 3.2, 3.4, 3.6]),
    ],
)
def test_ticks_are_round_and_span_the_values(low, high, ticks):
    assert nice_ticks(low, high) == pytest.approx(ticks)


def test_panels_stand_side_by_side_with_each_series_in_its_color():
    panel = Panel(
        "PSNR",
        "colorfulness",
        {"bench": [(0.2, 1.0), (0.8, 3.0)], "val": [(0.3, 2.0)]},
        marked_y=0.0,
    )
    one, two = draw_panels([panel]), draw_panels([panel, panel])
    assert two.size == (2 * one.width, one.height)
    pixels = np.asarray(one).astype(int)
    for color in ((0, 114, 178), (213, 94, 0)):
        assert (np.abs(pixels - color).sum(axis=-1) < 20).sum() > 10
    assert (pixels[0] == 255).all()  # nothing runs over the edge
    assert (pixels[:, -1] == 255).all()


def test_chart_without_a_point_is_refused():
    with pytest.raises(ValueError, match="Expected panels with points"):
        draw_panels([Panel("", "", {"bench": []})])
    with pytest.raises(ValueError, match="Received: panels=\\[\\]"):
        draw_panels([])
