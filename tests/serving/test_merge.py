import numpy as np
import pytest
from skimage.color import lab2rgb
from skimage.color import rgb2lab

from keras_colorize.color import luminance
from keras_colorize.serving import merge


@pytest.fixture
def small_strips(monkeypatch):
    """Strips of three rows of the 24 x 40 photos below."""
    monkeypatch.setattr(luminance, "_STRIP_PIXELS", 120)


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(
        0, 256, (25, 40, 3), dtype=np.uint8
    )


def test_merge_is_that_of_scikit_image(small_strips):
    rng = np.random.default_rng(1)
    L = rng.uniform(0, 100, (25, 40, 1)).astype(np.float32)
    ab = rng.uniform(-30, 30, (25, 40, 2)).astype(np.float32)
    expected = np.rint(lab2rgb(np.concatenate([L, ab], -1)) * 255)
    image = merge.merge_L_and_ab(L, ab).astype(int)
    assert np.abs(image - expected).max() <= 1
    assert (image != expected).mean() < 1e-3


def test_lightness_and_own_chroma_give_the_photo_back(image, small_strips):
    L = luminance.image_to_L(image)
    ab = rgb2lab(image)[..., 1:].astype(np.float32)
    np.testing.assert_array_equal(merge.merge_L_and_ab(L, ab), image)


def test_strength_scales_chroma_and_zero_gives_gray():
    L = np.full((2, 3, 1), 50.0, np.float32)
    ab = np.full((2, 3, 2), 20.0, np.float32)
    gray = merge.merge_L_and_ab(L, ab, strength=0.0)
    np.testing.assert_array_equal(gray, 119)  # L = 50: sRGB 0.4663 * 255
    half = merge.merge_L_and_ab(L, ab, strength=0.5)
    np.testing.assert_array_equal(half, merge.merge_L_and_ab(L, ab / 2))


def test_colors_outside_the_gamut_are_clipped_not_wrapped():
    L = np.full((1, 2, 1), 90.0, np.float32)
    ab = np.full((1, 2, 2), 100.0, np.float32)
    red, _, blue = merge.merge_L_and_ab(L, ab)[0, 0]
    assert (red, blue) == (255, 0)


def test_merge_refuses_other_sizes():
    with pytest.raises(ValueError, match=r"Received: L.shape=\(4, 6, 1\)"):
        merge.merge_L_and_ab(np.zeros((4, 6, 1)), np.zeros((2, 3, 2)))
