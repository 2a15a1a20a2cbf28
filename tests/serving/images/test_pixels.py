import io
import struct

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL import ImageOps

from keras_colorize.errors import PhotoError
from keras_colorize.serving.images import pixels
from keras_colorize.serving.images import read as images
from keras_colorize.serving.images.pixel_memory import load_into_memory
from keras_colorize.serving.images.read import read_photo
from tests.helpers import textured_photo
from tests.serving.photo_bytes import encode
from tests.serving.photo_bytes import exif_bytes
from tests.serving.photo_bytes import with_png_chunk

RGB = textured_photo(20, 30)
SRGB = pixels.srgb_profile()


def gray_profile(pcs=b"XYZ "):
    """A profile of gray with gamma 1.8, as scanners write it."""
    curve = b"curv" + struct.pack(">IIH", 0, 1, round(1.8 * 256))
    white = b"XYZ " + struct.pack(">I3i", 0, 63190, 65536, 54061)
    entries, data = b"", b""
    for name, tag in ((b"kTRC", curve + b"\0\0"), (b"wtpt", white)):
        entries += struct.pack(">4sII", name, 132 + 24 + len(data), len(tag))
        data += tag
    head = struct.pack(
        ">I4sI4s4s4s",
        156 + len(data),
        b"none",
        0x02100000,
        b"mntr",
        b"GRAY",
        pcs,
    )
    head += struct.pack(">6H4s", 2000, 1, 1, 0, 0, 0, b"acsp")
    head = head.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", 2) + entries + data


# === Modes ===


def test_gray_photo_has_three_equal_channels():
    gray = RGB[..., 0]
    photo = read_photo(encode(gray, "JPEG", quality=100))
    assert photo.rgb.shape == (20, 30, 3)
    assert np.abs(photo.rgb.astype(int) - gray[..., None]).max() <= 2


def test_bilevel_photo_is_black_and_white():
    bits = RGB[..., 0] > 128
    photo = read_photo(encode(bits, "PNG"))
    np.testing.assert_array_equal(photo.rgb[..., 1], 255 * bits)


def test_palette_becomes_rgb():
    palette = Image.fromarray(RGB).quantize(16)
    photo = read_photo(encode(palette, "PNG"))
    np.testing.assert_array_equal(photo.rgb, palette.convert("RGB"))
    assert photo.alpha is None


def test_transparent_palette_entry_becomes_alpha():
    indices = np.arange(24, dtype=np.uint8).reshape(4, 6)
    palette = Image.fromarray(indices).convert("P")
    photo = read_photo(encode(palette, "PNG", transparency=7))
    np.testing.assert_array_equal(photo.alpha, 255 * (indices != 7))


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_alpha_is_taken_apart(format):
    alpha = np.arange(600, dtype=np.uint8).reshape(20, 30)
    photo = read_photo(encode(np.dstack([RGB, alpha]), format))
    np.testing.assert_array_equal(photo.rgb, RGB)  # not premultiplied
    np.testing.assert_array_equal(photo.alpha, alpha)


def test_gray_with_alpha():
    la = np.dstack([RGB[..., 0], RGB[..., 1]])
    photo = read_photo(encode(Image.fromarray(la, "LA"), "PNG"))
    np.testing.assert_array_equal(photo.rgb[..., 2], la[..., 0])
    np.testing.assert_array_equal(photo.alpha, la[..., 1])


def test_cmyk_jpeg_has_the_right_polarity():
    red = Image.new("CMYK", (30, 20), (0, 255, 255, 0))
    photo = read_photo(encode(red, "JPEG", quality=95))
    assert np.abs(photo.rgb[0, 0].astype(int) - [255, 0, 0]).max() < 12


# === 16 and 32 bits ===

# 16 bits: 257 steps make one of 8 bits. 128 / 257 = 0.498 rounds down.
GRAY16 = np.array([[0, 128, 129, 257], [25700, 32768, 65535, 300]], np.uint16)
GRAY8 = [[0, 0, 1, 1], [100, 128, 255, 1]]


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_16_bit_gray_is_scaled_not_clipped(format):
    photo = read_photo(encode(GRAY16, format))
    np.testing.assert_array_equal(photo.rgb[..., 0], GRAY8)


