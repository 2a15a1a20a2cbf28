import io

import numpy as np
import pytest
from PIL import Image

from keras_colorize.serving.images.pnm import read_header
from keras_colorize.serving.images.pnm import read_levels


def levels_of(data):
    file = io.BytesIO(data)
    header = read_header(file)
    return read_levels(file, header), header.white.bit_length()


@pytest.mark.parametrize(
    ("white", "stored", "expected", "bits"),
    [
        (1, [0, 1], [0, 255], 1),
        (15, [0, 15], [0, 255], 4),
        (100, [0, 100], [0, 255], 7),
        (255, [3, 255], [3, 255], 8),
    ],
)
def test_the_largest_value_of_a_pgm_is_white(white, stored, expected, bits):
    header = f"P5\n# scanned\n2 1 # size\n{white}\n".encode()
    levels, found = levels_of(header + bytes(stored))
    assert levels[..., 0].tolist() == [expected]
    assert found == bits


@pytest.mark.parametrize("white", [1023, 4095, 65535])
def test_more_than_8_bits_are_kept(white):
    values = np.array([[[0, 1, white]]], ">u2")
    data = f"P6 1 1 {white} ".encode() + values.tobytes()
    levels, bits = levels_of(data)
    assert levels.dtype == np.uint16
    assert levels[0, 0].tolist() == [0, round(65535 / white), 65535]
    assert bits == white.bit_length()


def test_pillow_and_this_reader_agree():
    values = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PPM")
    np.testing.assert_array_equal(levels_of(file.getvalue())[0], values)


def test_values_written_as_text_are_read():
    levels, bits = levels_of(b"P2 2 1 # two\n1000\n0 # black\n1000\n")
    assert levels[..., 0].tolist() == [[0, 65535]]
    assert bits == 10


@pytest.mark.parametrize(
    "data",
    [b"P5 2 2 255 abc", b"P5 2 2 65535 abcd", b"P5 2 2 70000 abcd", b"P5"],
)
def test_a_file_that_is_cut_short_or_lies_is_damaged(data):
    with pytest.raises(ValueError):
        levels_of(data)
