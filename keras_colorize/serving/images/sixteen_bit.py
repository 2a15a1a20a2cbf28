"""16-bit colors in PNG, and in TIFF that is written: Pillow has no mode.

Pillow decodes such a PNG, but unpacks one byte of each value. A file that is
decoded twice, the second time as if of the other byte order, gives both
bytes. That takes no library beside Pillow and the time of two decodings. PNG
and TIFF are written here byte by byte; TIFF is read in `tiff`.
"""

import io
import struct
import zlib
from typing import IO

import numpy as np
from PIL import Image
from PIL import TiffImagePlugin
from PIL.PngImagePlugin import putchunk

from keras_colorize.serving.images import png
from keras_colorize.serving.images.exif import quiet_pillow

_16_BIT_MODES = {"RGB;16B", "RGBA;16B", "LA;16B"}
_ANY_NUMBER = 2**62  # of pixels

# White, and up to which largest value it is that.
_FLOAT_WHITES = ((1.0, 16.0), (255.0, 300.0), (65535.0, 70_000.0))
_COLOR_TYPES = {3: 2, 4: 6}  # channels -> PNG color type
_UP_FILTER = 2
_DARK = 2**13  # an eighth of the range of 16 bits
_INCHES_PER_METER = 1 / 0.0254
_STRIP_BYTES = 2**20
_TAGS = {
    tag.name: code for code, tag in TiffImagePlugin.TiffTags.TAGS_V2.items()
}

# === Reading ===


def has_16_bit_colors(image: Image.Image) -> bool:
    """Tells whether a PNG file has 16 bits of which Pillow would give 8.

    Args:
        image: Opened, but not loaded.
    """
    raw_modes = {_raw_mode(tile) for tile in getattr(image, "tile", [])}
    return image.format == "PNG" and bool(raw_modes & _16_BIT_MODES)


def read_16_bit_png(file: IO[bytes]) -> np.ndarray:
    """Decodes a file for which `has_16_bit_colors` is true.

    Args:
        file: Opened for reading bytes; read from its start.

    Returns:
        uint16 (H, W, 3) or (H, W, 4), as stored: no profile applied.
    """
    with _open(file) as image:
        if _raw_mode(image.tile[0]) == "LA;16B":
            return _read_gray_and_alpha(image)
        high = np.asarray(image).astype(np.uint16)
    with _open(file) as image:
        image.tile = [_low_bytes(tile) for tile in image.tile]
        return (high << 8) | np.asarray(image)


def note_on_dark(largest: int) -> tuple[str, ...]:
    """Says that a photo of 16 bits uses hardly any of its range.

    A scan of 12 bits whose file says 16 uses a sixteenth of it, and no format
    has an entry that may change that.

    Args:
        largest: Of the photo's values.
    """
    if not 0 < largest < _DARK:
        return ()
    return (
        f"No value exceeds {largest} of 65535, so the photo is dark. Brighten "
        "it first if it is one of fewer bits.",
    )


def white_of_floats(largest: float) -> float:
    """Tells white in floating point, which no file says: 1, 255 or 65535.

    Photos of white 1 or 255 may have some values beyond it, from sharpening
    or from lights.

    Raises:
        ValueError: If values are larger than all three.
    """
    for white, limit in _FLOAT_WHITES:
        if largest <= limit:
            return white
    raise ValueError(f"its values reach {largest:g}; expected at most 65535")


def to_16_bit(levels: np.ndarray) -> np.ndarray:
    """Converts gray of [0, 1], (H, W), to uint16 (H, W, 3)."""
    gray = np.floor(levels * 65535.0 + 0.5).astype(np.uint16)
    return np.repeat(gray[..., None], 3, axis=2)


def to_8_bit(rgb16: np.ndarray) -> np.ndarray:
    """Converts uint16 to uint8: round(v / 257)."""
    return ((rgb16.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _open(file: IO[bytes]) -> Image.Image:
    file.seek(0)
    with quiet_pillow(_ANY_NUMBER):  # it was opened before, under the limit
        return Image.open(file, formats=["PNG"])


def _raw_mode(tile) -> str:
    args = tile[3]
    return args if isinstance(args, str) else str(next(iter(args or [""])))


def _low_bytes(tile):
    raw_mode = _raw_mode(tile).replace(";16B", ";16L")
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
    file.write(png.SIGNATURE)
    header = (width, height, 16, _COLOR_TYPES[channels], 0, 0, 0)
    putchunk(file, b"IHDR", struct.pack(">IIBBBBB", *header))
    if profile := metadata.get("icc_profile"):
        profile = b"ICC Profile\0\0" + zlib.compress(profile)
        putchunk(file, b"iCCP", profile)
    if dpi := metadata.get("dpi"):
        dots = [int(value * _INCHES_PER_METER + 0.5) for value in dpi]
        putchunk(file, b"pHYs", struct.pack(">IIB", *dots, 1))
    if exif := metadata.get("exif"):
        putchunk(file, b"eXIf", exif.removeprefix(b"Exif\0\0"))
    putchunk(file, b"IDAT", zlib.compress(_filtered_rows(rgb16)))
    putchunk(file, b"IEND", b"")
    return file.getvalue()


def encode_16_bit_tiff(rgb16: np.ndarray, metadata: dict) -> bytes:
    """Encodes a TIFF file of 16 bits, deflated.

    Args:
        rgb16: uint16 (H, W, 3) or (H, W, 4), sRGB.
        metadata: `icc_profile` and `dpi`, as Pillow names them.
    """
    height, width, channels = rgb16.shape
    rows = max(1, _STRIP_BYTES // (2 * channels * width))
    strips = [
        zlib.compress(_differences(rgb16[start : start + rows]))
        for start in range(0, height, rows)
    ]
    sizes = [len(strip) for strip in strips]
    directory = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II")
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
    if profile := metadata.get("icc_profile"):
        directory[_TAGS["ICCProfile"]] = profile
    if dpi := metadata.get("dpi"):
        directory[_TAGS["XResolution"]], directory[_TAGS["YResolution"]] = dpi
        directory[_TAGS["ResolutionUnit"]] = 2  # inch
    file = io.BytesIO()
    directory.save(file)
    file.writelines(strips)
    return file.getvalue()


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
