"""The light of a photo stays, whatever its mode, size and color."""

import io

import numpy as np
import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from PIL import Image
from skimage.color import rgb2lab

from keras_colorize.color import lab_formulas
from keras_colorize.color import luminance
from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.colorize import colorize_photo
from keras_colorize.serving.images import sixteen_bit
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.write import encode_photo
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession
from tests.serving import tiny_models
from tests.serving.photo_bytes import encode

# Mode -> format of a file that holds it.
FILES = {
    "1": "PNG",
    "L": "PNG",
    "LA": "PNG",
    "P": "GIF",
    "RGB": "BMP",
    "RGBA": "PNG",
    "CMYK": "TIFF",
    "YCbCr": "TIFF",
    "LAB": "TIFF",
    "I;16": "PNG",
    "I": "TIFF",
    "F": "TIFF",
}
MODES_16_BIT = ("I;16", "I", "F")


@pytest.fixture(scope="module")
def vivid_session():
    """Predicts one strong color, outside of sRGB near black and white."""
    return ColorizeSession(tiny_models.ab_model(), num_threads=1)


def photo_of_mode(mode, height, width, seed):
    rng = np.random.default_rng(seed)
    if mode in MODES_16_BIT:
        dtype, white = {
            "I;16": (np.uint16, 65535),
            "I": (np.int32, 65535),
            "F": (np.float32, 1),
        }[mode]
        return Image.fromarray(
            (rng.random((height, width)) * white).astype(dtype)
        )
    rgb = rng.integers(0, 256, (height, width, 3), np.uint8)
    if mode == "LAB":
        return Image.fromarray(rgb, "LAB")
    return Image.fromarray(rgb).convert(mode)


def luminance_levels(rgb16):
    """Gray of the same luminance as 16-bit colors, in 16-bit levels."""
    linear = lab_formulas.linear_from_srgb(rgb16[..., :3] / 65535.0, np)
    Y = linear @ lab_formulas.XYZ_FROM_LINEAR_RGB[1]
    return lab_formulas.srgb_from_linear(Y, np) * 65535.0


def levels_of(data):
    """Gray of the luminance of a photo file, in levels of 8 bits."""
    photo = read_photo(data)
    rgb16 = photo.rgb.astype(np.uint16) * 257
    return luminance_levels(rgb16 if photo.rgb16 is None else photo.rgb16) / 257


# === Arrays ===


def test_lightness_is_that_of_scikit_image(monkeypatch):
    monkeypatch.setattr(luminance, "_STRIP_PIXELS", 120)  # 3 rows
    image = np.random.default_rng(0).integers(0, 256, (25, 40, 3), np.uint8)
    L = luminance.image_to_L(image)
    assert L.shape == (25, 40, 1) and L.dtype == np.float32
    np.testing.assert_allclose(L, rgb2lab(image)[..., :1], atol=1e-3)


def test_lightness_of_black_mid_gray_and_white():
    # 119 / 255 = 0.4667: the gray next to L = 50 (0.4663).
    image = np.array([[[0] * 3, [119] * 3, [255] * 3]], np.uint8)
    L = luminance.image_to_L(image)[0, :, 0]
    np.testing.assert_allclose(L, [0.0, 50.034, 100.0], atol=1e-3)


def test_16_bit_luminance_is_kept_for_any_color():
    rng = np.random.default_rng(1)
    rgb16 = rng.integers(0, 65536, (200, 300, 3), np.uint16)
    colors = rng.integers(0, 256, (200, 300, 3), np.uint8)
    result = luminance.color_16_bit(rgb16, colors)
    difference = luminance_levels(result) - luminance_levels(rgb16)
    assert np.abs(difference).max() <= 1.0


def test_8_bit_luminance_is_kept_where_colors_were_clipped():
    rng = np.random.default_rng(2)
    image = rng.integers(0, 256, (200, 300, 1), np.uint8).repeat(3, 2)
    colors = rng.choice(np.array([0, 90, 255], np.uint8), image.shape)
    result = luminance.keep_lightness(image, colors)
    clipped = ((colors == 0) | (colors == 255)).any(axis=-1)
    levels = luminance_levels(result.astype(np.uint16) * 257) / 257
    assert np.abs(levels - image[..., 0])[clipped].max() <= 1.0
    np.testing.assert_array_equal(result[~clipped], colors[~clipped])


def test_colors_inside_the_gamut_are_not_touched():
    rng = np.random.default_rng(3)
    colors = rng.integers(1, 255, (40, 50, 3), np.uint8)
    assert luminance.keep_lightness(np.zeros_like(colors), colors) is colors


# === Photo files ===


