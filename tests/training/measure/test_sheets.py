import numpy as np
import pytest

from training.measure.sheets import make_sheet


def test_sheet_shows_the_photos_side_by_side():
    red = np.full((30, 50, 3), (200, 0, 0), np.uint8)
    blue = np.full((30, 50, 3), (0, 0, 200), np.uint8)
    sheet = make_sheet([("one", (red, blue)), ("two", (blue, red))], ("a", "b"))
    pixels = np.asarray(sheet)
    assert pixels.shape == (18 + 2 * (30 + 18 + 6), 6 + 2 * (50 + 6), 3)
    tops = (18 + 15, 18 + 54 + 15)  # middle of each row
    assert [tuple(pixels[top, 6 + 25]) for top in tops] == [
        (200, 0, 0),
        (0, 0, 200),
    ]
    assert tuple(pixels[tops[0], 6 + 56 + 25]) == (0, 0, 200)


def test_large_photos_are_shrunk_and_small_ones_not_enlarged():
    large = np.zeros((900, 1600, 3), np.uint8)
    small = np.zeros((20, 12, 3), np.uint8)
    sheet = make_sheet([("", (large,)), ("", (small,))], ("a",))
    assert sheet.width == 300 + 2 * 6


def test_row_without_a_photo_for_each_heading_is_refused():
    photo = np.zeros((20, 12, 3), np.uint8)
    with pytest.raises(ValueError, match="rows of 2 photos. Received: \\[1\\]"):
        make_sheet([("one", (photo,))], ("a", "b"))
    with pytest.raises(ValueError, match="Received: \\[\\]"):
        make_sheet([], ("a", "b"))
