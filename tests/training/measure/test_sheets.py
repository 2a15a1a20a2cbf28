import numpy as np
import pytest

from tests.helpers import textured_photo
from tests.helpers import write_photo
from training.measure.inputs import gray_of
from training.measure.scoring import PhotoScores
from training.measure.sheets import chosen_sheet
from training.measure.sheets import extreme_sheet
from training.measure.sheets import gains_over_gray
from training.measure.sheets import legacy_sheet
from training.measure.sheets import random_sheet
from training.measure.summary import choose_photos

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
            "natural": model,
            "gray": [{"psnr": 20.0, "delta_e_mean": 10.0} for _ in GAINS],
        },
    )


def test_most_extreme_photo_comes_first(scores):
    np.testing.assert_allclose(gains_over_gray(scores), GAINS)
    colorizers = {"natural": lambda image: image, "vivid": lambda i: i // 2}
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


def test_chosen_photos_are_shown_in_their_order(scores):
    for rows in scores.scores.values():
        for row in rows:
            row["ssim"] = 0.5
    best = choose_photos(scores, best=True)
    assert best == [4, 6, 7]
    sheet = chosen_sheet(scores, lambda image: image // 2, best)
    pixels = np.asarray(sheet)
    for row, place in enumerate(best):
        truth = textured_photo(20, 30, seed=place)
        for column, expected in enumerate((gray_of(truth), truth // 2, truth)):
            top, left = 28 + row * 46, 8 + column * 38
            np.testing.assert_array_equal(
                pixels[top : top + 20, left : left + 30], expected
            )


def test_photographs_without_color_need_no_download():
    seen = []

    def paint(image):
        seen.append(image)
        return image

    sheet = legacy_sheet({"natural": paint})
    assert len(seen) >= 3
    for photo in seen:
        assert photo.dtype == np.uint8
        assert int(np.ptp(photo, axis=-1).max()) == 0
    assert sheet.width == 8 + 2 * (300 + 8)
