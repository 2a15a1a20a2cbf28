import numpy as np
import pytest

from keras_colorize.serving.video.cuts import is_cut
from tests.serving.video.films import gray_photo
from tests.serving.video.films import still

SIZE = (90, 120)
NAMES = ("astronaut", "coffee", "chelsea", "rocket", "camera")


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
