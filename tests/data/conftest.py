"""Generated photos: no test of this folder needs a download."""

import io

import numpy as np
import pytest
from PIL import Image


def colorful_pixels(height, width, seed=0):
    """Smooth random colors, uint8 (height, width, 3): JPEG keeps them."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((width, height), Image.BICUBIC)
    return np.asarray(image)


def encoded(image, file_format, **options):
    """Bytes of a photo file."""
    if not isinstance(image, Image.Image):
        image = Image.fromarray(image)
    stream = io.BytesIO()
    image.save(stream, file_format, **options)
    return stream.getvalue()


class PhotoMaker:
    """Writes generated photos into a folder."""

    pixels = staticmethod(colorful_pixels)
    encoded = staticmethod(encoded)

    def __init__(self, folder):
        self.folder = folder

    def write(self, name, contents):
        """Writes bytes, makes folders; returns the path as str."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
        return str(path)

    def photo(self, name, height=24, width=40, seed=0):
        """Writes a lossless color photo."""
        pixels = colorful_pixels(height, width, seed)
        return self.write(name, encoded(pixels, "PNG", compress_level=1))

    def numbered(self, count, height=24, width=40):
        """Writes photos of one gray-blue each: number n has red = n * 5."""
        paths = []
        for number in range(count):
            pixels = np.full((height, width, 3), (0, 90, 200), np.uint8)
            pixels[..., 0] = number * 5
            contents = encoded(pixels, "PNG", compress_level=1)
            paths.append(self.write(f"{number:02}.png", contents))
        return paths


@pytest.fixture
def photo_maker(tmp_path):
    return PhotoMaker(tmp_path)
