"""16-bit colors, which Pillow has no mode for.

Pillow decodes such files of any compression, but unpacks one byte of each
value. A file that is decoded twice, the second time as if of the other byte
order, gives both bytes. That takes no library beside Pillow (imagecodecs
would be 80 MB) and the time of two decodings.
"""

import io
import struct
import sys
import zlib
from typing import IO

import numpy as np
from PIL import ExifTags
from PIL import Image
from PIL import PngImagePlugin
from PIL import TiffImagePlugin

from keras_colorize.serving.images.exif import quiet_pillow

# Raw mode without its byte order -> (Pillow mode, channels).
_DEEP_MODES = {"RGB;16": ("RGB", 3), "RGBA;16": ("RGBA", 4)}
_BITS_PER_SAMPLE, _PHOTOMETRIC, _PLANAR_CONFIGURATION = 258, 262, 284
_ANY_NUMBER = 2**62  # of pixels
_NATIVE = "L" if sys.byteorder == "little" else "B"
_OTHER = {"L": "B", "B": "L"}


def is_deep(image: Image.Image) -> bool:
    """Whether a file that is open, but not loaded, has 16-bit colors."""
    raw_modes = _raw_modes(image)
    if raw_modes == {"LA;16B"}:
        return True
    is_known = {raw_mode[:-1] for raw_mode in raw_modes} <= set(_DEEP_MODES)
    return len(raw_modes) == 1 and is_known and not _has_planes(image)


def loses_depth(image: Image.Image) -> bool:
    """Whether Pillow makes 8 bits of 16 and `read_deep` cannot help."""
    is_16 = any(";16" in raw_mode for raw_mode in _raw_modes(image))
    return is_16 and not image.mode.startswith("I;16") and not is_deep(image)


def is_misread(image: Image.Image) -> bool:
    """Whether Pillow would take 16-bit planes of a TIFF for 8-bit ones."""
    bits = _tag(image, _BITS_PER_SAMPLE) or (8,)
    letters = {"R", "G", "B", "A"}
    return max(bits) > 8 and bool(_raw_modes(image) & letters)


def is_negative(image: Image.Image) -> bool:
    """Whether 0 is white in a 16-bit TIFF, which Pillow does not look at."""
    is_white_0 = _tag(image, _PHOTOMETRIC) == 0
    return is_white_0 and image.mode.startswith("I;16")


def read_deep(file: IO[bytes], format: str) -> np.ndarray:
    """Decodes a file for which `is_deep` is true.

    Args:
        file: Opened for reading bytes; read from its start.
        format: Pillow's name of its format.

    Returns:
        uint16 (H, W, 3) or (H, W, 4), as stored: no profile applied. TIFF
        files are turned upright, as Pillow does it.
    """
    with _open(file, format) as image:
        if _raw_mode(image.tile[0]) == "LA;16B":
            return _read_gray_and_alpha(image)
        high = np.asarray(image).astype(np.uint16)
    with _open(file, format) as image:
        image.tile = [_other_byte(tile) for tile in image.tile]
        return (high << 8) | np.asarray(image)


def to_deep(levels: np.ndarray) -> np.ndarray:
    """Gray of [0, 1], (H, W), as uint16 (H, W, 3)."""
    deep = np.floor(levels * 65535.0 + 0.5).astype(np.uint16)
    return np.repeat(deep[..., None], 3, axis=2)


