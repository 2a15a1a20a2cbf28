import io

import numpy as np
import pytest
from PIL import Image

from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.tint import color_spread
from keras_colorize.serving.images.tint import is_colored
from keras_colorize.serving.images.tint import is_in_color
from tests.helpers import textured_photo
from tests.serving.photo_bytes import encode
from tests.serving.photo_bytes import exif_bytes

RGB = textured_photo(120, 160)
GRAY = RGB.mean(axis=-1, keepdims=True)
TINTS = {
    "gray": (1.0, 1.0, 1.0),
    "sepia": (1.0, 0.85, 0.65),
    "cyanotype": (0.6, 0.85, 1.0),
}


def toned(tint):
    # Highlights stay paper white, as in a toned print.
    levels = GRAY / 255.0
    color = np.array(TINTS[tint]) * (1 - levels) + levels
    return np.rint(255.0 * levels * color).clip(0, 255).astype(np.uint8)


def test_colors_of_all_hues_are_color():
    assert is_colored(RGB)


@pytest.mark.parametrize("tint", TINTS)
def test_one_tint_for_each_lightness_is_gray(tint):
    assert not is_colored(toned(tint))


@pytest.mark.parametrize("tint", TINTS)
def test_noise_of_jpeg_does_not_make_a_tint_color(tint):
    data = encode(toned(tint), "JPEG", quality=50)
    with Image.open(io.BytesIO(data)) as image:
        assert not is_colored(np.asarray(image))


@pytest.mark.parametrize("tint", ["sepia", "cyanotype"])
def test_fine_structure_of_a_print_does_not_make_a_tint_color(tint):
    photo = toned(tint)
    photo[::2, ::2] = photo[60, 80] // 3  # dark dots, each of the tint
    photo = np.kron(photo, np.ones((4, 4, 1), np.uint8))
    assert not is_colored(photo)


def test_a_photo_that_was_colorized_is_in_color_however_pale():
    def photo(software):
        exif = exif_bytes(Software=software)
        return read_photo(encode(toned("gray"), "PNG", exif=exif))

    assert is_in_color(photo("Scanner 9; keras-colorize 0.1.0, lite.photos"))
    assert is_in_color(photo("keras-colorize 0.1.0, lite, strength 0.5"))
    assert not is_in_color(photo("keras-colorize 0.1.0, lite, strength 0"))
    assert not is_in_color(photo("Scanner 9"))
    assert is_in_color(read_photo(encode(RGB, "PNG")))


def test_a_colored_tenth_is_color():
    photo = toned("gray")
    photo[:24, :80] = (200, 40, 40)  # 10 % of the pixels
    photo[:24, 80:] = 90
    assert is_colored(photo)


def test_spread_is_the_distance_from_the_tint_in_ab():
    lab = np.zeros((80, 64, 3), np.float32)
    lab[..., 0] = np.linspace(30.0, 70.0, 64)
    lab[..., 1:] = (6.0, 12.0)  # the tint
    lab[:8, :, 1] += 20.0  # a tenth lies 20 units away
    rgb = np.rint(lab_to_rgb(lab) * 255).astype(np.uint8)
    assert color_spread(rgb) == pytest.approx(20.0, abs=1.0)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (3, 2)])
def test_small_photos_have_an_answer(size):
    assert not is_colored(np.full((*size, 3), 77, np.uint8))
