import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image
from PIL import ImageOps

from keras_colorize.serving import images
from keras_colorize.serving import metadata
from keras_colorize.serving import pixels
from keras_colorize.serving.errors import PhotoError
from keras_colorize.serving.images import read_photo
from tests.helpers import textured_photo

RGB = textured_photo(20, 30)


def encode(image, format, **options):
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def png_chunk(kind, data):
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def with_png_chunk(png, kind, data):
    """Inserts a chunk after the header, which takes 33 bytes."""
    return png[:33] + png_chunk(kind, data) + png[33:]


def exif_bytes(**tags):
    exif = Image.Exif()
    for name, value in tags.items():
        exif[ExifTags.Base[name]] = value
    return exif.tobytes()


# === What files hold ===


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF"])
def test_lossless_files_give_their_pixels(format):
    photo = read_photo(encode(RGB, format))
    np.testing.assert_array_equal(photo.rgb, RGB)
    assert photo.rgb.dtype == np.uint8
    assert (photo.alpha, photo.format, photo.notes) == (None, format, ())


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "AVIF"])
def test_lossy_files_give_nearly_their_pixels(format):
    smooth = np.asarray(Image.fromarray(RGB[::10, ::10]).resize((30, 20), 3))
    photo = read_photo(encode(smooth, format, quality=95))
    assert np.abs(photo.rgb.astype(int) - smooth).mean() < 4
    assert photo.format == format


def test_path_bytes_and_open_file_read_the_same(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(encode(RGB, "PNG"))
    with path.open("rb") as file:
        photos = [read_photo(x) for x in (path, str(path), file)]
    for photo in photos:
        np.testing.assert_array_equal(photo.rgb, RGB)


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


# 16 bits: 257 steps make one of 8 bits. 128 / 257 = 0.498 rounds down.
DEEP = np.array([[0, 128, 129, 257], [25700, 32768, 65535, 300]], np.uint16)
SHALLOW = [[0, 0, 1, 1], [100, 128, 255, 1]]


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_16_bit_gray_is_scaled_not_clipped(format):
    photo = read_photo(encode(DEEP, format))
    np.testing.assert_array_equal(photo.rgb[..., 0], SHALLOW)


def test_16_bit_gray_of_the_other_byte_order():
    little = encode(DEEP, "TIFF")
    image = Image.open(io.BytesIO(little))
    assert image.mode == "I;16"
    swapped = Image.frombytes("I;16B", (4, 2), DEEP.astype(">u2").tobytes())
    photo = images.photo_from_image(swapped)
    np.testing.assert_array_equal(photo.rgb[..., 0], SHALLOW)


def test_16_bit_gray_with_a_transparent_value():
    png = with_png_chunk(encode(DEEP, "PNG"), b"tRNS", struct.pack(">H", 300))
    photo = read_photo(png)
    np.testing.assert_array_equal(photo.alpha, 255 * (DEEP != 300))


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [3, 4])
def test_16_bit_color_keeps_its_range(suffix, channels):
    deep = np.linspace(0, 65535, 7 * 9 * channels).astype(np.uint16)
    deep = deep.reshape(7, 9, channels)
    _, data = cv2.imencode(suffix, deep)
    photo = read_photo(data.tobytes())
    expected = deep[..., 2::-1] / 257  # OpenCV writes BGR
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


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_first_frame_of_an_animation_is_taken(format):
    frames = [Image.new("RGB", (30, 20), c) for c in ("red", "blue")]
    data = encode(
        frames[0], format, save_all=True, append_images=frames[1:], duration=50
    )
    red, _, blue = read_photo(data).rgb[0, 0]
    assert red > 240 and blue < 15


def test_telephone_jpeg_of_several_frames_is_a_jpeg():
    frames = [Image.fromarray(RGB)] * 2
    data = encode(frames[0], "MPO", save_all=True, append_images=frames[1:])
    assert Image.open(io.BytesIO(data)).format == "MPO"
    assert read_photo(data).format == "JPEG"


@pytest.mark.parametrize("size", [(1, 1), (1, 77), (77, 1)])
def test_thin_photos_are_photos(size):
    assert read_photo(
        encode(RGB[:1, :1].repeat(size[0], 0).repeat(size[1], 1), "PNG")
    ).rgb.shape == (*size, 3)


# === Orientation, EXIF, resolution ===


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
    for photo in (read_photo(path), images.photo_from_image(Image.open(path))):
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