def to_shallow(deep: np.ndarray) -> np.ndarray:
    """uint16 to uint8: round(v / 257)."""
    return ((deep.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _open(file: IO[bytes], format: str) -> Image.Image:
    file.seek(0)
    with quiet_pillow(_ANY_NUMBER):  # it was opened before, under the limit
        return Image.open(file, formats=[format])


def _raw_modes(image: Image.Image) -> set[str]:
    return {_raw_mode(tile) for tile in getattr(image, "tile", [])}


def _tag(image: Image.Image, number: int):
    return getattr(image, "tag_v2", {}).get(number)


def _has_planes(image: Image.Image) -> bool:
    return _tag(image, _PLANAR_CONFIGURATION) == 2


def _raw_mode(tile) -> str:
    args = tile[3]
    raw_mode = args if isinstance(args, str) else next(iter(args or [""]))
    return str(raw_mode).replace(";16N", f";16{_NATIVE}")


def _other_byte(tile):
    raw_mode = _raw_mode(tile)
    raw_mode = raw_mode[:-1] + _OTHER[raw_mode[-1]]
    args = tile[3]
    args = raw_mode if isinstance(args, str) else (raw_mode, *args[1:])
    return tile._replace(args=args)


def _read_gray_and_alpha(image: Image.Image) -> np.ndarray:
    # Two values of 16 bits are as long as four of 8, which Pillow can give.
    image._mode = "RGBA"
    image.tile = [tile._replace(args="RGBA") for tile in image.tile]
    values = np.ascontiguousarray(np.asarray(image)).view(">u2")
    return values[..., [0, 0, 0, 1]].astype(np.uint16)


_COLOR_TYPES = {3: 2, 4: 6}  # channels -> PNG color type
_UP_FILTER = 2
_INCHES_PER_METER = 1 / 0.0254
_STRIP_BYTES = 2**20
_TAGS = {
    tag.name: code for code, tag in TiffImagePlugin.TiffTags.TAGS_V2.items()
}


def encode_deep_png(deep: np.ndarray, metadata: dict) -> bytes:
    """The bytes of a PNG file of 16 bits.

    Args:
        deep: uint16 (H, W, 3) or (H, W, 4), sRGB.
        metadata: `exif`, `icc_profile` and `dpi`, as Pillow names them.
    """
    height, width, channels = deep.shape
    file = io.BytesIO()
    file.write(b"\x89PNG\r\n\x1a\n")
    header = (width, height, 16, _COLOR_TYPES[channels], 0, 0, 0)
    _put_chunk(file, b"IHDR", struct.pack(">IIBBBBB", *header))
    if profile := metadata.get("icc_profile"):
        profile = b"ICC Profile\0\0" + zlib.compress(profile)
        _put_chunk(file, b"iCCP", profile)
    if dpi := metadata.get("dpi"):
        dots = [int(value * _INCHES_PER_METER + 0.5) for value in dpi]
        _put_chunk(file, b"pHYs", struct.pack(">IIB", *dots, 1))
    if exif := metadata.get("exif"):
        _put_chunk(file, b"eXIf", exif.removeprefix(b"Exif\0\0"))
    _put_chunk(file, b"IDAT", zlib.compress(_filtered_rows(deep)))
    _put_chunk(file, b"IEND", b"")
    return file.getvalue()


def encode_deep_tiff(deep: np.ndarray, metadata: dict) -> bytes:
    """The bytes of a TIFF file of 16 bits, deflated.

    Args:
        deep: uint16 (H, W, 3) or (H, W, 4), sRGB.
        metadata: `exif`, `icc_profile` and `dpi`, as Pillow names them.
    """
    height, width, channels = deep.shape
    rows = max(1, _STRIP_BYTES // (2 * channels * width))
    strips = [
        zlib.compress(_differences(deep[start : start + rows]))
        for start in range(0, height, rows)
    ]
    sizes = [len(strip) for strip in strips]
    directory = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II")
    _add_metadata(directory, metadata)
    values = {
        "ImageWidth": width,
        "ImageLength": height,
        "BitsPerSample": (16,) * channels,
        "Compression": 8,  # deflate
        "PhotometricInterpretation": 2,  # RGB
        "SamplesPerPixel": channels,
        "RowsPerStrip": rows,
        "PlanarConfiguration": 1,
        "Predictor": 2,  # differences along the row
        "StripByteCounts": tuple(sizes),
        # Counted from the end of the directory; Pillow adds its place.
        "StripOffsets": tuple(int(x) for x in np.cumsum([0, *sizes[:-1]])),
    }
    if channels == 4:
        values["ExtraSamples"] = 2  # alpha, not multiplied in
    for name, value in values.items():
        directory[_TAGS[name]] = value
    file = io.BytesIO()
    directory.save(file)
    file.writelines(strips)
    return file.getvalue()


def _put_chunk(file: io.BytesIO, kind: bytes, data: bytes) -> None:
    PngImagePlugin.putchunk(file, kind, data)


def _filtered_rows(deep: np.ndarray) -> bytes:
    """Each row as its difference to the one above, behind its filter byte."""
    values = deep.astype(">u2", order="C")
    rows = values.reshape(len(values), -1).view(np.uint8)
    filtered = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _UP_FILTER
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    return filtered.tobytes()


def _differences(deep: np.ndarray) -> bytes:
    values = deep.astype("<u2", order="C")
    values[:, 1:] -= values[:, :-1].copy()
    return values.tobytes()


def _add_metadata(directory, metadata: dict) -> None:
    if block := metadata.get("exif"):
        exif = Image.Exif()
        exif.load(block)
        for tag, value in exif.items():
            directory[tag] = value
        for tag in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            if tag in exif:
                directory[tag] = exif.get_ifd(tag)
    if profile := metadata.get("icc_profile"):
        directory[_TAGS["ICCProfile"]] = profile
    if dpi := metadata.get("dpi"):
        directory[_TAGS["XResolution"]], directory[_TAGS["YResolution"]] = dpi
        directory[_TAGS["ResolutionUnit"]] = 2  # inch
