"""Photo file -> array: orientation, profiles, bits and modes made plain.

Every reader and writer of photos goes through `Photo`, whose pixels are
sRGB, upright. `images.write` is the way back to a file.
"""

import contextlib
import dataclasses
import io
import os
import re
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from keras_colorize.errors import PhotoError
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.serving.images.exif import DECODE_ERRORS
from keras_colorize.serving.images.exif import notes_from
from keras_colorize.serving.images.exif import quiet_pillow
from keras_colorize.serving.images.exif import read_metadata
from keras_colorize.serving.images.exif import turns_on_its_side
from keras_colorize.serving.images.heif import HOW_TO_INSTALL
from keras_colorize.serving.images.heif import looks_like_heif
from keras_colorize.serving.images.heif import register_heif
from keras_colorize.serving.images.pixels import srgb_profile
from keras_colorize.serving.images.pixels import to_pixels
from keras_colorize.serving.images.sixteen_bit import bits_of_file
from keras_colorize.serving.images.sixteen_bit import read_16_bit

# Where Pillow refuses by itself; 0.5 GB of RGB pixels.
MAX_PIXELS = 178_956_970

_PIXEL_MAPS = {  # EXIF orientation -> how to make the pixels upright
    2: lambda x: x[:, ::-1],
    3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1],
    5: lambda x: x.swapaxes(0, 1),
    6: lambda x: np.rot90(x, -1),
    7: lambda x: x[::-1, ::-1].swapaxes(0, 1),
    8: lambda x: np.rot90(x),
}


