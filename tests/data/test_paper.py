"""Paper in training samples: neutral, deterministic, in its share."""

import numpy as np
import pytest

from keras_colorize.data.paper import draw_page
from keras_colorize.data.paper import frame_with_paper
from keras_colorize.data.paper import with_paper
from tests.helpers import textured_photo


def chroma(image):
    return np.ptp(image.astype(int), axis=-1)


def test_share_of_samples_gets_paper():
    crop = textured_photo(24, 40)
    changed = [
        not np.array_equal(with_paper(crop, 3, i, 0.25), crop)
        for i in range(400)
    ]
    assert np.mean(changed) == pytest.approx(0.25, abs=0.07)
    assert not any(with_paper(crop, 3, i, 0.0) is not crop for i in range(20))


def test_sample_depends_on_seed_and_index_alone():
    crop = textured_photo(24, 40)
    first, again = (with_paper(crop, 3, 7, 1.0) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, with_paper(crop, 3, 8, 1.0))
    assert not np.array_equal(first, with_paper(crop, 4, 7, 1.0))


@pytest.mark.parametrize("seed", range(5))
def test_frame_is_neutral_and_keeps_the_photo_inside(seed):
    crop = np.zeros((40, 64, 3), "uint8")
    crop[:] = (200, 90, 30)
    framed = frame_with_paper(crop, np.random.default_rng(seed))
    assert framed.shape == crop.shape
    assert (framed[20, 32] == (200, 90, 30)).all()
    for edge in (framed[0], framed[-1], framed[:, 0], framed[:, -1]):
        assert chroma(edge).max() == 0
    assert crop[0, 0, 0] == 200  # the photo itself is not painted over


@pytest.mark.parametrize("seed", range(5))
def test_page_is_neutral_with_ink_on_it(seed):
    page = draw_page(64, 96, np.random.default_rng(seed))
    assert page.shape == (64, 96, 3) and page.dtype == np.uint8
    assert chroma(page).max() == 0
    paper = np.median(page)
    assert np.abs(page.astype(int) - paper).max() > 80