@pytest.mark.parametrize("profile", [b"no profile", pixels.srgb_profile()])
def test_profile_that_does_not_fit_is_left_out_and_said(profile):
    gray = RGB[..., 0]
    photo = read_photo(encode(gray, "PNG", icc_profile=profile))
    np.testing.assert_array_equal(photo.rgb[..., 0], gray)
    assert photo.icc is None
    assert "ICC profile left out" in photo.notes[0]


def test_lab_photo_is_converted():
    lab = Image.merge(
        "LAB", [Image.new("L", (4, 3), v) for v in (128, 128, 128)]
    )
    photo = images.photo_from_image(lab)
    # L = 128 / 255 * 100 = 50.2, neutral: gray 119.
    assert np.abs(photo.rgb.astype(int) - 119).max() <= 2


# === Bad input ===


def test_empty_file_says_so(tmp_path):
    path = tmp_path / "empty.jpg"
    path.touch()
    with pytest.raises(PhotoError, match=r"empty\.jpg is empty .*copy it"):
        read_photo(path)


def test_text_named_jpg_says_what_it_starts_with(tmp_path):
    path = tmp_path / "notes.jpg"
    path.write_text("Dear grandmother,\n")
    with pytest.raises(PhotoError, match=r"not a photo .*JPEG.*Dear grand"):
        read_photo(path)


@pytest.mark.parametrize(
    "format", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "AVIF"]
)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_file_is_refused(format, share):
    data = encode(RGB, format)
    with pytest.raises(PhotoError, match="damaged or cut short|complete"):
        read_photo(data[: int(len(data) * share)])


def test_format_outside_the_list_is_refused():
    with pytest.raises(PhotoError, match="not a photo"):
        read_photo(encode(RGB, "PPM"))


def test_missing_file_and_folder_are_refused(tmp_path):
    with pytest.raises(PhotoError, match="There is no file"):
        read_photo(tmp_path / "none.jpg")
    with pytest.raises(PhotoError, match="is a folder"):
        read_photo(tmp_path)


def test_pixel_limit_is_checked_before_decoding():
    data = encode(RGB, "PNG")
    with pytest.raises(PhotoError, match=r"at most 599 pixels.*30x20"):
        read_photo(data, max_pixels=599)
    assert read_photo(data, max_pixels=600).rgb.shape == (20, 30, 3)


def test_decompression_bomb_is_refused_without_a_warning():
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
    png += png_chunk(b"IDAT", zlib.compress(b"\0" * 100))
    png += png_chunk(b"IEND", b"")
    limit = Image.MAX_IMAGE_PIXELS
    with pytest.raises(PhotoError, match="decompression bombs.*max_pixels"):
        read_photo(png)
    assert Image.MAX_IMAGE_PIXELS == limit


def test_random_damage_never_raises_anything_else():
    rng = np.random.default_rng(0)
    for format in ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF"):
        whole = encode(
            RGB,
            format,
            **(
                {}
                if format in ("BMP", "GIF")
                else {"exif": exif_bytes(Orientation=6, Make="Zenit")}
            ),
        )
        for _ in range(40):
            data = bytearray(whole)
            for _ in range(4):
                data[rng.integers(len(data))] = rng.integers(256)
            try:
                photo = read_photo(bytes(data), max_pixels=10**6)
            except PhotoError:
                continue
            assert photo.rgb.dtype == np.uint8


# === Pillow images ===


def test_pillow_image_takes_the_same_way():
    data = encode(RGB, "PNG", exif=exif_bytes(Orientation=6), dpi=(72, 72))
    photo = images.photo_from_image(Image.open(io.BytesIO(data)))
    np.testing.assert_array_equal(photo.rgb, read_photo(data).rgb)
    image = images.image_from_photo(photo)
    assert (image.mode, image.size) == ("RGB", (20, 30))
    assert image.info["dpi"] == pytest.approx((72, 72), abs=0.1)


def test_pillow_image_of_the_caller_stays_as_it_is():
    data = encode(RGB, "PNG", exif=exif_bytes(Orientation=6))
    image = Image.open(io.BytesIO(data))
    once, again = images.photo_from_image(image), images.photo_from_image(image)
    assert image.getexif()[ExifTags.Base.Orientation] == 6
    np.testing.assert_array_equal(once.rgb, again.rgb)


def test_new_pixels_must_fit_the_photo():
    photo = images.Photo(rgb=RGB)
    assert photo.with_rgb(255 - RGB).rgb[0, 0, 0] == 255 - RGB[0, 0, 0]
    with pytest.raises(ValueError, match=r"Received: uint8 \(30, 20, 3\)"):
        photo.with_rgb(RGB.swapaxes(0, 1))
