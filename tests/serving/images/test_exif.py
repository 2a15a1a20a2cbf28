import dataclasses
import io
import struct

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image
from PIL import ImageOps

from keras_colorize.serving.images import exif as metadata
from keras_colorize.serving.images import read as images
from keras_colorize.serving.images import tiff_structure as structure
from keras_colorize.serving.images.pixels import srgb_profile
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.write import encode_photo
from tests.helpers import textured_photo
from tests.serving.photo_bytes import encode
from tests.serving.photo_bytes import exif_bytes
from tests.serving.photo_bytes import with_png_chunk

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


ASCII, SHORT, RATIONAL, UNDEFINED, UTF_8 = 2, 3, 5, 7, 129
# Entries as cameras and people write them; sizes are those of RGB.
ENTRIES = {
    270: (ASCII, "Z\u00fcrich \u2013 1955".encode() + b"\0"),
    315: (ASCII, b"G\xfcnther\0"),  # Latin-1
    33432: (UTF_8, "\u00a9 M\u00fcller".encode() + b"\0"),  # of EXIF 3.0
}
NESTED_ENTRIES = {
    33434: (RATIONAL, struct.pack(">II", 10, 300)),
    33437: (RATIONAL, struct.pack(">II", 28, 10)),  # not 14 / 5
    37500: (UNDEFINED, b"maker\0\1"),
    37510: (UNDEFINED, b"UNICODE\0\0G\0\xfc"),
    40962: (SHORT, struct.pack(">H", 30)),
}


def directory_of(entries):
    tags = {n: structure.Tag(kind, data) for n, (kind, data) in entries.items()}
    return structure.Directory(tags, ">")


def block_of(entries, nested=(), more=()):
    linked = {
        structure.EXIF_DIRECTORY: directory_of(dict(nested)),
        structure.INTEROPERABILITY: directory_of(dict(more)),
    }
    file = structure.directory_file(directory_of(entries), linked)
    return b"Exif\0\0" + file


def entries_of(directory):
    return {n: (tag.kind, tag.data) for n, tag in directory.tags.items()}


@pytest.mark.parametrize("written", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("read", ["JPEG", "PNG", "WEBP"])
def test_entries_keep_their_types_and_bytes(read, written):
    interoperability = {1: (ASCII, b"R98\0")}
    exif = block_of(ENTRIES, NESTED_ENTRIES, interoperability)
    photo = read_photo(encode(RGB, read, exif=exif))
    photo = dataclasses.replace(
        photo, exif=metadata.stamp_exif(photo.exif, "us 1")
    )
    again = read_photo(encode_photo(photo, written))
    directory, linked = metadata.exif_directories(again.exif)
    kept = entries_of(directory)
    assert kept.pop(305) == (ASCII, b"us 1\0")
    assert {n: kept[n] for n in ENTRIES} == ENTRIES
    nested = entries_of(linked[structure.EXIF_DIRECTORY])
    assert nested.pop(40962) == (4, struct.pack(directory.order + "I", 30))
    del nested[structure.INTEROPERABILITY]
    expected = {
        n: (kind, reordered(kind, data, directory.order))
        for n, (kind, data) in NESTED_ENTRIES.items()
    }
    del expected[40962]
    assert nested == expected
    inner = entries_of(linked[structure.INTEROPERABILITY])
    assert inner == interoperability


def reordered(kind, data, order):
    if kind != RATIONAL:
        return data
    return struct.pack(order + "II", *struct.unpack(">II", data))


def test_text_that_is_more_than_ascii_is_read():
    exif = block_of(ENTRIES)
    assert metadata.text_of(exif, 270) == "Z\u00fcrich \u2013 1955"
    assert metadata.text_of(exif, 315) == "G\u00fcnther"
    assert metadata.text_of(exif, 33432) == "\u00a9 M\u00fcller"
    assert metadata.text_of(exif, 271) == metadata.text_of(None, 271) == ""


def test_entries_that_were_changed_in_an_open_image_are_taken(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(RGB, "JPEG", exif=block_of(ENTRIES)))
    with Image.open(path) as image:
        image.getexif()[ExifTags.Base.Make] = "Zenit"
        photo = images.photo_from_image(image)
        assert image.getexif()[315] == "G\u00fcnther"
    assert metadata.text_of(photo.exif, ExifTags.Base.Make) == "Zenit"
    assert metadata.text_of(photo.exif, 270) == "Z\u00fcrich \u2013 1955"
    assert metadata.text_of(photo.exif, 315) == "G\u00fcnther"


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_both_resolutions_of_exif_turn_with_the_photo(format):
    resolution = {
        282: (RATIONAL, struct.pack(">II", 200, 1)),
        283: (RATIONAL, struct.pack(">II", 100, 1)),
        274: (SHORT, struct.pack(">H", 6)),
        271: (ASCII, b"Zenit\0"),
    }
    if format == "TIFF":
        data = structure.with_tags(
            encode(RGB, "TIFF"), directory_of(resolution), {}
        )
    else:
        data = encode(RGB, "JPEG", exif=block_of(resolution))
    photo = read_photo(data)
    assert photo.dpi == (100, 200)
    directory, _ = metadata.exif_directories(photo.exif)
    assert directory.values(282) == (100, 1)
    assert directory.values(283) == (200, 1)


def test_exif_with_a_damaged_part_keeps_the_rest():
    exif = bytearray(block_of({271: (ASCII, b"Zenit\0")}, NESTED_ENTRIES))
    entry = exif.index(struct.pack(">HHI", structure.EXIF_DIRECTORY, 4, 1))
    struct.pack_into(">I", exif, entry + 8, 9_999)  # outside the block
    photo = read_photo(encode(RGB, "JPEG", exif=bytes(exif)))
    assert metadata.text_of(photo.exif, 271) == "Zenit"
    assert "A part of the EXIF left out: it is damaged." in photo.notes


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF"])
def test_credentials_of_the_photo_as_it_was_are_left_out_and_said(format):
    data = encode(RGB, format)
    if format == "JPEG":
        segment = b"JP\0\1" + struct.pack(">I", 1) + b"jumb"
        data = data[:2] + jpeg_segment(0xEB, segment) + data[2:]
    elif format == "PNG":
        data = with_png_chunk(data, b"caBX", b"jumb")
    else:
        entries = directory_of({52545: (UNDEFINED, b"jumb")})
        data = structure.with_tags(data, entries, {})
    photo = read_photo(data)
    assert photo.notes == (metadata.CREDENTIALS_LEFT_OUT,)
    assert b"jumb" not in encode_photo(photo, format)
    assert read_photo(encode(RGB, format)).notes == ()


def jpeg_segment(marker, content):
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


@pytest.mark.parametrize("has_profile", [False, True])
def test_exif_of_a_result_says_srgb(has_profile):
    adobe_rgb = {40961: (SHORT, struct.pack(">H", 65535))}
    exif = block_of(
        {271: (ASCII, b"Zenit\0")}, adobe_rgb, {1: (ASCII, b"R03\0")}
    )
    profile = {"icc_profile": srgb_profile()} if has_profile else {}
    photo = read_photo(encode(RGB, "PNG", exif=exif, **profile))
    said = any("Adobe RGB" in note for note in photo.notes)
    assert said is not has_profile
    _, linked = metadata.exif_directories(photo.exif)
    assert linked[structure.EXIF_DIRECTORY].value(40961) == 1
    inner = entries_of(linked[structure.INTEROPERABILITY])
    assert inner == {1: (ASCII, b"R98\0")}
