"""Photo file -> array: orientation, profiles, bits and modes made plain.

Whatever colorizes goes through `Photo`, whose pixels are sRGB, upright.
`images.write` is the way back to a file; training has a reader of its own,
`data.decode`.
"""

import contextlib
import dataclasses
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from keras_colorize.errors import PhotoError
from keras_colorize.errors import PhotoSizeError
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.serving.images import jpeg
from keras_colorize.serving.images import jpeg2000
from keras_colorize.serving.images import png
from keras_colorize.serving.images import tiff
from keras_colorize.serving.images.captions import Captions
from keras_colorize.serving.images.captions import xmp_of_jpeg2000
from keras_colorize.serving.images.exif import CREDENTIALS_LEFT_OUT
from keras_colorize.serving.images.exif import DECODE_ERRORS
from keras_colorize.serving.images.exif import Metadata
from keras_colorize.serving.images.exif import quiet_pillow
from keras_colorize.serving.images.exif import read_metadata
from keras_colorize.serving.images.exif import read_tiff_metadata
from keras_colorize.serving.images.exif import turns_on_its_side
from keras_colorize.serving.images.heif import HOW_TO_INSTALL
from keras_colorize.serving.images.heif import read_16_bit_heif
from keras_colorize.serving.images.heif import read_depth
from keras_colorize.serving.images.heif import register_heif
from keras_colorize.serving.images.kinds import CameraRawError
from keras_colorize.serving.images.kinds import UnreadableError
from keras_colorize.serving.images.kinds import format_of_start
from keras_colorize.serving.images.kinds import refuse_known
from keras_colorize.serving.images.pixel_memory import PixelMemory
from keras_colorize.serving.images.pixel_memory import load_into_memory
from keras_colorize.serving.images.pixels import srgb_profile
from keras_colorize.serving.images.pixels import to_pixels
from keras_colorize.serving.images.pnm import read_header
from keras_colorize.serving.images.pnm import read_levels
from keras_colorize.serving.images.sixteen_bit import has_16_bit_colors
from keras_colorize.serving.images.sixteen_bit import note_on_dark
from keras_colorize.serving.images.sixteen_bit import read_16_bit_png
from keras_colorize.serving.images.sixteen_bit import to_8_bit

# Where Pillow refuses by itself; 0.5 GB of RGB pixels.
MAX_PIXELS = 178_956_970