@pytest.mark.filterwarnings("ignore:'mode' parameter:DeprecationWarning")
@pytest.mark.parametrize("mode", FILES)
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    strength=st.floats(0.0, 4.0),
    seed=st.integers(0, 99),
)
def test_luminance_stays_within_rounding(
    mode, height, width, strength, seed, vivid_session
):
    data = encode(photo_of_mode(mode, height, width, seed), FILES[mode])
    for format in ("PNG", "TIFF"):
        written = colorize_bytes(
            data,
            vivid_session,
            PhotoOptions(ColorizeOptions(strength=strength)),
            format,
        )
        difference = np.abs(levels_of(written.data) - levels_of(data)).max()
        # One level of the depth of the file, as three channels are rounded.
        assert difference <= (1.0 / 257 if mode in MODES_16_BIT else 1.0)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
@pytest.mark.parametrize("strength", [1.0, 1.65])
def test_luminance_of_real_photos_stays_with_the_default_model(name, strength):
    data = pytest.importorskip("skimage.data", reason="has the photos")
    photo = Image.fromarray(getattr(data, name)()).resize((160, 120))
    gray = encode(photo.convert("L"), "PNG")
    written = colorize_bytes(
        gray,
        ColorizeSession(num_threads=1),
        PhotoOptions(ColorizeOptions(strength=strength)),
    )
    difference = np.abs(levels_of(written.data) - levels_of(gray))
    assert difference.max() <= 1.0
    colorized = np.asarray(Image.open(io.BytesIO(written.data)))
    assert np.ptp(colorized.astype(int), axis=-1).mean() > 2  # in color


def test_jpeg_of_a_real_photo_keeps_its_luminance_nearly(vivid_session):
    data = pytest.importorskip("skimage.data", reason="has the photos")
    gray = Image.fromarray(data.coffee()).convert("L").resize((160, 120))
    source = encode(gray, "JPEG", quality=95)
    written = colorize_bytes(source, vivid_session, PhotoOptions())
    difference = np.abs(levels_of(written.data) - levels_of(source))
    assert difference.mean() < 1.0
    assert encode_photo(read_photo(written.data))[:2] == b"\xff\xd8"


def test_colored_photo_has_the_16_bit_luminance_of_the_gray_one(vivid_session):
    rng = np.random.default_rng(0)
    gray = rng.integers(0, 65536, (21, 34, 1), np.uint16).repeat(3, 2)
    photo = read_photo(sixteen_bit.encode_16_bit_png(gray, {}))
    colored = colorize_photo(photo, vivid_session, ColorizeOptions())
    back = read_photo(encode_photo(colored, "PNG")).rgb16
    assert np.abs(luminance_levels(back) - gray[..., 0]).max() <= 1.0
    assert np.ptp(back.astype(int), axis=-1).max() > 5000  # in color


# === Contrast that the network sees ===


def faded(low, high):
    ramp = np.linspace(low, high, 400).round().astype(np.uint8)
    return np.repeat(np.tile(ramp, (20, 1))[..., None], 3, axis=2)


def test_a_faded_photo_is_seen_from_black_to_white():
    seen = luminance.stretch_contrast(faded(64, 191))
    assert seen[0, [0, -1], 0].tolist() == [0, 255]
    assert np.abs(seen[0, :, 1].astype(int) - faded(0, 255)[0, :, 1]).max() <= 3


@pytest.mark.parametrize(("low", "high"), [(0, 255), (20, 225), (100, 110)])
def test_other_photos_are_seen_as_they_are(low, high):
    image = faded(low, high)
    assert luminance.stretch_contrast(image) is image


def test_dust_does_not_count_as_contrast():
    image = faded(64, 191)
    image[0, :20], image[1, :20] = 0, 255  # a quarter percent each
    seen = luminance.stretch_contrast(image)
    assert seen[5, [0, -1], 0].tolist() == [0, 255]


@pytest.mark.parametrize(
    ("grays", "is_empty"),
    [
        ({190: 500, 206: 500}, True),  # 16 levels
        ({190: 500, 207: 500}, False),
        ({0: 9, 190: 5000, 206: 4982, 255: 9}, True),  # specks of 0.09 %
        ({0: 11, 190: 5000, 206: 4989}, False),  # a bird
        ({7: 1}, True),
    ],
)
def test_one_gray_with_grain_and_specks_shows_nothing(grays, is_empty):
    counts = np.zeros(256, int)
    counts[[*grays]] = [*grays.values()]
    assert luminance.shows_nothing(counts) == is_empty


def test_color_is_put_on_the_luminance_of_the_photo_itself():
    image = faded(64, 191)
    colors = np.random.default_rng(0).integers(0, 256, image.shape, np.uint8)
    result = luminance.color_8_bit(image, colors)
    before, after = luminance.image_to_L(image), luminance.image_to_L(result)
    assert np.abs(after - before).max() < 0.4
    assert np.ptp(result.astype(int), axis=-1).max() > 50
    np.testing.assert_array_equal(luminance.color_8_bit(image, image), image)