@dataclasses.dataclass(frozen=True, eq=False)
class Photo:
    """A photo with what its file carries.

    Attributes:
        rgb: uint8 (H, W, 3), sRGB, upright.
        rgb16: The same in 16 bits, uint16 (H, W, 3), or (H, W, 4) where there
            is alpha; None for a photo of 8 bits.
        alpha: uint8 (H, W), or None for a photo without transparency.
        format: Pillow's name of the file format, such as "JPEG"; "PNG" for
            photos that came from no file.
        exif: EXIF block with its orientation reset, or None.
        icc: ICC profile of `rgb` (sRGB) if the file had one, else None.
        dpi: Dots per inch across and down, or None.
        notes: One sentence for each thing in the file that was left out.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None = None
    format: str = "PNG"
    exif: bytes | None = None
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    rgb16: np.ndarray | None = None


def read_photo(
    source: str | os.PathLike | bytes | IO[bytes],
    max_pixels: int = MAX_PIXELS,
) -> Photo:
    """Reads a photo file: the first frame, upright, in 8-bit sRGB.

    Args:
        source: Path, the bytes of a file, or a file opened for reading bytes.
        max_pixels: Photos with more pixels are refused before decoding.

    Returns:
        The photo with its alpha, EXIF, resolution and notes.

    Raises:
        PhotoError: If the file is missing, empty, no photo, damaged, or
            larger than `max_pixels`.
    """
    if isinstance(source, bytes):
        return _read_stream(io.BytesIO(source), "The input", max_pixels)
    if not isinstance(source, (str, os.PathLike)):
        name = getattr(source, "name", None)
        label = name if isinstance(name, str) else "The input"
        return _read_stream(source, label, max_pixels)
    path = Path(source)
    if path.is_dir():
        raise PhotoError(f"{path} is a folder. Expected a photo file.")
    try:
        with path.open("rb") as file:
            return _read_stream(file, str(path), max_pixels)
    except FileNotFoundError as error:
        raise PhotoError(
            f"There is no file {path}. Check the name and the folder."
        ) from error
    except PermissionError as error:
        raise PhotoError(
            f"{path} may not be read. Change its permissions."
        ) from error


def peek_format(path: str | os.PathLike) -> str | None:
    """Reads the format of a photo from its first bytes; None if it is none."""
    expected = (*DECODE_ERRORS, Image.DecompressionBombError)
    with contextlib.suppress(*expected), open(path, "rb") as file:
        if looks_like_heif(file.read(16)):
            return "HEIF"
        file.seek(0)
        with (
            quiet_pillow(),
            Image.open(file, formats=_formats_of_this_pillow()) as image,
        ):
            return _plain_format(image)
    return None


def photo_from_image(image: Image.Image) -> Photo:
    """Takes over an image that Pillow holds; the same rules as for files.

    Raises:
        PhotoError: If its pixels cannot be decoded or converted.
    """
    return _decode(image, "The image")


def _read_stream(file: IO[bytes], label: str, max_pixels: int) -> Photo:
    start = file.read(16)
    if not start:
        raise PhotoError(
            f"{label} is empty (0 bytes). Expected a photo file; copy it "
            "again from where it came from."
        )
    file.seek(0)
    if looks_like_heif(start) and not register_heif():
        raise PhotoError(
            f"{label} is a HEIC photo, for which pillow-heif is needed: "
            f"{HOW_TO_INSTALL}."
        )
    try:
        with quiet_pillow(max_pixels) as warned:
            image = Image.open(file, formats=_formats_of_this_pillow())
    except Image.UnidentifiedImageError as error:
        formats = ", ".join(_formats_of_this_pillow())
        raise PhotoError(
            f"{label} is not a photo that can be read. Expected a complete "
            f"{formats} file. Received: a file that "
            f"starts with {start!r}. Convert it, or leave it out."
        ) from error
    except Image.DecompressionBombError as error:
        size = re.search(r"\d+ pixels", str(error))
        received = size.group() if size else str(error)
        raise _too_large(label, received, max_pixels) from error
    except DECODE_ERRORS as error:
        raise _damaged(label, error) from error
    with image:
        if image.width * image.height > max_pixels:
            size = f"{image.width}x{image.height} pixels"
            raise _too_large(label, size, max_pixels)
        return _decode(image, label, notes_from(warned), file)


def _decode(
    image: Image.Image,
    label: str,
    notes: tuple[str, ...] = (),
    file: IO[bytes] | None = None,
) -> Photo:
    bits = bits_of_file(image)
    if bits == "misread":
        raise PhotoError(
            f"{label} stores 16-bit channels one after the other, without "
            "compression, which cannot be read. Save it interleaved."
        )
    if bits == "16 cut to 8":
        notes += ("16 bits became 8: they are stored in an unusual way.",)
    try:
        is_turned = turns_on_its_side(image)
        image.load()
        rgb16 = None
        if bits == "16" and file is not None:
            rgb16 = read_16_bit(file, image.format or "")
        pixels = to_pixels(image, rgb16)
    except DECODE_ERRORS as error:
        raise _damaged(label, error) from error
    metadata = read_metadata(image, is_turned)
    upright = _PIXEL_MAPS.get(metadata.orientation, lambda x: x)

    def turned(x: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(upright(x))

    return Photo(
        rgb=turned(pixels.rgb),
        alpha=None if pixels.alpha is None else turned(pixels.alpha),
        rgb16=None if pixels.rgb16 is None else turned(pixels.rgb16),
        format=_plain_format(image),
        exif=metadata.exif,
        icc=srgb_profile() if pixels.was_profiled else None,
        dpi=metadata.dpi,
        notes=notes + pixels.notes + metadata.notes,
    )


def _plain_format(image: Image.Image) -> str:
    # A JPEG of many frames, as telephones write it, is an MPO to Pillow.
    return "JPEG" if image.format == "MPO" else image.format or "PNG"


def _formats_of_this_pillow() -> tuple[str, ...]:
    # Pillow's other formats are refused: some run programs.
    Image.init()  # AVIF came late, and some builds lack others
    return tuple(name for name in PHOTO_FORMATS if name in Image.OPEN)


def _too_large(label: str, received: str, max_pixels: int) -> PhotoError:
    return PhotoError(
        f"{label} is too large: expected at most {max_pixels} pixels (a "
        f"guard against decompression bombs). Received: {received}. Shrink "
        "the photo, or raise the limit: `max_pixels`, on the command line "
        "--max-pixels."
    )


def _damaged(label: str, error: Exception) -> PhotoError:
    return PhotoError(
        f"{label} is damaged or cut short ({error}). Expected a complete "
        "photo file; copy it again from where it came from."
    )
