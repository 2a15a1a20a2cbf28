"""16-bit colors in files: Pillow has no mode for them.

Pillow decodes such files of any compression, but unpacks one byte of each
value. A file that is decoded twice, the second time as if of the other byte
order, gives both bytes. That takes no library beside Pillow (imagecodecs
would be 80 MB) and the time of two decodings. PNG and TIFF are written here
byte by byte.
"""

import io
import struct
import sys
import zlib
from typing import IO
from typing import Literal

import numpy as np
from PIL import ExifTags
from PIL import Image
from PIL import PngImagePlugin
from PIL import TiffImagePlugin

from keras_colorize.serving.images.exif import quiet_pillow

# Raw modes without their byte order.
_16_BIT_MODES = {"RGB;16", "RGBA;16"}
_BITS_PER_SAMPLE, _PHOTOMETRIC, _PLANAR_CONFIGURATION = 258, 262, 284
_ANY_NUMBER = 2**62  # of pixels
_NATIVE = "L" if sys.byteorder == "little" else "B"
_OTHER = {"L": "B", "B": "L"}

_COLOR_TYPES = {3: 2, 4: 6}  # channels -> PNG color type
_UP_FILTER = 2
_INCHES_PER_METER = 1 / 0.0254
_STRIP_BYTES = 2**20
_TAGS = {
    tag.name: code for code, tag in TiffImagePlugin.TiffTags.TAGS_V2.items()
}

# === Reading ===


def bits_of_file(
    image: Image.Image,
) -> Literal["plain", "16", "16 cut to 8", "misread"]:
    """Tells what Pillow will make of the bits of a file.

    Args:
        image: Opened, but not loaded.

    Returns:
        "plain" if it gives all of them; "16" if `read_16_bit` does; "16 cut
        to 8" if neither does; "misread" if it would take 16-bit planes of a
        TIFF for 8-bit ones.
    """
    raw_modes = {_raw_mode(tile) for tile in getattr(image, "tile", [])}
    has_planes = _tag(image, _PLANAR_CONFIGURATION) == 2
    bits = _tag(image, _BITS_PER_SAMPLE) or (8,)
    if max(bits) > 8 and raw_modes & {"R", "G", "B", "A"}:
        return "misread"
    if raw_modes == {"LA;16B"}:
        return "16"
    is_known = {raw_mode[:-1] for raw_mode in raw_modes} <= _16_BIT_MODES
    if len(raw_modes) == 1 and is_known and not has_planes:
        return "16"
    is_16 = any(";16" in raw_mode for raw_mode in raw_modes)
    return "16 cut to 8" if is_16 and not _is_gray_16(image) else "plain"


def read_16_bit(file: IO[bytes], format: str) -> np.ndarray:
    """Decodes a file for which `bits_of_file` is "16".

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


def is_negative(image: Image.Image) -> bool:
    """Whether 0 is white in a 16-bit TIFF, which Pillow does not look at."""
    return _tag(image, _PHOTOMETRIC) == 0 and _is_gray_16(image)


def to_16_bit(levels: np.ndarray) -> np.ndarray:
    """Converts gray of [0, 1], (H, W), to uint16 (H, W, 3)."""
    gray = np.floor(levels * 65535.0 + 0.5).astype(np.uint16)
    return np.repeat(gray[..., None], 3, axis=2)


def to_8_bit(rgb16: np.ndarray) -> np.ndarray:
    """Converts uint16 to uint8: round(v / 257)."""
    return ((rgb16.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _open(file: IO[bytes], format: str) -> Image.Image:
    file.seek(0)
    with quiet_pillow(_ANY_NUMBER):  # it was opened before, under the limit
        return Image.open(file, formats=[format])


def _is_gray_16(image: Image.Image) -> bool:
    return image.mode.startswith("I;16")


def _tag(image: Image.Image, number: int):
    return getattr(image, "tag_v2", {}).get(number)


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


# === Writing ===


def encode_16_bit_png(rgb16: np.ndarray, metadata: dict) -> bytes:
    """Encodes a PNG file of 16 bits.

    Args:
        rgb16: uint16 (H, W, 3) or (H, W, 4), sRGB.
        metadata: `exif`, `icc_profile` and `dpi`, as Pillow names them.
    """
    height, width, channels = rgb16.shape
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
    _put_chunk(file, b"IDAT", zlib.compress(_filtered_rows(rgb16)))
    _put_chunk(file, b"IEND", b"")
    return file.getvalue()


def encode_16_bit_tiff(rgb16: np.ndarray, metadata: dict) -> bytes:
    """Encodes a TIFF file of 16 bits, deflated.

    Args:
        rgb16: uint16 (H, W, 3) or (H, W, 4), sRGB.
        metadata: `exif`, `icc_profile` and `dpi`, as Pillow names them.
    """
    height, width, channels = rgb16.shape
    rows = max(1, _STRIP_BYTES // (2 * channels * width))
    strips = [
        zlib.compress(_differences(rgb16[start : start + rows]))
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


def _filtered_rows(rgb16: np.ndarray) -> bytes:
    """Returns each row as its difference to the one above, with its filter."""
    values = rgb16.astype(">u2", order="C")
    rows = values.reshape(len(values), -1).view(np.uint8)
    filtered = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _UP_FILTER
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    return filtered.tobytes()


def _differences(rgb16: np.ndarray) -> bytes:
    values = rgb16.astype("<u2", order="C")
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
