import numpy as np
import pytest

from keras_colorize.serving.images.sheet import make_sheet

RED = np.full((30, 50, 3), (200, 0, 0), np.uint8)
BLUE = np.full((30, 50, 3), (0, 0, 200), np.uint8)


def test_sheet_shows_the_photos_side_by_side():
    sheet = make_sheet([(RED, BLUE), (BLUE, RED)], ("a", "b"), ("one", "two"))
    pixels = np.asarray(sheet)
    assert pixels.shape == (28 + 2 * (30 + 18 + 8), 8 + 2 * (50 + 8), 3)
    tops = (28 + 15, 28 + 56 + 15)  # middle of each row
    assert [tuple(pixels[top, 8 + 25]) for top in tops] == [
        (200, 0, 0),
        (0, 0, 200),
    ]
    assert tuple(pixels[tops[0], 8 + 58 + 25]) == (0, 0, 200)


def test_labels_stand_below_their_rows_and_take_no_room_when_absent():
    labeled = np.asarray(make_sheet([(RED,), (BLUE,)], ("",), ("one", "two")))
    bare = np.asarray(make_sheet([(RED,), (BLUE,)], ("",)))
    assert labeled.shape[0] == bare.shape[0] + 2 * 18
    assert labeled[58:76, :58].min() == 0  # ink
    assert bare[58:66, :58].min() == 255


def test_large_photos_are_shrunk_and_small_ones_not_enlarged():
    large = np.zeros((900, 1600, 3), np.uint8)
    small = np.zeros((20, 12, 3), np.uint8)
    sheet = make_sheet([(large,), (small,)], ("a",))
    assert sheet.size == (300 + 2 * 8, 28 + 169 + 8 + 20 + 8)


def test_row_without_a_photo_for_each_heading_is_refused():
    photo = np.zeros((20, 12, 3), np.uint8)
    with pytest.raises(ValueError, match="rows of 2 photos. Received: \\[1\\]"):
        make_sheet([(photo,)], ("a", "b"))
    with pytest.raises(ValueError, match="Received: \\[\\]"):
        make_sheet([], ("a", "b"))
    with pytest.raises(ValueError, match="Expected 1 labels"):
        make_sheet([(photo,)], ("a",), ("one", "two"))
