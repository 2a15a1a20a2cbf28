"""16-bit photos: read, colored and written without losing a bit of light."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL import ImageCms

from keras_colorize.errors import PhotoError
from keras_colorize.serving.images import sixteen_bit
from keras_colorize.serving.images.icc import to_srgb_16_bit
from keras_colorize.serving.images.pixels import srgb_profile
from keras_colorize.serving.images.read import Photo
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.write import dropped_features
from keras_colorize.serving.images.write import encode_photo
from tests.serving.photo_bytes import encode
from tests.serving.photo_bytes import png_chunk

RGBA16 = np.random.default_rng(0).integers(0, 65536, (21, 34, 4), np.uint16)
ENCODERS = {
    "PNG": sixteen_bit.encode_16_bit_png,
    "TIFF": sixteen_bit.encode_16_bit_tiff,
}


# === Reading ===


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zlib"},
        {"compression": "zlib", "predictor": True},
        {"tile": (16, 16)},
        {"byteorder": ">"},
        {"byteorder": ">", "compression": "zlib"},
    ],
)
def test_16_bit_tiff_of_tifffile_keeps_every_bit(options, channels):
    rgb16 = np.ascontiguousarray(RGBA16[..., :channels])
    file = io.BytesIO()
    extra = ["unassalpha"] if channels == 4 else []
    tifffile.imwrite(
        file, rgb16, photometric="rgb", extrasamples=extra, **options
    )
    photo = read_photo(file.getvalue())
    np.testing.assert_array_equal(photo.rgb16, rgb16)
    np.testing.assert_array_equal(photo.rgb, np.rint(rgb16[..., :3] / 257))
    assert photo.notes == ()


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_16_bit_file_of_opencv_keeps_every_bit(suffix, channels):
    rgb16 = RGBA16[..., :channels]
    bgr = np.ascontiguousarray(rgb16[..., [2, 1, 0, 3][:channels]])
    data = cv2.imencode(suffix, bgr)[1].tobytes()
    np.testing.assert_array_equal(read_photo(data).rgb16, rgb16)


def test_16_bit_gray_is_kept_in_each_channel():
    gray = RGBA16[..., 0]
    for format in ("PNG", "TIFF"):
        photo = read_photo(encode(gray, format))
        for channel in range(3):
            np.testing.assert_array_equal(photo.rgb16[..., channel], gray)


def test_16_bit_gray_with_alpha_keeps_both():
    values = RGBA16[..., :2].astype(">u2")
    header = struct.pack(">IIBBBBB", 34, 21, 16, 4, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    png = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
    png += png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    photo = read_photo(png)
    np.testing.assert_array_equal(photo.rgb16[..., 1], values[..., 0])
    np.testing.assert_array_equal(photo.rgb16[..., 3], values[..., 1])


def test_16_bit_photo_is_turned_upright():
    exif = Image.Exif()
    exif[0x112] = 6
    rgb16 = RGBA16[..., :3]
    data = sixteen_bit.encode_16_bit_png(rgb16, {"exif": exif.tobytes()})
    photo = read_photo(data)
    np.testing.assert_array_equal(photo.rgb16, np.rot90(rgb16, -1))
    assert photo.rgb.shape == (34, 21, 3)


def tiff(values, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, values, **options)
    return file.getvalue()


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_16_bit_planes_keep_every_bit(compression):
    planes = np.moveaxis(RGBA16[..., :3], 2, 0)
    data = tiff(
        planes,
        photometric="rgb",
        planarconfig="separate",
        compression=compression,
    )
    photo = read_photo(data)
    np.testing.assert_array_equal(photo.rgb16, RGBA16[..., :3])
    assert photo.notes == ()


def test_16_bit_cmyk_keeps_8_bits_and_it_is_said():
    photo = read_photo(tiff(RGBA16, photometric="separated"))
    assert photo.rgb16 is None and "16 bits became 8" in photo.notes[0]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_negative_tiff_becomes_positive(dtype):
    gray = RGBA16[..., 0].astype(dtype)
    photo = read_photo(tiff(gray, photometric="miniswhite"))
    read = photo.rgb if dtype == np.uint8 else photo.rgb16
    np.testing.assert_array_equal(read[..., 0], np.iinfo(dtype).max - gray)


def test_raised_pixel_limit_holds_for_16_bits(monkeypatch):
    data = sixteen_bit.encode_16_bit_png(RGBA16, {})
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    np.testing.assert_array_equal(read_photo(data, 714).rgb16, RGBA16)
    with pytest.raises(PhotoError, match="at most 713 pixels"):
        read_photo(data, 713)


def test_photo_of_8_bits_has_no_16_bits():
    assert (
        read_photo(encode(RGBA16[..., :3].astype(np.uint8), "PNG")).rgb16
        is None
    )


# === Writing ===


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 34), (21, 1), (21, 34)])
def test_other_readers_get_every_bit(format, channels, size):
    rgb16 = RGBA16[: size[0], : size[1], :channels]
    data = ENCODERS[format](rgb16, {})
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    read = read.reshape(*size, channels)[..., [2, 1, 0, 3][:channels]]
    np.testing.assert_array_equal(read, rgb16)
    if format == "TIFF":
        read = tifffile.imread(io.BytesIO(data)).reshape(rgb16.shape)
        np.testing.assert_array_equal(read, rgb16)


def test_tiff_of_several_strips_is_whole(monkeypatch):
    monkeypatch.setattr(sixteen_bit, "_STRIP_BYTES", 1000)
    data = sixteen_bit.encode_16_bit_tiff(RGBA16, {})
    assert len(tifffile.TiffFile(io.BytesIO(data)).pages[0].dataoffsets) > 3
    np.testing.assert_array_equal(read_photo(data).rgb16, RGBA16)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_metadata_is_kept_with_16_bits(format):
    exif = Image.Exif()
    exif[0x8298] = "Gorsky"  # Copyright
    exif[0x8769] = {0x9003: "1911:08:01 12:00:00", 0x829A: 0.5}
    exif[0x8825] = {1: "N", 2: (59.0, 56.0, 2.0)}
    written = Photo(
        rgb=RGBA16[..., :3].astype(np.uint8),
        rgb16=RGBA16,
        exif=exif.tobytes(),
        icc=srgb_profile(),
        dpi=(600.0, 300.0),
    )
    photo = read_photo(encode_photo(written, format))
    np.testing.assert_array_equal(photo.rgb16, RGBA16)
    kept = Image.Exif()
    kept.load(photo.exif)
    assert kept[0x8298] == "Gorsky"
    assert kept.get_ifd(0x8769)[0x9003] == "1911:08:01 12:00:00"
    assert kept.get_ifd(0x8825)[2] == (59.0, 56.0, 2.0)
    assert photo.icc == srgb_profile()
    assert photo.dpi == pytest.approx((600, 300), abs=0.1)
    assert photo.notes == ()


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "BMP", "GIF", "AVIF"])
def test_formats_of_8_bits_say_so(format):
    photo = read_photo(sixteen_bit.encode_16_bit_png(RGBA16[..., :3], {}))
    assert "16 bits became 8" in dropped_features(photo, format)[0]
    assert read_photo(encode_photo(photo, format)).rgb16 is None


# === Profiles ===


def profile_with_curve(curve):
    """An sRGB profile whose three curves are replaced."""
    profile = srgb_profile()
    table = struct.unpack_from(">I", profile, 128)[0]
    changed = bytearray(profile)
    for i in range(table):
        place = 132 + 12 * i
        if profile[place : place + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            changed[place + 4 : place + 12] = struct.pack(
                ">II", len(profile), len(curve)
            )
    changed[0:4] = struct.pack(">I", len(profile) + len(curve))
    return bytes(changed) + curve


def fixed(*values):
    return struct.pack(f">{len(values)}i", *(round(v * 65536) for v in values))


CURVES = {
    "line": b"curv\0\0\0\0" + struct.pack(">I", 0),
    "gamma": b"curv\0\0\0\0" + struct.pack(">IH", 1, 461) + b"\0\0",
    "table": b"curv\0\0\0\0"
    + struct.pack(">I256H", 256, *(np.arange(256) ** 2 * 65535 // 255**2)),
    "para0": b"para\0\0\0\0" + struct.pack(">HH", 0, 0) + fixed(2.4),
    "para3": b"para\0\0\0\0"
    + struct.pack(">HH", 3, 0)
    + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
}


@pytest.mark.parametrize("name", CURVES)
def test_profile_gives_the_colors_of_littlecms(name):
    profile = profile_with_curve(CURVES[name])
    levels = np.arange(256, dtype=np.uint8)
    colors = np.stack([levels, levels[::-1], np.roll(levels, 90)], -1)[None]
    expected = ImageCms.profileToProfile(
        Image.fromarray(colors),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    rgb16 = colors.astype(np.uint16) * 257
    result = to_srgb_16_bit(rgb16, profile, srgb_profile()) / 257
    assert np.abs(result - np.asarray(expected)).max() <= 1.0


def test_srgb_profile_changes_nothing_in_16_bits():
    result = to_srgb_16_bit(RGBA16, srgb_profile(), srgb_profile())
    np.testing.assert_array_equal(result, RGBA16)


def test_gray_profile_gives_the_grays_of_littlecms():
    profile = profile_with_curve(CURVES["gamma"])
    profile = profile.replace(b"rTRC", b"kTRC", 1)
    profile = profile[:16] + b"GRAY" + profile[20:]
    levels = np.arange(256, dtype=np.uint8)[None]
    expected = ImageCms.profileToProfile(
        Image.fromarray(levels),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
    )
    rgb16 = levels.astype(np.uint16) * 257
    photo = read_photo(encode(rgb16, "PNG", icc_profile=profile))
    assert (
        np.abs(photo.rgb16 / 257 - np.asarray(expected)).max() <= 2.0
    )  # near black
    assert photo.icc == srgb_profile()


def test_profile_of_a_16_bit_file_is_applied_with_16_bits():
    profile = profile_with_curve(CURVES["gamma"])
    smooth = np.linspace(20000, 21000, 1000).astype(np.uint16)
    rgb16 = np.repeat(smooth.reshape(10, 100, 1), 3, axis=2)
    data = sixteen_bit.encode_16_bit_png(rgb16, {"icc_profile": profile})
    photo = read_photo(data)
    assert len(np.unique(photo.rgb16)) > 900
    assert photo.icc == srgb_profile()


def test_profile_that_is_a_table_leaves_8_bits_and_says_so():
    profile = srgb_profile().replace(b"chad", b"A2B9", 1)
    assert b"A2B9" in profile
    data = sixteen_bit.encode_16_bit_png(RGBA16, {"icc_profile": profile})
    photo = read_photo(data)
    assert photo.rgb16 is None
    assert "table of colors" in photo.notes[0]
