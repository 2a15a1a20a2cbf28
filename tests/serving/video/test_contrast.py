import numpy as np

from keras_colorize.serving.video.contrast import SceneContrast
from tests.serving.video.videos import gray_photo
from tests.serving.video.videos import still

SIZE = (60, 90)


def faded(gray, low=80, high=160):
    """The same picture with levels from `low` to `high`."""
    levels = gray.astype(np.float32) / 255 * (high - low) + low
    return np.rint(levels).astype(np.uint8)


def spread(grays):
    contrast = SceneContrast()
    return [contrast.spread(gray) for gray in grays]


def test_network_sees_full_contrast_of_a_faded_scene():
    seen = spread([faded(gray_photo("coffee", SIZE))])[0]
    assert (seen.min(), seen.max()) == (0, 255)


def test_scene_of_full_contrast_is_seen_as_it_is():
    grays = still(3, "coffee", SIZE)
    assert all(a is b for a, b in zip(spread(grays), grays, strict=True))


def test_contrast_that_grows_within_a_scene_makes_no_step():
    photo = gray_photo("coffee", SIZE)
    grays = [faded(photo, 80 - i, 160 + i) for i in range(60)]
    seen = np.array(spread(grays), np.float32)
    # It ends with levels 21 to 219, which is full contrast for a photo.
    assert np.abs(np.diff(seen, axis=0)).mean((1, 2)).max() < 4


def test_light_flickers_as_that_of_the_picture_at_full_contrast():
    photo = gray_photo("coffee", SIZE)
    light = np.random.default_rng(0).integers(-4, 5, 60)
    grays = [faded(photo, 80 + n, 160 + n) for n in light]
    seen = np.array(spread(grays), np.float32).mean((1, 2))[20:]
    plain = np.array(grays, np.float32).mean((1, 2))[20:]
    gain = 255 / 80  # the same picture at full contrast
    flicker = np.abs(np.diff(seen)).mean()
    assert flicker < 1.02 * gain * np.abs(np.diff(plain)).mean()


def test_each_scene_has_its_own_contrast():
    dark = [faded(gray_photo("coffee", SIZE), 20, 90)] * 3
    light = [faded(gray_photo("chelsea", SIZE), 150, 240)] * 3
    full = still(3, "astronaut", SIZE)
    seen = spread([*dark, *light, *full])
    for frame in seen[:6]:
        assert (frame.min(), frame.max()) == (0, 255)
    assert seen[6] is full[0]


def test_scene_that_begins_black_is_decided_once_it_shows_something():
    black = [np.full(SIZE, 16, np.uint8)] * 5
    grays = [faded(gray_photo("coffee", SIZE))] * 5
    seen = spread([*black, *grays])
    assert seen[0] is black[0]
    assert np.ptp(seen[-1]) == 255


def test_it_goes_on_from_its_state():
    grays = [faded(g) for g in still(6, "coffee", SIZE)]
    contrast, again = SceneContrast(), SceneContrast()
    for gray in grays[:3]:
        contrast.spread(gray)
    again.restore(contrast.state())
    for gray in grays[3:]:
        np.testing.assert_array_equal(again.spread(gray), contrast.spread(gray))
