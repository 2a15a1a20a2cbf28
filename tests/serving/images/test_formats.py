"""What each format keeps: the table of docs/formats.md, cell by cell."""

import base64
import io
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import ExifTags
from PIL import Image
from PIL import PngImagePlugin

from keras_colorize.errors import PhotoError
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.images import captions
from keras_colorize.serving.images.captions import Captions
from keras_colorize.serving.images.png import with_chunks
from keras_colorize.serving.images.read import Photo
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.write import dropped_features
from keras_colorize.serving.images.write import encode_photo
from keras_colorize.serving.images.write import join_tiffs
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.options import PhotoOptions
from tests.helpers import mid_tone_photo
from tests.serving.photo_bytes import encode
from tests.serving.photo_bytes import exif_bytes

RGB = mid_tone_photo(48, 64)
XMP = (
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
    b"xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    b"<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' "
    b"dc:title='K\xc3\xb6ln 1912'/></rdf:RDF></x:xmpmeta>"
)
IPTC = b"\x1c\x02x\0\x0dWedding, 1912\x1c\x02\x19\0\x06family"
TEXT = b"tEXtAuthor\0A. Photographer"
EVERYTHING = Photo(
    rgb=RGB,
    alpha=RGB[..., 0],
    exif=exif_bytes(Artist="Maier", ImageDescription="Wedding"),
    dpi=(300.0, 300.0),
    captions=Captions(XMP, IPTC, b"Wedding, 1912", (TEXT,)),
)
GUIDE = Path(__file__).parents[3] / "docs" / "formats.md"


def table_of_results():
    """Rows of the table of what results keep: {format: {column: cell}}."""
    text = GUIDE.read_text(encoding="utf-8").partition("## What results keep")
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text[2].splitlines()
        if line.startswith("|")
    ][: 2 + len(PHOTO_FORMATS)]
    header = lines[0]
    return {row[0]: dict(zip(header, row, strict=True)) for row in lines[2:]}


TABLE = table_of_results()
# Eight columns of 0, eight of 1023, as imagecodecs 2026.3.6 writes them.
AVIF_10 = (
    "AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOltZXRhAAAAAAAAACFoZGxyAAAAAAAA"
    "AABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAABAAAAHmlsb2MAAAAARAAAAQABAAAA"
    "AQAAAQ0AAAAZAAAAKGlpbmYAAAAAAAEAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGhp"
    "cHJwAAAASWlwY28AAAAUaXNwZQAAAAAAAAAQAAAACAAAAA5waXhpAAAAAAEKAAAADGF2MUOB"
    "AFwAAAAAE2NvbHJuY2x4AAIAAgACgAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAAAIW1kYXQS"
    "AAoFGAy/86gyDhAApO4GH2Q6bdXGMQbA"
)
LOSSLESS = ("PNG", "TIFF", "BMP", "JPEG2000", "PPM")


def features_of(photo):
    """Which columns of the table a photo has something for."""
    exif, texts = Image.Exif(), b"".join(photo.captions.texts)
    if photo.exif:
        exif.load(photo.exif)
    alpha = photo.alpha
    return {
        "alpha": alpha is not None and len(np.unique(alpha)) > 2,
        "EXIF": exif.get(ExifTags.Base.Artist) == "Maier",
        "resolution": photo.dpi == pytest.approx((300, 300), abs=0.1),
        "XMP": photo.captions.xmp == XMP,
        "IPTC": photo.captions.iptc == IPTC,
        "comment": photo.captions.comment == b"Wedding, 1912",
        "PNG texts": TEXT in photo.captions.texts,
        "as text": b"Wedding, 1912" in texts,
    }


WORDS = {
    "alpha": ("Transparency", "shine through"),
    "EXIF": ("EXIF",),
    "resolution": ("Resolution",),
    "XMP": ("XMP",),
    "IPTC": ("IPTC",),
    "comment": ("comment",),
    "PNG texts": ("PNG texts",),
}


def test_the_guide_has_a_row_for_each_format():
    assert list(TABLE) == list(PHOTO_FORMATS)


@pytest.mark.parametrize("format", PHOTO_FORMATS)
@pytest.mark.parametrize("column", WORDS)
def test_what_a_format_holds_is_kept_and_the_rest_is_said(format, column):
    features = features_of(read_photo(encode_photo(EVERYTHING, format)))
    said = " ".join(dropped_features(EVERYTHING, format))
    is_said = any(word in said for word in WORDS[column])
    kept = features["as text" if TABLE[format][column] == "as text" else column]
    assert {"kept": (True, False), "as text": (True, False)}.get(
        TABLE[format][column], (False, True)
    ) == (kept, is_said)


