"""Photo files in memory, also such as Pillow does not write."""

import io
import struct
import zlib

import numpy as np
from PIL import ExifTags
from PIL import Image

from keras_colorize.serving.images.heif import register_heif


def encode(image, format, **options):
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    register_heif()  # for HEIC, where its package is installed
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
