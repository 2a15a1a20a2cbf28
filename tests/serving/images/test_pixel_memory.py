import io
import struct
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from keras_colorize.serving.images.pixel_memory import PixelMemory
from keras_colorize.serving.images.pixel_memory import load_into_memory
from keras_colorize.serving.images.read import read_photo
from tests.helpers import textured_photo
from tests.serving.photo_bytes import encode
from tests.serving.photo_bytes import with_png_chunk

RGB = textured_photo(23, 30)
on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="only there pages go back for sure"
)


def load(data):
    image = Image.open(io.BytesIO(data))
    return load_into_memory(image), image


@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"subsampling": "4:4:4", "keep_rgb": True}),
        ("PNG", {"icc_profile": b"a profile"}),
        ("WEBP", {}),
        ("AVIF", {}),
        ("BMP", {}),
    ],
)
def test_pixels_are_those_that_pillow_decodes(format, options):
    data = encode(RGB, format, **options)
    memory, image = load(data)
    assert memory is not None
    assert memory.image.mode == "RGBX"
    assert memory.image.info == image.info
    expected = Image.open(io.BytesIO(data)).tobytes()
    assert memory.image.tobytes("raw", "RGB") == expected


@pytest.mark.parametrize(
    "data",
    [
        encode(RGB[..., 0], "JPEG"),
        encode(Image.fromarray(RGB).convert("CMYK"), "JPEG"),
        encode(np.dstack([RGB, RGB[..., 0]]), "PNG"),
        encode(RGB, "JPEG2000"),
        encode(RGB, "GIF"),
    ],
    ids=["gray", "CMYK", "alpha", "JPEG 2000", "palette"],
)
def test_other_modes_and_formats_are_loaded_as_ever(data):
    memory, image = load(data)
    assert memory is None
    assert image.tobytes() == Image.open(io.BytesIO(data)).tobytes()


def test_a_transparent_color_stays_transparent():
    key = struct.pack(">3H", *RGB[7, 5])
    photo = read_photo(with_png_chunk(encode(RGB, "PNG"), b"tRNS", key))
    np.testing.assert_array_equal(photo.rgb, RGB)
    opaque = (RGB != RGB[7, 5]).any(axis=-1)
    np.testing.assert_array_equal(photo.alpha, 255 * opaque)


def test_pixels_cut_short_are_still_an_error():
    data = encode(textured_photo(230, 300), "JPEG")
    with pytest.raises(OSError, match="truncated"):
        load(data[: len(data) // 2])


def test_more_memory_than_there_is():
    with pytest.raises(MemoryError, match="16777216x33554432 pixels"):
        PixelMemory(2**24, 2**25)


@on_linux
def test_rows_go_back_page_by_page():
    memory = PixelMemory(300, 50)  # rows of 1200 bytes, pages of 4096
    memory.image.frombytes(bytes(range(1, 101)) * 600)
    before = np.asarray(memory.image)
    for num_rows in (3, 20, 20, 50):  # 3600, 24000 and 60000 bytes
        memory.give_back(num_rows)
        pages = 1200 * num_rows // 4096
        after = np.asarray(memory.image).ravel()
        assert not after[: 4096 * pages].any()
        np.testing.assert_array_equal(
            after[4096 * pages :], before.ravel()[4096 * pages :]
        )


def private_megabytes():
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("RssAnon"))
    return int(line.split()[1]) / 1024


@on_linux
def test_what_goes_back_is_held_by_nobody():
    start = private_megabytes()
    memory = PixelMemory(4096, 4096)  # 64 MB
    memory.image.frombytes(b"\x07" * 2**26)
    assert private_megabytes() - start > 60
    memory.give_back(3 * 1024)
    assert 14 < private_megabytes() - start < 20


_PEAK = """
import sys
from keras_colorize.serving.images import pixels
from keras_colorize.serving.images.read import read_photo

def peak():
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024

pixels._LARGE = 10**6
read_photo(sys.argv[1])
before = peak()
photo = read_photo(sys.argv[2])
assert photo.rgb.shape[0] * photo.rgb.shape[1] == 16_000_000
print((peak() - before) / 16e6)
"""


@on_linux
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_large_photo_in_color_is_held_once(tmp_path, orientation):
    small, large = (
        Image.fromarray(RGB).resize(size) for size in [(48, 64), (4000, 4000)]
    )
    exif = Image.Exif()
    exif[0x0112] = orientation
    for name, image in (("small.jpg", small), ("large.jpg", large)):
        image.save(tmp_path / name, exif=exif)
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, "small.jpg", "large.jpg"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    # Pillow's 4 bytes a pixel, and strips; with a copy of 3 it would be 7.
    assert 4.0 <= float(done.stdout) < 5.5