def test_16_bit_gray_of_the_other_byte_order():
    little = encode(GRAY16, "TIFF")
    image = Image.open(io.BytesIO(little))
    assert image.mode == "I;16"
    swapped = Image.frombytes("I;16B", (4, 2), GRAY16.astype(">u2").tobytes())
    photo = images.photo_from_image(swapped)
    np.testing.assert_array_equal(photo.rgb[..., 0], GRAY8)


def test_16_bit_gray_with_a_transparent_value():
    png = with_png_chunk(encode(GRAY16, "PNG"), b"tRNS", struct.pack(">H", 300))
    photo = read_photo(png)
    np.testing.assert_array_equal(photo.alpha, 255 * (GRAY16 != 300))


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [3, 4])
def test_16_bit_color_keeps_its_range(suffix, channels):
    rgb16 = np.linspace(0, 65535, 7 * 9 * channels).astype(np.uint16)
    rgb16 = rgb16.reshape(7, 9, channels)
    _, data = cv2.imencode(suffix, rgb16)
    photo = read_photo(data.tobytes())
    expected = rgb16[..., 2::-1] / 257  # OpenCV writes BGR
    # Pillow drops the low byte: one step.
    assert np.abs(photo.rgb - expected).max() <= 1
    assert (photo.alpha is None) == (channels == 3)


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[0.0, 127.6, 255.0]], np.float32), [0, 128, 255]),
        (np.array([[-3.0, 32768.0, 65535.0]], np.float32), [0, 128, 255]),
        (np.array([[np.nan, 0.5, np.inf]], np.float32), [0, 128, 255]),
        (np.array([[0, 32768, 65535]], np.int32), [0, 128, 255]),
        (np.array([[0, 2**30, 2**31 - 1]], np.int32), [0, 128, 255]),
    ],
)
def test_32_bit_gray_has_its_white_where_documented(values, levels):
    photo = read_photo(encode(values, "TIFF"))
    np.testing.assert_array_equal(photo.rgb[0, :, 0], levels)


@pytest.mark.parametrize("value", [np.nan, 1e9])
def test_float_photo_without_a_white_is_refused(value):
    data = encode(np.full((3, 4), value, np.float32), "TIFF")
    with pytest.raises(PhotoError, match="no finite value|reach 1e"):
        read_photo(data)


# === ICC profiles ===


def swapped_profile():
    """A profile in which red light is called green and the other way."""
    profile = pixels.srgb_profile()
    profile = profile.replace(b"rXYZ", b"tmp!", 1).replace(b"gXYZ", b"rXYZ", 1)
    return profile.replace(b"tmp!", b"gXYZ", 1)


def test_profile_is_converted_to_srgb():
    data = encode(RGB, "PNG", icc_profile=swapped_profile())
    photo = read_photo(data)
    assert np.abs(photo.rgb.astype(int) - RGB[..., [1, 0, 2]]).max() <= 2
    assert photo.icc == pixels.srgb_profile()


def test_profile_is_converted_under_alpha():
    alpha = np.full((20, 30), 40, np.uint8)
    data = encode(np.dstack([RGB, alpha]), "PNG", icc_profile=swapped_profile())
    photo = read_photo(data)
    assert np.abs(photo.rgb.astype(int) - RGB[..., [1, 0, 2]]).max() <= 2
    np.testing.assert_array_equal(photo.alpha, alpha)


def test_srgb_profile_changes_nothing():
    data = encode(RGB, "PNG", icc_profile=pixels.srgb_profile())
    np.testing.assert_array_equal(read_photo(data).rgb, RGB)


@pytest.mark.parametrize("profile", [b"no profile", gray_profile()])
def test_profile_that_does_not_fit_is_left_out_and_said(profile):
    photo = read_photo(encode(RGB, "PNG", icc_profile=profile))
    np.testing.assert_array_equal(photo.rgb, RGB)
    assert photo.icc is None
    assert "ICC profile left out" in photo.notes[0]


def test_gray_photo_that_kept_a_profile_of_colors_is_converted():
    gray = RGB[..., 0]
    data = encode(gray, "PNG", icc_profile=pixels.srgb_profile())
    photo = read_photo(data)
    np.testing.assert_array_equal(photo.rgb[..., 0], gray)
    assert (photo.icc, photo.notes) == (pixels.srgb_profile(), ())