@pytest.mark.parametrize("format", PHOTO_FORMATS)
def test_what_a_format_holds_of_16_bits_is_in_the_guide(format):
    rgb16 = np.repeat(RGB[..., :1], 3, 2).astype(np.uint16) * 257 + 1
    photo = Photo(rgb=RGB, rgb16=rgb16, bits=16)
    has_all = read_photo(encode_photo(photo, format)).rgb16 is not None
    said = "16 bits became 8" in " ".join(dropped_features(photo, format))
    assert TABLE[format]["bits"] == ("16" if has_all else "8, noted")
    assert said != has_all


@pytest.mark.parametrize("format", PHOTO_FORMATS)
def test_a_format_of_few_colors_is_said_to_be_one(format):
    many = np.zeros((2, 257, 3), np.uint8)
    many[0, :256, 0] = np.arange(256)
    many[1, 0] = 9  # the 257th color
    notes = dropped_features(Photo(rgb=many), format)
    assert any("colors became 256" in note for note in notes) == (
        format == "GIF"
    )
    many[1, 0] = 0
    assert dropped_features(Photo(rgb=many), format) == ()


@pytest.mark.parametrize("format", PHOTO_FORMATS)
def test_where_pages_go_is_in_the_guide(format, session):
    page = encode_photo(Photo(rgb=RGB), "TIFF")
    two = join_tiffs([page, page])
    written = colorize_bytes(two, session, PhotoOptions(), format)
    count = read_photo(written.data).num_pages
    assert TABLE[format]["pages"] == (
        "one file" if count == 2 else "a file each"
    )
    said = "has 2 pages; only the first" in " ".join(written.notes)
    assert said == (count == 1)


@pytest.mark.parametrize("format", PHOTO_FORMATS)
def test_black_is_0_and_white_255_in_every_format(format):
    ramp = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
    photo = Photo(rgb=np.repeat(ramp[..., None], 3, axis=2))
    levels = read_photo(encode_photo(photo, format)).rgb[32, :, 1]
    assert (levels[0], levels[-1]) == (0, 255)
    most = 0 if format in LOSSLESS else 3
    assert np.abs(levels.astype(int) - ramp[0]).max() <= most


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_are_kept_with_captions(format):
    rgb16 = np.random.default_rng(0).integers(0, 65536, RGB.shape, np.uint16)
    photo = Photo(rgb=RGB, rgb16=rgb16, captions=Captions(XMP, IPTC))
    read = read_photo(encode_photo(photo, format))
    np.testing.assert_array_equal(read.rgb16, rgb16)
    assert (read.captions.xmp, read.captions.iptc) == (XMP, IPTC)
    assert read.bits == 16


def test_other_programs_find_the_captions_of_a_tiff():
    with tifffile.TiffFile(
        io.BytesIO(encode_photo(EVERYTHING, "TIFF"))
    ) as file:
        tags = file.pages[0].tags
        assert tags["XMP"].value == XMP
        assert tags["IPTCNAA"].value == IPTC
        assert tags["Artist"].value == "Maier"
        assert file.pages[0].shape == (*RGB.shape[:2], 4)


