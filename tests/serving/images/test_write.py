import io

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image

from keras_colorize.errors import OutputError
from keras_colorize.errors import PhotoError
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.serving.images import read as images
from keras_colorize.serving.images import write
from keras_colorize.serving.images.pixels import srgb_profile
from keras_colorize.serving.images.read import Photo
from keras_colorize.serving.images.read import read_photo
from tests.helpers import textured_photo

RGB = textured_photo(20, 30)
ALPHA = np.where(np.arange(30) < 12, 0, 255).astype(np.uint8) + np.zeros(
    (20, 1), np.uint8
)
ALL_FORMATS = sorted(PHOTO_FORMATS)


def open_bytes(data):
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP"])
def test_lossless_formats_keep_every_pixel(format):
    photo = read_photo(write.encode_photo(Photo(RGB, format=format)))
    np.testing.assert_array_equal(photo.rgb, RGB)
    assert photo.format == format


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "AVIF", "GIF", "HEIF"])
def test_lossy_formats_keep_nearly_every_pixel(format):
    smooth = np.asarray(Image.fromarray(RGB[::10, ::10]).resize((30, 20), 3))
    photo = read_photo(write.encode_photo(Photo(smooth, format=format)))
    assert np.abs(photo.rgb.astype(int) - smooth).mean() < 4
    assert photo.format == format


def test_jpeg_is_quality_95_without_chroma_subsampling():
    image = open_bytes(write.encode_photo(Photo(RGB, format="JPEG")))
    # (component, horizontal factor, vertical factor, table) for Y, Cb, Cr.
    assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3
    expected = io.BytesIO()
    Image.fromarray(RGB).save(expected, "JPEG", quality=95)
    assert image.quantization == Image.open(expected).quantization


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "AVIF", "HEIF"])
def test_quality_decides_the_size(format):
    rgb = textured_photo(80, 90)
    small, large = (
        len(write.encode_photo(Photo(rgb), format, quality))
        for quality in (20, 95)
    )
    assert small < large / 2


def test_heic_without_its_package_says_what_to_install(monkeypatch):
    data = write.encode_photo(Photo(RGB), "HEIF")
    monkeypatch.setattr(write, "register_heif", lambda: False)
    monkeypatch.setattr(images, "register_heif", lambda: False)
    with pytest.raises(OutputError, match=r"pip install .*\[heic\]"):
        write.encode_photo(Photo(RGB), "HEIF")
    with pytest.raises(PhotoError, match=r"HEIC photo.*\[heic\]"):
        read_photo(data)


def test_what_a_format_cannot_hold_is_said():
    photo = Photo(RGB, alpha=ALPHA, exif=b"Exif")
    assert write.dropped_features(photo, "PNG") == ()
    (note,) = write.dropped_features(photo, "JPEG")
    assert "Transparency is on white" in note
    assert len(write.dropped_features(photo, "BMP")) == 2
    assert write.dropped_features(Photo(RGB), "BMP") == ()


@pytest.mark.parametrize(
    "format", ["PNG", "TIFF", "WEBP", "AVIF", "GIF", "HEIF"]
)
def test_alpha_passes_through(format):
    photo = Photo(RGB, alpha=ALPHA, format=format)
    back = read_photo(write.encode_photo(photo))
    # HEIC compresses alpha as it does the colors.
    tolerance = 2 if format == "HEIF" else 0
    assert np.abs(back.alpha.astype(int) - ALPHA).max() <= tolerance


def two_tones(count):
    """A photo of so many colors: grays, and one more that is nearly a gray."""
    levels = np.arange(20 * 30).reshape(20, 30) % (count - 1)
    rgb = np.repeat(levels[..., None], 3, axis=2).astype(np.uint8)
    rgb[-1, -1] = (200, 201, 200)
    return rgb


@pytest.mark.parametrize("alpha", [None, ALPHA])
def test_a_gif_keeps_each_color_that_it_has_room_for(alpha):
    room = 256 if alpha is None else 255
    photo = Photo(two_tones(room), alpha=alpha)
    is_shown = ALPHA > 0 if alpha is not None else np.full((20, 30), True)
    back = read_photo(write.encode_photo(photo, "GIF"))
    np.testing.assert_array_equal(back.rgb[is_shown], photo.rgb[is_shown])
    assert write.dropped_features(photo, "GIF") == ()
    assert len(np.unique(photo.rgb.reshape(-1, 3), axis=0)) == room


