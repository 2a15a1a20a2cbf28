import numpy as np
import pytest

from tests.helpers import textured_photo
from tests.helpers import write_photo
from training.measure.evaluation import Evaluation
from training.measure.quality_settings import Setting
from training.measure.quality_sheets import extreme_sheet
from training.measure.quality_sheets import gains_over_gray
from training.measure.quality_sheets import gray_of
from training.measure.quality_sheets import legacy_photos
from training.measure.quality_sheets import photos_for_prints

SETTINGS = {"balanced": Setting(), "vivid": Setting(strength=2.0)}


def paint(image, strength=1.0, temperature=None):
    return image // np.uint8(strength)


@pytest.fixture
def evaluation(tmp_path):
    paths = [
        str(write_photo(tmp_path / f"{i}.png", textured_photo(20, 30, seed=i)))
        for i in range(8)
    ]
    gains = (0, -3, 1, 2, 5, -1, 4, 3)
    return Evaluation(
        paths=paths,
        scores={
            "balanced": [{"psnr": 20.0 + gain} for gain in gains],
            "gray": [{"psnr": 20.0} for _ in gains],
        },
    )


def test_bundled_photographs_are_gray_and_need_no_download():
    photos = legacy_photos()
    assert {"camera", "coins", "page"} <= set(photos)
    for name, photo in {**photos, **photos_for_prints()}.items():
        assert photo.dtype == np.uint8
        assert photo.ndim == 3
        assert int(np.ptp(photo, axis=-1).max()) == 0, name


def test_most_extreme_photo_comes_first(evaluation):
    np.testing.assert_allclose(
        gains_over_gray(evaluation), [0, -3, 1, 2, 5, -1, 4, 3]
    )
    row_height = 20 + 18 + 6
    for best, first in ((False, 1), (True, 4)):
        sheet = extreme_sheet(evaluation, paint, SETTINGS, best)
        pixels = np.asarray(sheet)
        assert pixels.shape[0] == 18 + 6 * row_height
        assert pixels.shape[1] == 6 + 4 * (30 + 6)
        truth = textured_photo(20, 30, seed=first)
        columns = (gray_of(truth), truth, truth // 2, truth)
        for column, expected in enumerate(columns):
            left = 6 + column * 36
            np.testing.assert_array_equal(
                pixels[18:38, left : left + 30], expected
            )