def test_nested_exif_survives_a_tiff():
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Zenit"
    exif[0x8769] = {0x9003: "1912:05:01 00:00:00", 0x9286: b"ASCII\0\0\0hi"}
    exif[0x8825] = {1: "N", 2: (59.0, 56.0, 2.0)}
    photo = Photo(rgb=RGB, exif=exif.tobytes())
    for _ in range(2):  # there and back again
        photo = read_photo(encode_photo(photo, "TIFF"))
    kept = Image.Exif()
    kept.load(photo.exif)
    assert kept[ExifTags.Base.Make] == "Zenit"
    assert kept.get_ifd(0x8769)[0x9003] == "1912:05:01 00:00:00"
    assert kept.get_ifd(0x8769)[0x9286] == b"ASCII\0\0\0hi"
    assert kept.get_ifd(0x8825)[2] == (59.0, 56.0, 2.0)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_captions_of_bigtiff_come_along_and_nothing_is_called_damaged(
    big, order
):
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        RGB[..., 0],
        photometric="minisblack",
        bigtiff=big,
        byteorder=order,
        metadata=None,
        description="Wedding, 1912",
        resolution=(300, 150),
        resolutionunit=2,
        extratags=[(274, "H", 1, 6, True), (315, "s", 0, "Maier", True)],
    )
    photo = read_photo(file.getvalue())
    assert photo.notes == ()
    assert photo.dpi == pytest.approx((150, 300))
    np.testing.assert_array_equal(photo.rgb[..., 0], np.rot90(RGB[..., 0], -1))
    exif = Image.Exif()
    exif.load(photo.exif)
    assert exif[ExifTags.Base.ImageDescription] == "Wedding, 1912"
    assert exif[ExifTags.Base.Artist] == "Maier"
    for format in ("JPEG", "TIFF"):
        again = read_photo(encode_photo(photo, format))
        exif.load(again.exif)
        assert exif[ExifTags.Base.ImageDescription] == "Wedding, 1912"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_sizes_in_exif_are_those_of_a_turned_photo(format):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[0x8769] = {0xA002: 64, 0xA003: 48}
    xmp = XMP.replace(b"dc:title", b"tiff:Orientation='6' dc:title")
    options = {} if format == "TIFF" else {"xmp": xmp}
    if format == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        options = {"pnginfo": info}
    photo = read_photo(encode(RGB, format, exif=exif.tobytes(), **options))
    assert photo.rgb.shape == (64, 48, 3)
    kept = Image.Exif()
    kept.load(photo.exif)
    nested = kept.get_ifd(0x8769)
    assert (nested[0xA002], nested[0xA003]) == (48, 64)
    if format != "TIFF":
        assert b"tiff:Orientation='1'" in photo.captions.xmp


def test_exif_above_64_kb_loses_its_longest_entry_in_a_jpeg_and_says_so():
    long = exif_bytes(ImageDescription="x" * 70_000, Artist="Maier")
    photo = Photo(rgb=RGB, exif=long)
    (note,) = dropped_features(photo, "JPEG")
    assert "ImageDescription" in note and "64 KB" in note
    kept = Image.Exif()
    kept.load(read_photo(encode_photo(photo, "JPEG")).exif)
    assert dict(kept) == {ExifTags.Base.Artist: "Maier"}
    assert dropped_features(photo, "PNG") == ()


@pytest.mark.parametrize("format", PHOTO_FORMATS)
@pytest.mark.parametrize("mark", [True, False])
def test_results_are_marked_where_xmp_is_held_unless_switched_off(
    format, mark, session
):
    data = encode_photo(Photo(rgb=RGB), format)
    written = colorize_bytes(data, session, PhotoOptions(mark=mark))
    xmp = read_photo(written.data).captions.xmp or b""
    is_marked = captions.DIGITAL_SOURCE_TYPE.encode() in xmp
    assert is_marked == (mark and TABLE[format]["XMP"] == "kept")


def test_a_photo_that_stays_gray_is_not_marked(session):
    options = PhotoOptions(ColorizeOptions(strength=0.0))
    written = colorize_bytes(encode(RGB, "PNG"), session, options)
    assert read_photo(written.data).captions.xmp is None


def transfer_png(kind, data):
    return with_chunks(encode(RGB[..., 0], "PNG"), [kind + data])


def test_a_png_of_linear_light_is_encoded_as_srgb():
    srgb = np.arange(256) / 255.0
    linear = np.where(
        srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4
    )
    values = np.rint(linear * 65535).astype(np.uint16)[None].repeat(8, 0)
    gamma = b"gAMA" + struct.pack(">I", 100_000)
    photo = read_photo(with_chunks(encode(values, "PNG"), [gamma]))
    assert np.abs(photo.rgb16[0, :, 0] / 257 - np.arange(256)).max() <= 0.1
    np.testing.assert_array_equal(photo.rgb[0, :, 0], np.arange(256))


@pytest.mark.parametrize(("code", "name"), [(16, "PQ"), (18, "HLG")])
def test_brightness_for_hdr_screens_is_said(code, name):
    photo = read_photo(transfer_png(b"cICP", bytes([9, code, 0, 1])))
    assert name in photo.notes[0]


