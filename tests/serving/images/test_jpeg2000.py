import io

import numpy as np
import pytest
from PIL import Image

from keras_colorize.serving.images import jpeg2000
from keras_colorize.serving.images.kinds import UnreadableError
from keras_colorize.serving.images.kinds import format_of_start


def jp2(values):
    file = io.BytesIO()
    Image.fromarray(values).save(file, "JPEG2000")
    return file


@pytest.mark.parametrize("shape", [(16, 16), (16, 16, 3), (16, 16, 4)])
def test_eight_bits_are_read_as_they_are(shape):
    values = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    file = jp2(values)
    bits, channels = jpeg2000.read_depth(file)
    assert (bits, channels) == (8, 1 if len(shape) == 2 else shape[2])
    with Image.open(file) as image:
        levels = jpeg2000.unshifted(image, bits)
    np.testing.assert_array_equal(levels.reshape(shape), values)


def test_sixteen_bits_of_gray_are_read_as_they_are():
    values = np.random.default_rng(0).integers(0, 65536, (16, 16), np.uint16)
    file = jp2(values)
    assert jpeg2000.read_depth(file) == (16, 1)
    with Image.open(file) as image:
        levels = jpeg2000.unshifted(image, 16)
    np.testing.assert_array_equal(levels[..., 0], values)


# What Pillow 13.0 makes of black, 1, and white.
@pytest.mark.parametrize(
    ("bits", "decoded", "expected"),
    [
        (1, [0, 128], [0, 255]),
        (4, [0, 16, 240], [0, 17, 255]),
        (10, [0, 64, 65472], [0, 64, 65535]),
        (12, [0, 16, 65520], [0, 16, 65535]),
    ],
)
def test_white_that_pillow_shifted_is_white(bits, decoded, expected):
    dtype = np.uint8 if bits <= 8 else np.uint16
    image = Image.fromarray(np.array([decoded], dtype))
    levels = jpeg2000.unshifted(image, bits)
    assert levels[0, :, 0].tolist() == expected


@pytest.mark.parametrize(
    ("depth", "channels", "words"),
    [
        (12, 3, "12 bits, 3 channels"),
        (16, 3, "16 bits, 3 channels"),
        (16, 2, "16 bits, 2 channels"),
        (9, 1, "9 bits, gray"),
        (-8, 1, "8 signed bits"),
        (-12, 1, "12 signed bits"),
    ],
)
def test_what_pillow_decodes_wrongly_is_refused(depth, channels, words):
    shape = {1: (8, 8), 2: (8, 8, 2), 3: (8, 8, 3)}[channels]
    data = bytearray(jp2(np.zeros(shape, np.uint8)).getvalue())
    place = data.index(b"\xff\x4f\xff\x51") + 42
    code = abs(depth) - 1 + 128 * (depth < 0)
    for i in range(channels):
        data[place + 3 * i] = code
    with pytest.raises(UnreadableError, match=words):
        jpeg2000.read_depth(io.BytesIO(data))


def test_a_file_without_a_picture_is_damaged():
    start = jp2(np.zeros((8, 8), np.uint8)).getvalue()[:20]
    assert format_of_start(start) == "JPEG2000"
    with pytest.raises(ValueError):
        jpeg2000.read_depth(io.BytesIO(start))
