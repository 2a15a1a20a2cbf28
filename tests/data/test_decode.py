import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_colorize.data import decode
from keras_colorize.data.decode import photo_format


def _decode(contents):
    """Through a graph, as `tf.data` does it."""
    dataset = tf.data.Dataset.from_tensors(contents)
    return next(dataset.map(decode.decode_photo).as_numpy_iterator())


def _pillow_rgb(contents):
    return np.asarray(Image.open(io.BytesIO(contents)).convert("RGB"))


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 90},
        {"quality": 80, "subsampling": 2},
        {"progressive": True},
    ],
)
def test_jpeg_decodes_to_the_pixels_of_pillow(photo_maker, options):
    contents = photo_maker.encoded(
        photo_maker.pixels(24, 40), "JPEG", **options
    )
    np.testing.assert_array_equal(_decode(contents), _pillow_rgb(contents))


def test_cmyk_jpeg_becomes_the_same_rgb(photo_maker):
    pixels = photo_maker.pixels(24, 40)
    cmyk = Image.fromarray(pixels).convert("CMYK")
    contents = photo_maker.encoded(cmyk, "JPEG", quality=98)
    difference = np.abs(_decode(contents).astype(int) - pixels)
    assert difference.max() <= 8  # JPEG loss; inverted colors differ by 255


def test_gray_jpeg_gets_three_equal_channels(photo_maker):
    gray = photo_maker.pixels(24, 40)[..., 0]
    image = _decode(photo_maker.encoded(gray, "JPEG"))
    assert image.shape == (24, 40, 3)
    np.testing.assert_array_equal(image[..., 0], image[..., 2])


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_png_of_any_kind_becomes_rgb(photo_maker, mode):
    photo = Image.fromarray(photo_maker.pixels(24, 40)).convert(mode)
    contents = photo_maker.encoded(photo, "PNG")
    np.testing.assert_array_equal(_decode(contents), _pillow_rgb(contents))


def test_sixteen_bit_png_keeps_the_high_byte():
    import cv2

    deep = np.arange(24 * 40 * 3, dtype=np.uint16).reshape(24, 40, 3) * 20
    _, contents = cv2.imencode(".png", deep[..., ::-1])
    np.testing.assert_array_equal(_decode(contents.tobytes()), deep >> 8)


def test_alpha_is_dropped_not_blended(photo_maker):
    pixels = photo_maker.pixels(24, 40)
    see_through = np.dstack([pixels, np.zeros((24, 40), np.uint8)])
    for file_format, options in [("PNG", {}), ("WEBP", {"lossless": True})]:
        options = options | ({"exact": True} if options else {})
        contents = photo_maker.encoded(see_through, file_format, **options)
        np.testing.assert_array_equal(_decode(contents), pixels)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_bmp_of_any_kind_becomes_rgb(photo_maker, mode):
    photo = Image.fromarray(photo_maker.pixels(24, 40)).convert(mode)
    contents = photo_maker.encoded(photo, "BMP")
    np.testing.assert_array_equal(_decode(contents), _pillow_rgb(contents))


@pytest.mark.parametrize("file_format", ["GIF", "WEBP"])
def test_first_frame_of_an_animation_is_taken(photo_maker, file_format):
    first = Image.new("RGB", (40, 24), (200, 40, 10))
    second = Image.new("RGB", (40, 24), (0, 0, 255))
    options = {"lossless": True} if file_format == "WEBP" else {}
    contents = photo_maker.encoded(
        first, file_format, save_all=True, append_images=[second], **options
    )
    image = _decode(contents)
    assert image.shape == (24, 40, 3)
    np.testing.assert_array_equal(image[0, 0], (200, 40, 10))


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (200, 1)])
def test_one_pixel_wide_photos_decode(photo_maker, size):
    image = _decode(photo_maker.encoded(photo_maker.pixels(*size), "JPEG"))
    assert image.shape == (*size, 3)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP", "GIF"])
def test_truncated_files_raise(photo_maker, file_format):
    contents = photo_maker.encoded(photo_maker.pixels(48, 80), file_format)
    with pytest.raises(tf.errors.OpError):
        _decode(contents[: len(contents) // 2])


@pytest.mark.parametrize("contents", [b"", b"hello, I am text"])
def test_bytes_of_no_photo_raise_with_what_was_expected(contents):
    with pytest.raises(tf.errors.OpError, match="Expected the bytes of a JPEG"):
        _decode(contents)


def test_eager_and_tf_data_agree(photo_maker):
    path = photo_maker.photo("a.png")
    eager = decode.read_photo(tf.constant(path)).numpy()
    np.testing.assert_array_equal(eager, photo_maker.pixels(24, 40))
    dataset = tf.data.Dataset.from_tensors(path).map(decode.read_photo)
    np.testing.assert_array_equal(next(iter(dataset)), eager)


def test_formats_are_told_by_first_bytes(photo_maker):
    pixels = photo_maker.pixels(24, 40)
    for file_format in ("JPEG", "PNG", "WEBP", "BMP", "GIF"):
        contents = photo_maker.encoded(pixels, file_format)
        assert photo_format(contents[:12]) == file_format.lower()
    assert photo_format(b"RIFF1234WAVE") is None
    assert photo_format(b"") is None