@pytest.mark.parametrize("pcs", [b"XYZ ", b"Lab "])
def test_gray_stored_as_colors_is_converted_as_gray(pcs):
    gray = np.arange(256, dtype=np.uint8)[None].repeat(3, 0)
    profile = gray_profile(pcs)
    expected = read_photo(encode(gray, "PNG", icc_profile=profile)).rgb
    colors = np.repeat(gray[..., None], 3, 2)
    photo = read_photo(encode(colors, "PNG", icc_profile=profile))
    np.testing.assert_array_equal(photo.rgb, expected)
    assert np.abs(expected.astype(int) - colors).max() > 8
    # And what LittleCMS makes of 8 bits is what is made of 16.
    gray16 = gray.astype(np.uint16) * 257
    photo = read_photo(encode(gray16, "PNG", icc_profile=profile))
    assert np.abs(photo.rgb.astype(int) - expected)[:, 20:].max() <= 1
    assert photo.rgb16 is not None


def test_lab_photo_is_converted():
    lab = Image.merge(
        "LAB", [Image.new("L", (4, 3), v) for v in (128, 128, 128)]
    )
    photo = images.photo_from_image(lab)
    # L = 128 / 255 * 100 = 50.2, neutral: gray 119.
    assert np.abs(photo.rgb.astype(int) - 119).max() <= 2


def test_a_profile_of_other_colors_is_left_out():
    photo = read_photo(encode(RGB, "PNG", icc_profile=gray_profile()))
    np.testing.assert_array_equal(photo.rgb, RGB)
    (note,) = photo.notes
    assert "it describes GRAY colors, the photo has RGB)" in note


# === In strips ===


@pytest.fixture
def short_strips(monkeypatch):
    monkeypatch.setattr(pixels, "_STRIP_PIXELS", 100)


@pytest.fixture(params=[False, True], ids=["small", "large"])
def is_large(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(pixels, "_LARGE", 100)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_strips_lie_upright(short_strips, is_large, orientation, mode):
    shape = (23, 30) if mode == "L" else (23, 30, len(mode))
    stored = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    image = Image.fromarray(stored, mode)
    image.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image).convert("RGBA"))
    result = pixels.to_pixels(Image.fromarray(stored), orientation=orientation)
    np.testing.assert_array_equal(result.rgb, expected[..., :3])
    if mode == "RGBA":
        np.testing.assert_array_equal(result.alpha, expected[..., 3])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("first_colors", [0, 20])
@pytest.mark.parametrize("was_profiled", [False, True])
def test_decoded_memory_gives_the_same(
    short_strips, is_large, orientation, first_colors, was_profiled
):
    stored = textured_photo(23, 30)
    stored[:first_colors] = stored[:first_colors, :, :1]
    options = {"icc_profile": SRGB} if was_profiled else {}
    data = encode(stored, "PNG", **options)
    plain = Image.open(io.BytesIO(data))
    plain.load()
    image = Image.open(io.BytesIO(data))
    memory = load_into_memory(image)
    assert memory is not None
    result = pixels.to_pixels(
        memory.image, orientation=orientation, memory=memory
    )
    expected = pixels.to_pixels(plain, orientation=orientation)
    np.testing.assert_array_equal(result.rgb, expected.rgb)
    assert result.rgb.flags.c_contiguous
    assert result.was_profiled == was_profiled


@pytest.mark.parametrize("orientation", [1, 8])
def test_gray_stored_as_colors_is_held_once(
    short_strips, is_large, orientation
):
    gray = np.random.default_rng(0).integers(0, 256, (23, 30), np.uint8)
    exif = exif_bytes(Orientation=orientation)
    photo = read_photo(encode(np.dstack([gray] * 3), "PNG", exif=exif))
    turned = np.rot90(gray) if orientation == 8 else gray
    np.testing.assert_array_equal(photo.rgb, np.dstack([turned] * 3))
    assert photo.rgb.strides[-1] == 0


def test_gray_is_held_once_up_to_the_first_color(short_strips):
    gray = np.random.default_rng(0).integers(0, 256, (23, 30, 1), np.uint8)
    rgb = np.repeat(gray, 3, axis=2)
    result = pixels.to_pixels(Image.fromarray(rgb)).rgb
    np.testing.assert_array_equal(result, rgb)
    assert result.strides[-1] == 0
    assert not result.flags.writeable
    rgb[20, 7, 1] ^= 1
    result = pixels.to_pixels(Image.fromarray(rgb)).rgb
    np.testing.assert_array_equal(result, rgb)
    assert result.flags.c_contiguous
