import numpy as np
import pytest

from training.measure.neutrality import chroma_on
from training.measure.neutrality import framed_photo
from training.measure.neutrality import measure_neutrality
from training.measure.neutrality import photos_for_prints
from training.measure.neutrality import text_page

PHOTO = np.full((50, 80, 3), 90, np.uint8)


def test_frame_is_flat_paper_around_the_photo():
    page, paper = framed_photo(PHOTO, 240)
    border = 6  # 12 % of 50
    assert page.shape == (62, 92, 3)
    assert paper.sum() == 62 * 92 - 50 * 80
    assert (page[paper] == 240).all()
    np.testing.assert_array_equal(page[border:-border, border:-border], PHOTO)


def test_page_has_paper_and_ink():
    page, counted = text_page(235)
    assert counted.all()
    assert counted.shape == page.shape[:2]
    assert (page == 235).mean() > 0.6
    assert 0.03 < (page < 120).mean() < 0.3


def test_chroma_is_that_of_the_counted_pixels():
    image = np.zeros((4, 6, 3), np.uint8)
    image[0, 0] = 255, 0, 0  # sRGB red: a* 80.1, b* 67.2
    mask = np.zeros((4, 6), bool)
    mask[0, :2] = True
    np.testing.assert_allclose(chroma_on(image, mask), [104.55, 0], atol=0.1)


def test_colorizer_that_tints_the_photo_only_is_neutral():
    def careful(page):
        dark = page.max(axis=-1, keepdims=True) == 90
        return np.where(dark, np.uint8([200, 20, 20]), page)

    rows = measure_neutrality({"balanced": careful}, {"a": PHOTO})
    assert [(row["page"], row["pages"]) for row in rows] == [
        ("border around a photo", 2),
        ("page of text", 2),
    ]
    assert rows[0]["p99_chroma"] < 0.1


def test_tint_on_paper_is_measured_per_setting():
    def tint(blue):
        return lambda page: page - np.uint8([0, 0, blue])

    colorizers = {"balanced": tint(10), "vivid": tint(20)}
    rows = measure_neutrality(colorizers, {"a": PHOTO})
    balanced, vivid = rows[0]["mean_chroma"], rows[1]["mean_chroma"]
    assert balanced > 3
    assert vivid == pytest.approx(2 * balanced, rel=0.1)
    assert rows[0]["p99_chroma"] >= balanced


def test_photos_in_print_are_gray_and_need_no_download():
    photos = photos_for_prints()
    assert "camera" in photos
    for name, photo in photos.items():
        assert photo.dtype == np.uint8
        assert photo.ndim == 3
        assert int(np.ptp(photo, axis=-1).max()) == 0, name
