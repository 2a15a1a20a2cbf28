import numpy as np
import pytest
from skimage.color import rgb2lab
from skimage.color import rgb2yuv

from keras_colorize.data.targets import images_to_targets
from keras_colorize.models.colorizer import OUTPUT_KINDS


def test_srgb_photos_match_skimage():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 8, 12, 3), dtype=np.uint8)
    L, ab = images_to_targets(images, output_stride=4)
    lab = rgb2lab(images)
    np.testing.assert_allclose(L, lab[..., :1], atol=1e-3)
    np.testing.assert_allclose(ab, lab[:, ::4, ::4, 1:], atol=1e-3)


def test_eight_bit_lab_is_scaled_to_cie_units():
    # L 51 is 20; a 138 is 10; b 28 is -100.
    images = np.full((1, 4, 8, 3), (51, 138, 28), np.uint8)
    L, ab = images_to_targets(images, output_stride=2, encoding="lab8")
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


def test_uv_and_rgb_are_those_of_the_photo():
    images = np.random.default_rng(1).integers(0, 256, (2, 8, 12, 3), np.uint8)
    L, uv = images_to_targets(images, 1, output_kind="uv")
    _, rgb = images_to_targets(images, 2, output_kind="rgb")
    np.testing.assert_allclose(uv, rgb2yuv(images)[..., 1:], atol=1e-6)
    np.testing.assert_allclose(rgb, images[:, ::2, ::2] / 255, atol=1e-6)
    np.testing.assert_allclose(L, rgb2lab(images)[..., :1], atol=1e-3)


def test_rgb_of_eight_bit_lab_is_the_photo_within_its_rounding(photo_maker):
    import cv2

    pixels = photo_maker.pixels(8, 12)
    stored = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    _, rgb = images_to_targets(stored[None], 1, "lab8", "rgb")
    np.testing.assert_allclose(rgb[0], pixels / 255, atol=0.05)


def test_both_heads_get_ab_at_their_own_stride():
    images = np.random.default_rng(2).integers(0, 256, (1, 8, 16, 3), np.uint8)
    _, ab = images_to_targets(images, 1)
    _, both = images_to_targets(images, 1, output_kind="ab_and_q_logits")
    np.testing.assert_array_equal(both["ab"], ab)
    np.testing.assert_array_equal(both["q_logits"], ab[:, ::4, ::4])


def test_truths_are_known_for_every_kind_of_output():
    images = np.zeros((1, 8, 8, 3), np.uint8)
    for kind in OUTPUT_KINDS:
        images_to_targets(images, output_kind=kind)
    with pytest.raises(ValueError, match="output_kind='hsv'"):
        images_to_targets(images, output_kind="hsv")


def test_unknown_encoding_is_refused():
    with pytest.raises(ValueError, match="encoding='bgr'"):
        images_to_targets(np.zeros((1, 4, 4, 3), np.uint8), 4, "bgr")


def test_averaged_truth_is_the_mean_over_each_cell():
    images = np.random.default_rng(3).integers(0, 256, (2, 8, 16, 3), np.uint8)
    _, ab = images_to_targets(images, 1)
    _, means = images_to_targets(images, 4, average=True)
    cell = np.asarray(ab)[1, 4:8, 8:12].mean(axis=(0, 1))
    assert means.shape == (2, 2, 4, 2)
    np.testing.assert_allclose(means[1, 1, 2], cell, atol=1e-4)
    _, both = images_to_targets(images, 1, "srgb", "ab_and_q_logits", True)
    np.testing.assert_allclose(both["q_logits"], means, atol=1e-4)
    np.testing.assert_array_equal(both["ab"], ab)


def test_L_can_come_from_another_gray():
    images = np.random.default_rng(4).integers(0, 256, (1, 8, 12, 3), np.uint8)
    gray = np.full((1, 8, 12, 1), 119, np.uint8)
    L, ab = images_to_targets(images, 4, gray=gray)
    neutral = rgb2lab(np.full((8, 12, 3), 119, np.uint8))
    np.testing.assert_allclose(L[0], neutral[..., :1], atol=1e-3)
    np.testing.assert_array_equal(ab, images_to_targets(images, 4)[1])
