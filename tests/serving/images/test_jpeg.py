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