@pytest.mark.parametrize("format", ["PNG", "WEBP", "GIF", "AVIF", "MPO"])
def test_pictures_that_are_left_out_are_counted(format):
    frames = [Image.fromarray(np.roll(RGB, 7 * k, 1)) for k in range(3)]
    data = encode(frames[0], format, save_all=True, append_images=frames[1:])
    photo = read_photo(data)
    assert "3 pictures, of which the first" in photo.notes[0]


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"II*\0\x10\0\0\0CR\2\0", "raw file .CR2 of Canon"),
        (b"\0\0\0\x18ftypcrx ", "raw file .CR3 of Canon"),
        (b"FUJIFILMCCD-RAW 0", "raw file .RAF"),
        (b"IIU\0\x18\0\0\0", "raw file .RW2"),
        (b"\xff\x0a\xdd", "is a JPEG XL"),
        (b"8BPS\0\1", "is a Photoshop document"),
        (b"%PDF-1.7", "is a PDF"),
    ],
)
def test_known_kinds_are_refused_by_name(start, words):
    with pytest.raises(PhotoError, match=words):
        read_photo(start + b"\0" * 99)


def test_camera_raw_says_what_to_do():
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        RGB,
        photometric="rgb",
        extratags=[(50706, "B", 4, bytes([1, 4, 0, 0]), True)],
    )
    with pytest.raises(PhotoError, match="Develop it .* save it as TIFF"):
        read_photo(file.getvalue())


def test_what_is_not_read_is_named():
    from keras_colorize.errors import PhotoError
    from keras_colorize.serving.images import tiff_structure as structure

    facts = {256: 4, 257: 4, 258: 12, 259: 34712, 262: 1, 277: 1, 278: 4}
    facts = {number: (value,) for number, value in facts.items()}
    plain = structure.Directory({}, "<")
    file = structure.page_file(plain, [b"abc"], facts)
    words = "a TIFF of 12-bit gray in JPEG 2000 compression, which cannot"
    with pytest.raises(PhotoError, match=words):
        read_photo(file.getvalue())


def test_a_jpeg_that_lacks_only_its_end_is_read_with_a_note():
    data = encode(RGB, "JPEG", quality=95)
    photo = read_photo(data[:-2])
    np.testing.assert_array_equal(photo.rgb, read_photo(data).rgb)
    assert "end was missing" in photo.notes[0]
    with pytest.raises(Exception, match="damaged or cut short"):
        read_photo(data[:-60])


def test_a_scan_of_few_bits_in_words_of_16_is_said_to_be_dark():
    file = io.BytesIO()
    values = RGB[..., 0].astype(np.uint16) * 16
    tifffile.imwrite(file, values, photometric="minisblack")
    photo = read_photo(file.getvalue())
    np.testing.assert_array_equal(photo.rgb16[..., 0], values)
    assert "the photo is dark" in photo.notes[0]


@pytest.mark.parametrize("white", [1023, 65535])
def test_pgm_of_more_than_8_bits_keeps_them(white):
    values = np.linspace(0, white, 64).astype(">u2")[None].repeat(9, 0)
    data = f"P5 64 9 {white} ".encode() + values.tobytes()
    photo = read_photo(data)
    assert (photo.format, photo.bits) == ("PPM", white.bit_length())
    assert photo.rgb16[0, [0, -1], 0].tolist() == [0, 65535]
    bits = white.bit_length()
    assert f"{bits} bits became 8" in dropped_features(photo, "PPM")[0]


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("mode", ["L;16", "RGB;16"])
def test_heic_of_more_than_8_bits_keeps_them(bits, mode, monkeypatch):
    heif = pytest.importorskip("pillow_heif", reason="needs the extra heic")
    monkeypatch.setattr(heif.options, "SAVE_HDR_TO_12_BIT", bits == 12)
    channels = 1 if mode == "L;16" else 3
    ramp = np.linspace(0, 2**bits - 1, 64).round().astype(np.uint16)
    stored = np.tile(ramp << (16 - bits), (64, 1))
    stored = np.repeat(stored[..., None], channels, axis=2)
    file = io.BytesIO()
    image = heif.from_bytes(mode, (64, 64), stored.tobytes())
    image.save(file, quality=-1, matrix_coefficients=0, chroma=444)
    photo = read_photo(file.getvalue())
    assert photo.bits == bits
    expected = ramp / (2**bits - 1) * 65535
    assert np.abs(photo.rgb16[30, :, 0] - expected).max() <= 2 * 2 ** (
        16 - bits
    )
    assert photo.rgb16[30, -1, 0] == 65535


def test_avif_of_10_bits_keeps_8_and_it_is_said():
    photo = read_photo(base64.b64decode(AVIF_10))
    assert (photo.bits, photo.rgb16) == (10, None)
    assert photo.rgb[3, [0, -1], 1].tolist() == [0, 255]
    assert "10 bits became 8" in photo.notes[0]