@dataclasses.dataclass(frozen=True, eq=False)
class Photo:
    """A photo with what its file carries.

    Attributes:
        rgb: uint8 (H, W, 3), sRGB, upright; of a gray photo a view of one
            channel, which is not writeable.
        rgb16: The same in 16 bits, uint16 (H, W, 3), or (H, W, 4) where there
            is alpha; None for a photo of 8 bits.
        alpha: uint8 (H, W), or None for a photo without transparency.
        format: Pillow's name of the file format, such as "JPEG"; "PNG" for
            photos that came from no file.
        exif: EXIF block with its orientation reset, or None.
        icc: ICC profile of `rgb` (sRGB) if the file had one, else None.
        dpi: Dots per inch across and down, or None.
        notes: One sentence for each thing in the file that was left out.
        captions: What people wrote about it.
        bits: Of each value in the file.
        num_pages: Of a TIFF; 1 for other files.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None = None
    format: str = "PNG"
    exif: bytes | None = None
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    rgb16: np.ndarray | None = None
    captions: Captions = Captions()
    bits: int = 8
    num_pages: int = 1


@dataclasses.dataclass(frozen=True, eq=False)
class _Decoded:
    """A picture as its file stores it.

    Attributes:
        image: Loaded, with its ICC profile; of more than 8 bits only where
            Pillow has a mode for them.
        metadata: What is stored beside it.
        format: Pillow's name of the format.
        bits: Of each value in the file.
        rgb16: uint16 (H, W, 3) or (H, W, 4), where `image` has fewer bits.
        gamma: Exponent to linear light, for values that are not sRGB.
        num_pages: Of the file.
        notes: One sentence for each thing that was left out.
        memory: Of `image`, where it can go back row by row.
    """

    image: Image.Image
    metadata: Metadata
    format: str
    bits: int = 8
    rgb16: np.ndarray | None = None
    gamma: float | None = None
    num_pages: int = 1
    notes: tuple[str, ...] = ()
    memory: PixelMemory | None = None


def read_photo(
    source: str | os.PathLike | bytes | IO[bytes],
    max_pixels: int = MAX_PIXELS,
    page: int = 0,
) -> Photo:
    """Reads a photo file: the first frame or page, upright, in 8-bit sRGB.

    Args:
        source: Path, the bytes of a file, or a file opened for reading bytes.
        max_pixels: Photos with more pixels are refused before decoding.
        page: Which page of a TIFF, from 0; other files have one.

    Returns:
        The photo with its alpha, EXIF, resolution and notes.

    Raises:
        PhotoError: If the file is missing, empty, no photo, damaged, or
            larger than `max_pixels`.
    """
    if isinstance(source, bytes):
        file = io.BytesIO(source)
        return _read_stream(file, "The input", max_pixels, page)
    if not isinstance(source, (str, os.PathLike)):
        name = getattr(source, "name", None)
        label = name if isinstance(name, str) else "The input"
        return _read_stream(source, label, max_pixels, page)
    path = Path(source)
    if path.is_dir():
        raise PhotoError(f"{path} is a folder. Expected a photo file.")
    if path.exists() and not path.is_file():  # a pipe may never end
        raise PhotoError(
            f"{path} is no file, but a pipe, socket or device. Expected a "
            "photo file."
        )
    try:
        with path.open("rb") as file:
            return _read_stream(file, str(path), max_pixels, page)
    except FileNotFoundError as error:
        raise PhotoError(
            f"There is no file {path}. Check the name and the folder."
        ) from error
    except PermissionError as error:
        raise PhotoError(
            f"{path} may not be read. Change its permissions."
        ) from error
    except OSError as error:  # of the disk, or a link to itself
        raise PhotoError(
            f"{path} cannot be read: {error.strerror or error}. Check the "
            "file and its disk."
        ) from error


def peek_format(path: str | os.PathLike) -> str | None:
    """Reads the format of a photo from its first bytes; None if it is none."""
    if not os.path.isfile(path):  # a pipe may never end
        return None
    expected = (*DECODE_ERRORS, Image.DecompressionBombError)
    with contextlib.suppress(*expected), open(path, "rb") as file:
        format = format_of_start(file.read(16))
        if format in ("HEIF", "TIFF"):  # Pillow knows fewer kinds of them
            return format
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
    if 0 in image.size:
        raise PhotoError(
            "The image has no pixels. Expected a width and height of 1 or "
            f"more. Received: size={image.size}."
        )
    with _explained("The image", MAX_PIXELS):
        photo = _photo_from_image(image)
    count = getattr(image, "n_frames", 1)
    if count > 1:
        note = f"It holds {count} pictures, of which the one shown is taken."
        photo = dataclasses.replace(photo, notes=(*photo.notes, note))
    return photo


def _photo_from_image(image: Image.Image) -> Photo:
    if image.format == "TIFF" and getattr(image, "tile", None):
        return _to_photo(_decode_open_tiff(image))
    is_turned = turns_on_its_side(image)
    image.load()
    metadata = read_metadata(image, is_turned)
    bits = 16 if image.mode.startswith(("I", "F")) else 8
    return _to_photo(_Decoded(image, metadata, _plain_format(image), bits))


def _read_stream(
    file: IO[bytes], label: str, max_pixels: int, page: int
) -> Photo:
    start = file.read(16)
    if not start:
        raise PhotoError(
            f"{label} is empty (0 bytes). Expected a photo file; copy it "
            "again from where it came from."
        )
    format = format_of_start(start)
    if format == "HEIF" and not register_heif():
        raise PhotoError(
            f"{label} is a HEIC photo, for which pillow-heif is needed: "
            f"{HOW_TO_INSTALL}."
        )
    with _explained(label, max_pixels, start):
        refuse_known(start)
        if format == "TIFF":
            return _to_photo(_decode_tiff(file, max_pixels, page))
        decode = _DECODERS.get(format, _decode_other)
        return _to_photo(decode(file, max_pixels))


@contextlib.contextmanager
def _explained(
    label: str, max_pixels: int, start: bytes = b""
) -> Iterator[None]:
    """Turns what goes wrong in decoding into errors that name the file."""
    try:
        yield
    except _TooLargeError as error:
        raise _too_large(label, str(error), max_pixels) from error
    except CameraRawError as error:
        raise PhotoError(
            f"{label} is a camera's raw file ({error}), which is not a "
            "picture yet. Develop it with your camera's program, darktable "
            "or RawTherapee, save it as TIFF, and colorize that."
        ) from error
    except UnreadableError as error:
        raise PhotoError(
            f"{label} is {error}, which cannot be read. Save it as TIFF of 8 "
            "or 16 bits, PNG or JPEG with the program it comes from."
        ) from error
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
        raise PhotoError(
            f"{label} is damaged or cut short ({error}). Expected a complete "
            "photo file; copy it again from where it came from."
        ) from error


class _TooLargeError(Exception):
    """A picture of more pixels than are allowed; the text says how many."""


# === One decoder a format ===


def _decode_tiff(file: IO[bytes], max_pixels: int, index: int) -> _Decoded:
    pages = tiff.read_pages(file)
    page = pages[index]
    _check_size((page.width, page.height), max_pixels)
    decoded = _decode_page(file, page, max_pixels)
    return dataclasses.replace(decoded, num_pages=len(pages))


def _decode_open_tiff(image: Image.Image) -> _Decoded:
    """Decodes the page at which a TIFF stands that nobody has loaded."""
    file = image.fp
    place = file.tell()
    try:
        page = tiff.page_at(file, image.tell())
        return _decode_page(file, page, MAX_PIXELS)
    finally:
        file.seek(place)


def _decode_page(file: IO[bytes], page: tiff.Page, max_pixels: int) -> _Decoded:
    rgb16, notes = None, ()
    if page.has_plain_values:
        levels, notes = _read_levels(file, page, max_pixels)
        colors, alpha, more = tiff.split_extra(levels, page)
        notes += more
        image, rgb16 = _to_image(colors, page.num_colors == 1, alpha)
    else:
        image = tiff.open_page(file, page, max_pixels)
        if page.bits > 8:
            notes = (f"{page.bits} bits became 8: it is {page}.",)
    if profile := page.directory.data_of(34675):
        image.info["icc_profile"] = profile
    metadata = read_tiff_metadata(file, page.directory, image.size)
    return _Decoded(image, metadata, "TIFF", page.bits, rgb16, notes=notes)


def _read_levels(
    file: IO[bytes], page: tiff.Page, max_pixels: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Reads the levels of a page; its values, which may be long, go."""
    samples = tiff.read_samples(file, page, max_pixels)
    return tiff.to_levels(samples, page), tiff.notes_on_range(samples, page)


