import numpy as np
import pytest

from keras_colorize.serving.video.smoothing import ChromaSmoother
from keras_colorize.serving.video.smoothing import is_cut
from tests.serving.video.videos import gray_photo
from tests.serving.video.videos import still

SIZE = (90, 120)
NAMES = ("astronaut", "coffee", "chelsea", "rocket", "camera")


def noisy_ab(num_frames, value=(20.0, -10.0), sigma=4.0, seed=1):
    rng = np.random.default_rng(seed)
    return [
        (np.array(value) + rng.normal(0, sigma, (*SIZE, 2))).astype(np.float32)
        for _ in range(num_frames)
    ]


def changes(abs):
    """Mean change from each frame to the next."""
    return np.abs(np.diff(abs, axis=0)).mean((1, 2, 3))


def smoothed(grays, abs, **kwargs):
    smoother = ChromaSmoother(**kwargs)
    return [
        smoother.smooth(gray, ab) for gray, ab in zip(grays, abs, strict=True)
    ]


@pytest.mark.parametrize("noise", [0.0, 4.0, 10.0])
def test_flicker_of_a_still_scene_falls_as_the_formula_says(noise):
    abs = noisy_ab(30)
    result = smoothed(still(30, size=SIZE, noise=noise), abs, smooth_frames=8)
    ratio = changes(abs)[10:].mean() / changes(result)[10:].mean()
    # 8 * sqrt(2 - 1/8) = 10.95 if no grain is taken for motion; a little of
    # it always is.
    assert (5.0 if noise else 10.5) < ratio < 11.3


def test_a_longer_memory_flickers_less():
    grays, abs = still(30, size=SIZE), noisy_ab(30)
    short, long = (
        changes(smoothed(grays, abs, smooth_frames=n))[15:].mean()
        for n in (3, 12)
    )
    assert long < short / 2


def test_one_frame_turns_smoothing_off():
    grays, abs = still(4, size=SIZE), noisy_ab(4)
    result = smoothed(grays, abs, smooth_frames=1)
    np.testing.assert_allclose(result, abs, atol=1e-5)


def test_first_frame_of_a_scene_is_what_was_predicted():
    grays = still(5, "astronaut", SIZE) + still(5, "coffee", SIZE)
    abs = noisy_ab(5, (30.0, 0.0)) + noisy_ab(5, (-30.0, 20.0))
    result = smoothed(grays, abs)
    np.testing.assert_array_equal(result[0], abs[0])
    np.testing.assert_array_equal(result[5], abs[5])
    assert not np.array_equal(result[6], abs[6])


def test_color_stays_with_what_moves():
    """A red square walks over blue ground, 4 pixels a frame."""
    ground = gray_photo("coffee", SIZE) // 2
    red, blue = np.array([50.0, 40.0]), np.array([0.0, -40.0])
    smoother = ChromaSmoother()
    for i in range(12):
        gray, ab = ground.copy(), np.broadcast_to(blue, (*SIZE, 2)).copy()
        square = np.s_[30:60, 10 + 4 * i : 40 + 4 * i]
        gray[square], ab[square] = 220, red
        result = smoother.smooth(gray, ab.astype(np.float32))
    np.testing.assert_allclose(result[square], ab[square], atol=1.0)
    behind = result[30:60, 10 : 10 + 4 * 11]
    np.testing.assert_allclose(
        behind, np.broadcast_to(blue, behind.shape), atol=1.0
    )


def test_a_mean_without_weights_would_drag_color_along():
    """The test above can fail: equal grays hide the motion."""
    gray, smoother = np.full(SIZE, 99, np.uint8), ChromaSmoother()
    for i in range(12):
        ab = np.zeros((*SIZE, 2), np.float32)
        ab[30:60, 10 + 4 * i : 40 + 4 * i] = 50.0
        result = smoother.smooth(gray, ab)
    assert np.abs(result - ab).max() > 20.0


def test_a_lamp_that_flickers_does_not_stop_smoothing():
    grays = [
        np.clip(gray * 0.9 + shift, 0, 255).astype(np.uint8)
        for gray, shift in zip(
            still(24, size=SIZE), [0, 14, 3, 20, 8, 17] * 4, strict=True
        )
    ]
    abs = noisy_ab(24)
    ratio = changes(abs)[10:] / changes(smoothed(grays, abs))[10:]
    assert ratio.mean() > 4.0


def test_restored_smoother_goes_on_as_if_nothing_had_happened():
    grays, abs = still(9, size=SIZE), noisy_ab(9)
    whole, first, second = ChromaSmoother(), ChromaSmoother(), ChromaSmoother()
    expected = [whole.smooth(g, ab) for g, ab in zip(grays, abs, strict=True)]
    for gray, ab in zip(grays[:5], abs[:5], strict=True):
        first.smooth(gray, ab)
    second.restore(first.state())
    for gray, ab, result in zip(grays[5:], abs[5:], expected[5:], strict=True):
        np.testing.assert_array_equal(second.smooth(gray, ab), result)


# === Cuts ===


@pytest.mark.parametrize("before", NAMES)
@pytest.mark.parametrize("after", NAMES)
def test_every_other_photo_is_another_scene(before, after):
    grays = gray_photo(before, SIZE), gray_photo(after, SIZE)
    assert is_cut(*grays) == (before != after)


@pytest.mark.parametrize("name", NAMES)
def test_grain_is_no_cut(name):
    assert not is_cut(*still(2, name, SIZE, noise=15.0))


@pytest.mark.parametrize("name", NAMES)
def test_a_moving_camera_is_no_cut(name):
    wide = gray_photo(name, (90, 140))
    assert not is_cut(wide[:, :130], wide[:, 4:134])  # 3 % of the width


@pytest.mark.parametrize("name", NAMES)
def test_a_lamp_that_flickers_is_no_cut(name):
    gray = gray_photo(name, SIZE)
    assert not is_cut(gray, (gray * 0.75 + 10).astype(np.uint8))


def test_blank_frames_are_one_scene_until_a_picture_comes():
    rng = np.random.default_rng(0)
    black, grainy = (
        np.clip(rng.normal(12, sigma, SIZE), 0, 255).astype(np.uint8)
        for sigma in (0, 6)
    )
    assert not is_cut(black, grainy)
    assert is_cut(grainy, gray_photo("coffee", SIZE))


def test_another_size_is_another_scene():
    assert is_cut(gray_photo(size=(30, 40)), gray_photo(size=(40, 30)))