@pytest.mark.parametrize("alpha", [None, ALPHA])
def test_a_gif_of_more_colors_says_so_and_stays_near_them(alpha):
    smooth = np.asarray(Image.fromarray(RGB[::10, ::10]).resize((30, 20), 3))
    photo = Photo(smooth, alpha=alpha)
    (note,) = write.dropped_features(photo, "GIF")
    assert "Its colors became 256" in note
    back = read_photo(write.encode_photo(photo, "GIF"))
    is_shown = ALPHA > 0 if alpha is not None else np.full((20, 30), True)
    difference = back.rgb.astype(int) - smooth
    assert np.abs(difference[is_shown]).mean() < 4


def test_colors_that_a_gif_does_not_show_count_for_nothing():
    rgb = two_tones(200)
    rgb[:, :12] = textured_photo(20, 12)  # ALPHA is 0 there
    photo = Photo(rgb, alpha=ALPHA)
    assert write.dropped_features(photo, "GIF") == ()
    back = read_photo(write.encode_photo(photo, "GIF"))
    np.testing.assert_array_equal(back.rgb[:, 12:], rgb[:, 12:])
    np.testing.assert_array_equal(back.alpha, ALPHA)


@pytest.mark.parametrize("value", [0, 127, 128, 255])
def test_a_gif_of_one_alpha_is_all_there_or_not(value):
    alpha = np.full((20, 30), value, np.uint8)
    back = read_photo(write.encode_photo(Photo(RGB, alpha=alpha), "GIF"))
    if value < 128:
        assert back.alpha.max() == 0
    else:
        assert back.alpha is None


@pytest.mark.parametrize("format", ["JPEG", "BMP"])
def test_transparent_areas_come_out_white_where_there_is_no_alpha(format):
    photo = Photo(RGB, alpha=ALPHA, format=format)
    back = read_photo(write.encode_photo(photo))
    assert back.alpha is None
    assert back.rgb[:, :4].min() > 250
    assert np.abs(back.rgb[:, 16:].astype(int) - RGB[:, 16:]).mean() < 5


@pytest.mark.parametrize(
    "format", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF", "HEIF"]
)
def test_exif_profile_and_resolution_are_kept(format):
    exif = Image.Exif()
    exif[ExifTags.Base.Copyright] = "Prokudin-Gorski"
    photo = Photo(
        RGB, exif=exif.tobytes(), icc=srgb_profile(), dpi=(300.0, 300.0)
    )
    back = read_photo(write.encode_photo(photo, format))
    kept = Image.Exif()
    kept.load(back.exif)
    assert kept[ExifTags.Base.Copyright] == "Prokudin-Gorski"
    assert back.icc == srgb_profile()
    if format not in ("WEBP", "AVIF", "HEIF"):  # they have no field for it
        assert back.dpi == pytest.approx((300, 300), abs=0.1)


def test_rotated_photo_is_upright_after_each_round(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    path = tmp_path / "photo.png"
    Image.fromarray(RGB).save(path, exif=exif.tobytes())
    for _ in range(2):
        photo = read_photo(path)
        path.write_bytes(write.encode_photo(photo, "PNG"))
    np.testing.assert_array_equal(read_photo(path).rgb, np.rot90(RGB, -1))


def test_exif_of_a_tiff_does_not_spoil_a_jpeg(tmp_path):
    path = tmp_path / "scan.tiff"
    Image.fromarray(RGB).save(path, compression="tiff_lzw")
    back = read_photo(write.encode_photo(read_photo(path), "JPEG"))
    assert back.rgb.shape == RGB.shape and back.notes == ()


@pytest.mark.parametrize("format", ALL_FORMATS)
def test_same_photo_gives_the_same_bytes(format):
    photo = Photo(RGB, icc=srgb_profile())
    first, second = (write.encode_photo(photo, format) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("format", ALL_FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (1, 60), (60, 1)])
def test_thin_photos_are_written(format, size):
    rgb = np.full((*size, 3), 128, np.uint8)
    back = read_photo(write.encode_photo(Photo(rgb), format))
    assert back.rgb.shape == (*size, 3)


def test_unknown_format_is_refused():
    with pytest.raises(ValueError, match="Received: format='PSD'"):
        write.encode_photo(Photo(RGB), "PSD")


def test_photo_too_long_for_the_format_is_refused():
    photo = Photo(np.zeros((1, 16384, 3), np.uint8))
    with pytest.raises(PhotoError, match=r"WEBP holds at most 16383.*PNG"):
        write.encode_photo(photo, "WEBP")
