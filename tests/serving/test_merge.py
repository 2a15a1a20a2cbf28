import numpy as np
import pytest
from PIL import Image
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


def test_bilinear_uses_half_pixel_centers():
    x = np.array([[0.0, 10.0]], np.float32)[..., None]  # (1, 2, 1)
    resized = merge.resize_bilinear(x, 2, 4)
    # Centers at -0.25, 0.25, 0.75, 1.25: weights of the second pixel 0, 1/4,
    # 3/4, 1.
    np.testing.assert_allclose(resized[..., 0], [[0, 2.5, 7.5, 10]] * 2)


@pytest.mark.parametrize("size", [(7, 11), (24, 40), (25, 13), (90, 101)])
def test_antialiased_resize_is_that_of_pillow(size):
    x = np.random.default_rng(2).uniform(0, 100, (24, 40)).astype(np.float32)
    expected = Image.fromarray(x).resize(size[::-1], Image.Resampling.BILINEAR)
    resized = merge.resize_antialiased(x[..., None], *size)
    np.testing.assert_allclose(resized[..., 0], np.asarray(expected), atol=1e-3)


def test_enlarging_needs_no_antialiasing():
    x = np.random.default_rng(3).normal(size=(5, 8, 2)).astype(np.float32)
    np.testing.assert_allclose(
        merge.resize_antialiased(x, 13, 16),
        merge.resize_bilinear(x, 13, 16),
        atol=1e-5,
    )


def test_antialiasing_averages_fine_stripes():
    x = np.tile(np.array([0.0, 100.0], np.float32), 20)[None, :, None]
    x = np.repeat(x, 6, axis=0)  # (6, 40, 1)
    shrunk = merge.resize_antialiased(x, 3, 5)
    np.testing.assert_allclose(shrunk, 50.0, atol=2.0)


@pytest.mark.parametrize(
    ("photo", "network"),
    [
        ((512, 768), (256, 384)),
        ((100, 101), (256, 259)),  # 258.56 rounds up
        ((300, 301), (256, 257)),  # 256.85
        ((512, 513), (256, 257)),  # 256.5: halves round up
        ((1, 1), (256, 256)),
        ((5000, 1), (1024, 256)),  # at most four short sides
    ],
)
def test_short_side_of_the_network_image_is_fixed(photo, network):
    assert merge.network_input_size(*photo, 256) == network
