"""The light of a photo stays, whatever its mode, size and color."""

import io

import numpy as np
import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from PIL import Image

from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.write import encode_photo
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession
from tests.serving import tiny_models
from tests.serving.images.test_sixteen_bit import luminance_levels
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


def levels_of(data):
    """Gray of the luminance of a photo file, in levels of 8 bits."""
    photo = read_photo(data)
    rgb16 = photo.rgb.astype(np.uint16) * 257
    return luminance_levels(rgb16 if photo.rgb16 is None else photo.rgb16) / 257


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
