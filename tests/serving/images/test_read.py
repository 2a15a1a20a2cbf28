import io
import struct
import zlib

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image

from keras_colorize.errors import PhotoError
from keras_colorize.serving.images import read as images
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.write import image_from_photo
from tests.helpers import textured_photo
from tests.serving.photo_bytes import encode
from tests.serving.photo_bytes import exif_bytes
from tests.serving.photo_bytes import png_chunk

RGB = textured_photo(20, 30)


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
    "format", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "AVIF", "HEIF"]
)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_file_is_refused(format, share):
    data = encode(RGB, format)
    with pytest.raises(PhotoError, match="damaged or cut short|complete"):
        read_photo(data[: int(len(data) * share)])


def test_format_outside_the_list_is_refused():
    with pytest.raises(PhotoError, match="not a photo"):
        read_photo(encode(RGB, "PCX"))


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
    image = image_from_photo(photo)
    assert (image.mode, image.size) == ("RGB", (20, 30))
    assert image.info["dpi"] == pytest.approx((72, 72), abs=0.1)


def test_pillow_image_of_the_caller_stays_as_it_is():
    data = encode(RGB, "PNG", exif=exif_bytes(Orientation=6))
    image = Image.open(io.BytesIO(data))
    once, again = images.photo_from_image(image), images.photo_from_image(image)
    assert image.getexif()[ExifTags.Base.Orientation] == 6
    np.testing.assert_array_equal(once.rgb, again.rgb)
