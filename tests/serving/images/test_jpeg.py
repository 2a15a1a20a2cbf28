import io

import numpy as np
import pytest
from PIL import Image

from keras_colorize.serving.images import jpeg


def jpeg_bytes(**options):
    ramp = np.tile(np.linspace(0, 255, 160).astype(np.uint8), (120, 1))
    noise = np.random.default_rng(0).integers(0, 40, ramp.shape, np.uint8)
    file = io.BytesIO()
    Image.fromarray(ramp // 2 + noise).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_rows": 1}]
)
def test_a_jpeg_that_lacks_only_its_end_is_whole(options):
    data = jpeg_bytes(**options)
    for missing in (1, 2):
        file = jpeg.with_its_end(io.BytesIO(data[:-missing]))
        assert file is not None
        with Image.open(file) as image, Image.open(io.BytesIO(data)) as whole:
            assert image.tobytes() == whole.tobytes()


@pytest.mark.parametrize("missing", [5, 8, 20, 200, 2000])
@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_jpeg_without_its_last_pixels_is_not(missing, options):
    data = jpeg_bytes(**options)
    assert jpeg.with_its_end(io.BytesIO(data[:-missing])) is None


def test_what_is_no_jpeg_is_not():
    assert jpeg.with_its_end(io.BytesIO(b"\xff\xd8\xff")) is None


def test_a_jpeg_says_its_bits():
    data = jpeg_bytes(exif=b"Exif\0\0" + b"x" * 100)
    assert jpeg.describe_jpeg(io.BytesIO(data)) == "a JPEG of 8 bits"
    place = data.index(b"\xff\xc0")
    twelve = data[: place + 1] + b"\xc1\0\x0b\x0c" + data[place + 5 :]
    assert jpeg.describe_jpeg(io.BytesIO(twelve)) == "a JPEG of 12 bits"
    lossless = data[: place + 1] + b"\xc3" + data[place + 2 :]
    assert "lossless" in jpeg.describe_jpeg(io.BytesIO(lossless))
    assert jpeg.describe_jpeg(io.BytesIO(data[:30])) == ""


# === Strips ===


@pytest.mark.parametrize("size", [(1, 1), (200, 90), (61, 307), (160, 8)])
def test_strips_are_one_file_with_the_pixels_of_one_encoding(size, monkeypatch):
    monkeypatch.setattr(jpeg, "_STRIP_PIXELS", 8 * 100)
    rgb = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    options = {"quality": 90, "subsampling": "4:4:4", "dpi": (300, 300)}
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", **options)
    data = jpeg.encode_in_strips(rgb, {**options, "exif": b"Exif\0\0MM\0*"})
    with Image.open(io.BytesIO(data)) as image, Image.open(file) as whole:
        assert image.size == size[::-1]
        assert image.tobytes() == whole.tobytes()
        assert image.info["dpi"] == (300, 300)
        assert image.info["exif"].startswith(b"Exif\0\0MM")
    # Ten strips and more count their markers from 0 to 7 and on from 0.
    markers = [0xFFD0 + n % 8 for n in range(max(0, -(-size[0] // 8) - 1))]
    if size == (160, 8):
        markers = [0xFFD0]  # 12 blocks fit into a strip
    found = [
        int.from_bytes(data[i : i + 2], "big")
        for i in range(len(data) - 1)
        if data[i] == 0xFF and 0xD0 <= data[i + 1] < 0xD8
    ]
    assert found == markers


def test_photos_of_one_strip_are_encoded_as_ever():
    rgb = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    options = {"quality": 95, "subsampling": "4:4:4"}
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", **options)
    assert jpeg.encode_in_strips(rgb, options) == file.getvalue()