def _decode_png(file: IO[bytes], max_pixels: int) -> _Decoded:
    facts, cleaned = png.read_facts(file)
    decoded = _decode_other(cleaned, max_pixels)
    size = decoded.image.size
    captions = Captions(facts.xmp, facts.iptc, texts=facts.texts)
    metadata = decoded.metadata.with_captions(captions, size)
    return dataclasses.replace(
        decoded,
        metadata=metadata,
        bits=facts.bits,
        gamma=facts.decoding_gamma,
        notes=decoded.notes
        + _notes_on_transfer(facts.unread_transfer)
        + ((CREDENTIALS_LEFT_OUT,) if facts.has_credentials else ()),
    )


def _decode_pnm(file: IO[bytes], max_pixels: int) -> _Decoded:
    header = read_header(file)
    _check_size((header.width, header.height), max_pixels)
    levels, bits = read_levels(file, header), header.white.bit_length()
    is_gray = levels.shape[2] == 1
    colors = np.repeat(levels, 3, axis=2) if is_gray else levels
    image, rgb16 = _to_image(colors, is_gray)
    return _Decoded(image, read_metadata(image), "PPM", bits, rgb16)


def _decode_jpeg2000(file: IO[bytes], max_pixels: int) -> _Decoded:
    bits, channels = jpeg2000.read_depth(file)
    decoded = _decode_other(file, max_pixels)
    xmp = xmp_of_jpeg2000(file)
    metadata = decoded.metadata.with_captions(
        dataclasses.replace(decoded.metadata.captions, xmp=xmp),
        decoded.image.size,
    )
    decoded = dataclasses.replace(decoded, metadata=metadata, bits=bits)
    if bits in (8, 16) or decoded.image.mode == "P":
        return decoded
    levels = jpeg2000.unshifted(decoded.image, bits)
    alpha = levels[..., -1] if channels in (2, 4) else None
    is_gray = channels < 3
    colors = np.repeat(levels[..., :1], 3, 2) if is_gray else levels[..., :3]
    image, rgb16 = _to_image(colors, is_gray, alpha)
    image.info.update(decoded.image.info)
    return dataclasses.replace(decoded, image=image, rgb16=rgb16)


def _decode_heif(file: IO[bytes], max_pixels: int) -> _Decoded:
    bits, transfer = read_depth(file)
    file.seek(0)
    decoded = _decode_other(file, max_pixels)
    notes, rgb16 = _notes_on_transfer(transfer), None
    # Pillow's plugin says it of HEIC.
    bits = decoded.image.info.get("bit_depth", bits)
    if bits > 8 and decoded.format == "HEIF":
        rgb16 = read_16_bit_heif(file, bits)
    elif bits > 8:
        notes += (f"{bits} bits became 8: Pillow gives no more of AVIF.",)
    return dataclasses.replace(
        decoded, bits=bits, rgb16=rgb16, notes=decoded.notes + notes
    )


