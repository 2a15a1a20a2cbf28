import io

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image
from PIL import ImageOps

from keras_colorize.serving.images import exif as metadata
from keras_colorize.serving.images import read as images
from keras_colorize.serving.images.read import read_photo
from tests.helpers import textured_photo
from tests.serving.photo_bytes import encode
from tests.serving.photo_bytes import exif_bytes

RGB = textured_photo(20, 30)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once_and_reset(orientation, format):
    alpha = RGB[..., 0].copy()
    stored = np.dstack([RGB, alpha])
    exif = exif_bytes(Orientation=orientation, Make="Zenit")
    data = encode(stored, format, exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    photo = read_photo(data)
    np.testing.assert_array_equal(photo.rgb, np.asarray(expected)[..., :3])
    np.testing.assert_array_equal(photo.alpha, np.asarray(expected)[..., 3])
    kept = Image.Exif()
    kept.load(photo.exif)
    assert kept.get(ExifTags.Base.Orientation, 1) == 1
    assert kept[ExifTags.Base.Make] == "Zenit"


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once_in_lossy_files(orientation, format):
    stored = np.zeros((48, 80, 3), np.uint8)
    stored[:24, :40] = 255  # one white corner
    exif = exif_bytes(Orientation=orientation, Make="Zenit")
    photo = read_photo(encode(stored, format, exif=exif, quality=95))
    upright = Image.fromarray(stored)
    upright.getexif()[ExifTags.Base.Orientation] = orientation
    expected = np.asarray(ImageOps.exif_transpose(upright)).astype(int)
    assert photo.rgb.shape == expected.shape
    assert np.abs(photo.rgb - expected).mean() < 8
    kept = Image.Exif()
    kept.load(photo.exif)
    assert kept.get(ExifTags.Base.Orientation, 1) == 1
    assert kept[ExifTags.Base.Make] == "Zenit"


def test_stamp_keeps_other_software_and_replaces_its_own():
    block = metadata.stamp_exif(exif_bytes(Software="Scanner 9"), "us 1, lite")
    assert metadata.software_of(block) == "Scanner 9; us 1, lite"
    block = metadata.stamp_exif(block, "us 2, large")
    assert metadata.software_of(block) == "Scanner 9; us 2, large"
    assert metadata.software_of(None) == ""
    assert metadata.software_of(metadata.stamp_exif(None, "us")) == "us"


def test_exif_of_tiff_names_no_strips_of_the_old_file():
    exif = exif_bytes(Make="Zenit", DateTime="1968:08:21 04:00:00")
    photo = read_photo(encode(RGB, "TIFF", exif=exif))
    kept = Image.Exif()
    kept.load(photo.exif)
    assert {kept[ExifTags.Base.Make], kept[ExifTags.Base.DateTime]} == {
        "Zenit",
        "1968:08:21 04:00:00",
    }
    assert not metadata.STORAGE_TAGS.intersection(kept)


def test_nested_exif_is_kept_from_an_open_tiff(tmp_path):
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 400
    path = tmp_path / "photo.tiff"
    Image.fromarray(RGB).save(path, exif=exif.tobytes())
    with Image.open(path) as image:
        photos = [read_photo(path), images.photo_from_image(image)]
    for photo in photos:
        kept = Image.Exif()
        kept.load(photo.exif)
        nested = kept.get_ifd(ExifTags.IFD.Exif)
        assert nested[ExifTags.Base.ISOSpeedRatings] == 400


def test_damaged_exif_is_left_out_and_said():
    data = encode(RGB, "JPEG", exif=b"Exif\0\0no TIFF header")
    photo = read_photo(data)
    assert photo.exif is None
    assert "EXIF" in photo.notes[0]


def test_senseless_orientation_is_none():
    data = encode(RGB, "PNG", exif=exif_bytes(Orientation=77), dpi=(300, 150))
    photo = read_photo(data)
    np.testing.assert_array_equal(photo.rgb, RGB)
    assert photo.dpi == pytest.approx((300, 150), abs=0.1)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "BMP"])
def test_resolution_turns_with_the_photo(format):
    exif = {} if format == "BMP" else {"exif": exif_bytes(Orientation=6)}
    photo = read_photo(encode(RGB, format, dpi=(300, 150), **exif))
    expected = (300, 150) if format == "BMP" else (150, 300)
    assert photo.dpi == pytest.approx(expected, abs=0.1)


def test_unknown_resolution_is_none():
    assert read_photo(encode(RGB, "PNG")).dpi is None
