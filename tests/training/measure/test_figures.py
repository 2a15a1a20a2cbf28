import io

import numpy as np
import pytest
from PIL import Image

from tests.helpers import textured_photo
from tests.helpers import write_photo
from training.measure.figures import Panel
from training.measure.figures import draw_panels
from training.measure.figures import extreme_sheet
from training.measure.figures import gains_over_gray
from training.measure.figures import legacy_sheet
from training.measure.figures import random_sheet
from training.measure.inputs import gray_of
from training.measure.scoring import PhotoScores

GAINS = (0, -3, 1, 2, 5, -1, 4, 3)


@pytest.fixture
def scores(tmp_path):
    paths = [
        str(write_photo(tmp_path / f"{i}.png", textured_photo(20, 30, seed=i)))
        for i in range(len(GAINS))
    ]
    model = [{"psnr": 20.0 + g, "delta_e_mean": 9.0} for g in GAINS]
    return PhotoScores(
        paths=paths,
        scores={
            "model": model,
            "balanced": model,
            "gray": [{"psnr": 20.0, "delta_e_mean": 10.0} for _ in GAINS],
        },
    )


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


def test_most_extreme_photo_comes_first(scores):
    np.testing.assert_allclose(gains_over_gray(scores), GAINS)
    colorizers = {"balanced": lambda image: image, "vivid": lambda i: i // 2}
    row_height = 20 + 18 + 8
    for best, first in ((False, 1), (True, 4)):
        sheet = extreme_sheet(scores, colorizers, best)
        pixels = np.asarray(sheet)
        assert pixels.shape[0] == 28 + 6 * row_height
        assert pixels.shape[1] == 8 + 4 * (30 + 8)
        truth = textured_photo(20, 30, seed=first)
        columns = (gray_of(truth), truth, truth // 2, truth)
        for column, expected in enumerate(columns):
            left = 8 + column * 38
            np.testing.assert_array_equal(
                pixels[28:48, left : left + 30], expected
            )


def test_choice_of_photos_to_show_does_not_look_at_the_scores(scores):
    first = random_sheet(scores, np.flip)
    for rows in scores.scores.values():
        rows.reverse()
    second = random_sheet(scores, np.flip)
    assert first.height == 28 + len(GAINS) * (20 + 18 + 8)
    # Labels differ, photos do not.
    for top in range(28, first.height, 46):
        box = (0, top, first.width, top + 20)
        assert first.crop(box).tobytes() == second.crop(box).tobytes()


def test_photographs_without_color_need_no_download():
    seen = []

    def paint(image):
        seen.append(image)
        return image

    sheet = legacy_sheet({"balanced": paint})
    assert len(seen) >= 3
    for photo in seen:
        assert photo.dtype == np.uint8
        assert int(np.ptp(photo, axis=-1).max()) == 0
    assert sheet.width == 8 + 2 * (300 + 8)
