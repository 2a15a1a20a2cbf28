"""Scans as people have them, with the weights in the box."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.serving.colorize import colorize
from keras_colorize.serving.session import ColorizeSession
from training.measure.neutrality import framed_photo
from training.measure.neutrality import text_page

PHOTOS = Path(__file__).parents[2] / "docs/photos"
NAMES = ("church", "dogs", "mountains", "street")


@pytest.fixture(scope="module")
def lite():
    return ColorizeSession()


def in_color(name):
    with Image.open(PHOTOS / f"{name}.jpg") as image:
        return np.asarray(image.convert("RGB"))


def chroma(image):
    return np.linalg.norm(rgb_to_lab(image / 255.0)[..., 1:], axis=-1)


def toned(gray, white):
    """Gray from black to a color, with levels as a scan has them."""
    return np.rint(gray / 255.0 * np.array(white)).astype(np.uint8)


def grained(gray, size=(300, 200), sigma=3.0):
    """A page of one gray with the grain of a scanner."""
    grain = np.random.default_rng(0).normal(0.0, sigma, size)
    page = np.clip(gray + grain, 0, 255).astype(np.uint8)
    return np.repeat(page[..., None], 3, axis=2)


@pytest.mark.parametrize("name", NAMES)
def test_faded_scans_get_the_color_of_fresh_ones(lite, name):
    """In gray, and with colors that faded to yellow."""
    photo = in_color(name)
    gray = lite.colorize_array(photo, strength=0.0)
    fresh = chroma(colorize(gray, session=lite)).mean()
    faded = np.rint(gray * 0.35 + 95.0).astype(np.uint8)
    yellow = np.rint(photo * 0.35 + [120.0, 100.0, 70.0]).astype(np.uint8)
    for scan in (faded, yellow):
        result = colorize(scan, session=lite)
        np.testing.assert_array_equal(result, lite.colorize_array(scan))
        # Bright and dark grays have less room for color than middle ones.
        assert 0.75 * fresh < chroma(result).mean() < 1.33 * fresh


@pytest.mark.parametrize("name", NAMES)
def test_a_brown_print_is_colorized_like_a_gray_one(lite, name):
    gray = lite.colorize_array(in_color(name), strength=0.0)
    sepia = toned(gray[..., :1], (255, 226, 187))
    fresh, brown = (colorize(x, session=lite) for x in (gray, sepia))
    difference = (rgb_to_lab(fresh / 255.0) - rgb_to_lab(brown / 255.0))[
        ..., 1:
    ]
    assert np.abs(difference).mean() < 4.0
    # Not the tone of the paper with another strength.
    assert chroma(brown).std() > 3.0


@pytest.mark.parametrize("look", ["natural", "vivid", "calm"])
@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("white", text_page(250)[0]),
        ("gray", text_page(225)[0]),
        ("yellow", toned(text_page(250)[0][..., :1], (245, 225, 180))),
    ],
)
def test_a_page_of_text_stays_without_color(lite, look, kind, page):
    result = chroma(colorize(page, session=lite, look=look))
    assert result.mean() < 1.5
    assert np.percentile(result, 95) < 4.0  # what nobody sees on paper


@pytest.mark.parametrize("look", ["natural", "vivid", "calm"])
def test_a_printed_page_has_little_color_in_its_shadow_alone(lite, look):
    gray = data.page()  # photographed, a third of it in shadow
    page = np.repeat(gray[..., None], 3, axis=2)
    result = chroma(colorize(page, session=lite, look=look))
    assert result[gray > 150].mean() < 2.0
    assert result[gray <= 150].mean() < 4.5


@pytest.mark.parametrize("gray", [60, 128, 200, 235])
@pytest.mark.parametrize("sigma", [0.0, 2.0])
def test_an_empty_page_stays_without_color(lite, gray, sigma):
    result = colorize(grained(gray, sigma=sigma), session=lite)
    assert chroma(result).max() < 2.0


def test_paper_around_a_photo_stays_without_color(lite):
    gray = lite.colorize_array(in_color("dogs"), strength=0.0)
    page, is_paper = framed_photo(gray, 232)
    result = chroma(colorize(page, session=lite))
    assert result[is_paper].mean() < 2.0 < result[~is_paper].mean()
