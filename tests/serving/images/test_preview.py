"""Previews: JPEG of any photo, with the size of the photo itself."""

import io

import numpy as np
import pytest
from PIL import Image

from keras_colorize.errors import PhotoError
from keras_colorize.errors import PhotoSizeError
from keras_colorize.serving.images.preview import preview_photo
from tests.serving.photo_bytes import encode

# Without texture, which JPEG does not keep.
ACROSS, DOWN = np.meshgrid(np.linspace(0, 250, 60), np.linspace(200, 20, 40))
PHOTO = np.dstack([DOWN, DOWN, ACROSS]).astype(np.uint8)


def shown(preview):
    image = Image.open(io.BytesIO(preview.data))
    assert image.format == "JPEG"
    return np.asarray(image)


@pytest.mark.parametrize("format", ["TIFF", "PNG", "JPEG2000"])
def test_preview_shows_the_photo_in_its_own_size(format):
    preview = preview_photo(encode(PHOTO, format), 10_000)
    assert (preview.width, preview.height) == (60, 40)
    difference = np.abs(shown(preview).astype(int) - PHOTO)
    assert difference.mean() < 4


def test_large_photo_is_shown_smaller_and_its_own_size_told():
    preview = preview_photo(encode(PHOTO, "TIFF"), 10_000, longest_side=30)
    assert (preview.width, preview.height) == (60, 40)
    assert shown(preview).shape == (20, 30, 3)
    expected = PHOTO.reshape(20, 2, 30, 2, 3).mean(axis=(1, 3))
    assert np.abs(shown(preview) - expected).mean() < 4


def test_photo_lying_on_its_side_is_shown_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise
    file = io.BytesIO()
    Image.fromarray(PHOTO).save(file, "TIFF", exif=exif)
    preview = preview_photo(file.getvalue(), 10_000)
    assert (preview.width, preview.height) == (40, 60)
    turned = np.rot90(PHOTO, -1)
    assert np.abs(shown(preview).astype(int) - turned).mean() < 4


def test_what_cannot_be_shown_is_refused():
    with pytest.raises(PhotoError):
        preview_photo(b"Dear grandmother,\n", 10_000)
    with pytest.raises(PhotoSizeError):
        preview_photo(encode(PHOTO, "TIFF"), 2399)
