import math

import numpy as np
import pytest

from keras_colorize.color.cielab_numpy import gray_of_photo
from keras_colorize.color.cielab_numpy import luma_to_L
from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.data import degradation as d

ALWAYS = d.Degradation(probability=1.0)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def gray(photo_maker):
    return gray_of_photo(photo_maker.pixels(40, 56))


def test_gray_has_the_lightness_of_the_photo(photo_maker):
    pixels = photo_maker.pixels(40, 56)
    L = luma_to_L(gray_of_photo(pixels)[..., None] / 255.0)
    np.testing.assert_allclose(L, rgb_to_lab(pixels / 255.0)[..., :1], atol=0.3)


def test_neutral_pixels_stay_what_they_are():
    levels = np.arange(256, dtype=np.uint8)
    neutral = np.repeat(levels[:, None], 3, axis=1)
    np.testing.assert_array_equal(gray_of_photo(neutral), levels)


def test_same_generator_gives_the_same_photo(gray):
    first, second, other = (
        d.degrade_gray(gray, np.random.default_rng(seed), ALWAYS)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_share_of_touched_photos_is_the_probability(gray, rng):
    half = d.Degradation(probability=0.25)
    results = [d.degrade_gray(gray, rng, half) for _ in range(400)]
    touched = [result is not gray for result in results]
    # Standard deviation of the share: sqrt(0.25 * 0.75 / 400) = 0.022.
    assert np.mean(touched) == pytest.approx(0.25, abs=0.07)
    assert all(r.shape == (40, 56) and r.dtype == np.uint8 for r in results)


def test_one_operation_happens_at_least(gray, rng):
    rarely = d.Degradation(probability=1.0, operation_probability=0.0)
    results = [d.degrade_gray(gray, rng, rarely) for _ in range(30)]
    changed = [(result != gray).any() for result in results]
    assert np.mean(changed) > 0.8  # no scratch and no speck may be drawn


def test_input_is_not_written_to(gray, rng):
    before = gray.copy()
    gray.setflags(write=False)
    for _ in range(20):
        d.degrade_gray(gray, rng, ALWAYS)
    np.testing.assert_array_equal(gray, before)


def test_sample_is_a_function_of_seed_and_index(photo_maker):
    pixels = photo_maker.pixels(16, 24)
    first = d.degraded_gray_of(pixels, 5, 7, ALWAYS)
    assert first.shape == (16, 24, 1)
    again = d.degraded_gray_of(pixels, 5, 7, ALWAYS)
    np.testing.assert_array_equal(first, again)
    for seed, index in ((6, 7), (5, 8), (-5, 7)):
        other = d.degraded_gray_of(pixels, seed, index, ALWAYS)
        assert (other != first).any()


def test_blur_spreads_a_point_and_keeps_its_light():
    gray = np.zeros((21, 31), np.uint8)
    gray[10, 15] = 255
    blurred = d.blur(gray, 1.5).astype(float)
    # 255 / (2 pi 1.5^2) = 18.0 in the middle.
    assert blurred[10, 15] == pytest.approx(18, abs=1)
    assert blurred.sum() == pytest.approx(255, rel=0.1)


@pytest.mark.parametrize("size", [0.0, 1.0])
def test_grain_has_the_strength_asked_for(rng, size):
    gray = np.full((200, 300), 128, np.uint8)
    grainy = d.add_grain(gray, 8.0, rng, size).astype(float)
    assert grainy.std() == pytest.approx(8.0, rel=0.08)
    neighbors = np.corrcoef(grainy[:, 1:].ravel(), grainy[:, :-1].ravel())
    # A Gaussian of 1 pixel: exp(-1 / 4) = 0.78 between neighbors.
    assert neighbors[0, 1] == pytest.approx(0.78 if size else 0, abs=0.05)


def test_fading_moves_black_and_white():
    gray = np.array([[0, 51, 255]], np.uint8)
    np.testing.assert_array_equal(d.fade(gray, 40, 240), [[40, 80, 240]])
    # (51 / 255)^2 = 0.04 of 255.
    np.testing.assert_array_equal(d.fade(gray, gamma=2), [[0, 10, 255]])


def test_jpeg_of_low_quality_is_farther_away(gray):
    errors = [
        np.abs(d.compress_jpeg(gray, q).astype(float) - gray).mean()
        for q in (95, 20)
    ]
    assert 0 < errors[0] < errors[1]


def test_scratches_and_dust_touch_few_pixels(rng):
    gray = np.full((120, 160), 128, np.uint8)
    for worn in (d.scratch(gray, 4, rng), d.add_dust(gray, 10, rng)):
        share = np.mean(worn != gray)
        assert 0 < share < 0.1
    np.testing.assert_array_equal(d.scratch(gray, 0, rng), gray)


def test_shade_takes_light_away_from_the_corners(rng):
    gray = np.full((40, 60), 200, np.uint8)
    shaded = d.shade(gray, 0.4, rng)
    assert shaded.max() == 200
    assert shaded.min() == 120


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"probability": 1.5}, "probability=1.5"),
        ({"operation_probability": -0.1}, "in \\[0, 1\\]"),
        ({"grain_sd": (5.0, 2.0)}, "smallest, largest"),
        ({"blur_sigma": (0.0, 2.5)}, "Degradation.blur_sigma`"),
        ({"gamma": (0.0, 1.0)}, "Degradation.gamma`"),
        ({"gamma": (1.0, math.inf)}, "Degradation.gamma`"),
        ({"white": (190.0, 300.0)}, r"both in \[0, 255\]"),
        ({"shade": (0.5, 1.5)}, "Degradation.shade`"),
        ({"max_scratches": -2}, "Degradation.max_scratches`"),
        ({"max_spots": -1}, "Degradation.max_spots`"),
        ({"jpeg_quality": (30, 150)}, r"both in \[1, 100\]"),
        ({"jpeg_quality": (0, 90)}, "Degradation.jpeg_quality`"),
    ],
)
def test_values_out_of_range_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        d.Degradation(**changes)
