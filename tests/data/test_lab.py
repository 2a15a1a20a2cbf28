import numpy as np
import pytest
from skimage.color import rgb2lab

from keras_colorize.data.lab import images_to_targets


def test_srgb_photos_match_skimage():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 8, 12, 3), dtype=np.uint8)
    L, ab = images_to_targets(images, ab_stride=4)
    lab = rgb2lab(images)
    np.testing.assert_allclose(L, lab[..., :1], atol=1e-3)
    np.testing.assert_allclose(ab, lab[:, ::4, ::4, 1:], atol=1e-3)


def test_eight_bit_lab_is_scaled_to_cie_units():
    # L 51 is 20; a 138 is 10; b 28 is -100.
    images = np.full((1, 4, 8, 3), (51, 138, 28), np.uint8)
    L, ab = images_to_targets(images, ab_stride=2, encoding="lab8")
    assert L.shape == (1, 4, 8, 1) and ab.shape == (1, 2, 4, 2)
    np.testing.assert_allclose(L, np.full((1, 4, 8, 1), 20.0), rtol=1e-6)
    np.testing.assert_array_equal(ab[0, 0, 0], (10.0, -100.0))


def test_eight_bit_lab_of_opencv_is_near_the_true_lab(photo_maker):
    import cv2

    pixels = photo_maker.pixels(8, 12)
    stored = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    L, ab = images_to_targets(stored[None], 1, "lab8")
    lab = rgb2lab(pixels)
    # Rounded to whole units; OpenCV's own 8-bit error is up to 2.3.
    np.testing.assert_allclose(L[0], lab[..., :1], atol=2.5)
    np.testing.assert_allclose(ab[0], lab[..., 1:], atol=2.5)


def test_unknown_encoding_is_refused():
    with pytest.raises(ValueError, match="encoding='bgr'"):
        images_to_targets(np.zeros((1, 4, 4, 3), np.uint8), 4, "bgr")