def _decode_other(file: IO[bytes], max_pixels: int) -> _Decoded:
    """Decodes what Pillow reads right."""
    notes = ()
    file.seek(0)
    is_jpeg = file.read(2) == b"\xff\xd8"
    try:
        return _decode_by_pillow(file, max_pixels)
    except DECODE_ERRORS as error:
        if not is_jpeg:
            raise
        whole = jpeg.with_its_end(file)
        if whole is None and isinstance(error, Image.UnidentifiedImageError):
            kind = jpeg.describe_jpeg(file)
            if kind:
                raise UnreadableError(kind) from error
        if whole is None:
            raise
    notes = ("The mark of its end was missing; no pixel was.",)
    decoded = _decode_by_pillow(whole, max_pixels)
    return dataclasses.replace(decoded, notes=decoded.notes + notes)


def _decode_by_pillow(file: IO[bytes], max_pixels: int) -> _Decoded:
    with _open(file, max_pixels) as image:
        _check_size(image.size, max_pixels)
        is_16 = has_16_bit_colors(image)
        num_pictures = getattr(image, "n_frames", 1)
        memory = load_into_memory(image)
        rgb16 = read_16_bit_png(file) if is_16 else None
        notes = ()
        if rgb16 is not None:
            notes = note_on_dark(int(rgb16[..., :3].max()))
        if num_pictures > 1:
            notes += (
                f"It holds {num_pictures} pictures, of which the first one "
                "is taken.",
            )
        is_16 = is_16 or image.mode.startswith("I")
        return _Decoded(
            image if memory is None else memory.image,
            read_metadata(image),
            _plain_format(image),
            16 if is_16 else 8,
            rgb16,
            notes=notes,
            memory=memory,
        )


_DECODERS = {
    "PPM": _decode_pnm,
    "PNG": _decode_png,
    "JPEG2000": _decode_jpeg2000,
    "HEIF": _decode_heif,
    "AVIF": _decode_heif,
}


@contextlib.contextmanager
def _open(file: IO[bytes], max_pixels: int) -> Iterator[Image.Image]:
    file.seek(0)
    with quiet_pillow(max_pixels):
        image = Image.open(file, formats=_formats_of_this_pillow())
    with image:
        yield image


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise _TooLargeError(f"{width}x{height} pixels")
    if width < 1 or height < 1:
        raise ValueError("it has no pixels")


def _to_image(
    colors: np.ndarray, is_gray: bool, alpha: np.ndarray | None = None
) -> tuple[Image.Image, np.ndarray | None]:
    """Makes an image of 8 bits, and 16-bit colors where there are more."""
    rgb16 = None
    if colors.dtype == np.uint16:
        rgb16 = colors if alpha is None else np.dstack([colors, alpha])
        colors, alpha = to_8_bit(colors), None
    shown = colors[..., 0] if is_gray else colors
    image = Image.fromarray(np.ascontiguousarray(shown))
    if alpha is not None:
        image.putalpha(Image.fromarray(np.ascontiguousarray(alpha)))
    return image, rgb16


def _notes_on_transfer(name: str) -> tuple[str, ...]:
    if not name:
        return ()
    return (
        f"Its brightness is coded for HDR screens ({name}) and was taken as "
        "sRGB: it comes out flat.",
    )


def _to_photo(decoded: _Decoded) -> Photo:
    """Converts colors to sRGB and turns pixels upright."""
    metadata = decoded.metadata
    pixels = to_pixels(
        decoded.image,
        decoded.rgb16,
        decoded.gamma,
        metadata.orientation,
        decoded.memory,
    )
    return Photo(
        rgb=pixels.rgb,
        alpha=pixels.alpha,
        rgb16=pixels.rgb16,
        format=decoded.format,
        exif=metadata.exif,
        icc=srgb_profile() if pixels.was_profiled else None,
        dpi=metadata.dpi,
        notes=decoded.notes + pixels.notes + metadata.notes,
        captions=metadata.captions,
        bits=decoded.bits,
        num_pages=decoded.num_pages,
    )


def _plain_format(image: Image.Image) -> str:
    # A JPEG of many frames, as telephones write it, is an MPO to Pillow.
    return "JPEG" if image.format == "MPO" else image.format or "PNG"


def _formats_of_this_pillow() -> tuple[str, ...]:
    # Pillow's other formats are refused: some run programs.
    Image.init()  # AVIF came late, and some builds lack others
    return tuple(name for name in PHOTO_FORMATS if name in Image.OPEN)


def _too_large(label: str, received: str, max_pixels: int) -> PhotoError:
    return PhotoSizeError(
        label,
        f"at most {max_pixels} pixels (a guard against decompression bombs)",
        received,
        "Shrink the photo, or raise the limit: `max_pixels`, on the command "
        "line --max-pixels.",
    )
