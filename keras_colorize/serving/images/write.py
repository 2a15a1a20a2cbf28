"""Writing photo files, whole or not at all."""

import io
import os
from pathlib import Path

from PIL import Image

from keras_colorize.errors import OutputError
from keras_colorize.errors import PhotoError
from keras_colorize.files import check_vacant
from keras_colorize.files import write_bytes
from keras_colorize.photo_formats import FORMAT_OF_SUFFIX
from keras_colorize.serving.images.heif import HOW_TO_INSTALL
from keras_colorize.serving.images.heif import register_heif
from keras_colorize.serving.images.read import Photo
from keras_colorize.serving.images.read import image_from_photo
from keras_colorize.serving.images.read import metadata_of
from keras_colorize.serving.images.sixteen_bit import encode_deep_png
from keras_colorize.serving.images.sixteen_bit import encode_deep_tiff

_SAVE_OPTIONS = {
    # Colour is what we add: no chroma subsampling.
    "JPEG": {"quality": 95, "subsampling": "4:4:4"},
    "PNG": {},
    "TIFF": {"compression": "tiff_lzw"},
    "WEBP": {"quality": 95},
    "BMP": {},
    "GIF": {},
    "AVIF": {"quality": 90, "subsampling": "4:4:4"},
    "HEIF": {"quality": 90, "chroma": 444},
}
_DEEP_ENCODERS = {"PNG": encode_deep_png, "TIFF": encode_deep_tiff}
_HOLDS_ALPHA = ("PNG", "TIFF", "WEBP", "GIF", "AVIF", "HEIF")
_HOLDS_NO_EXIF = ("BMP", "GIF")
_LONGEST_SIDE = {"JPEG": 65500, "WEBP": 16383, "GIF": 65535, "AVIF": 65536}


def format_of_path(path: str | os.PathLike) -> str:
    """Format that a file name asks for, such as "JPEG" for `a.jpg`.

    Raises:
        OutputError: If the suffix is not one of a writable format.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMAT_OF_SUFFIX:
        raise OutputError(
            f"{path}: the file name says which format to write. Expected one "
            f"of {', '.join(FORMAT_OF_SUFFIX)}. Received: {suffix or 'none'}."
        )
    return FORMAT_OF_SUFFIX[suffix]


def encode_photo(
    photo: Photo, format: str | None = None, quality: int | None = None
) -> bytes:
    """The bytes of a photo file.

    JPEG is written at quality 95 without chroma subsampling; photos of 16
    bits keep them in PNG and TIFF. EXIF, sRGB profile, resolution and alpha
    are kept where the format holds them; without alpha, transparent areas
    come out on white. `losses` says what a format leaves out.

    Args:
        photo: The photo.
        format: Pillow's name of the format; default the photo's own.
        quality: From 1 to 100, for JPEG, WebP, AVIF and HEIC; default 95 or
            90, by format.

    Raises:
        PhotoError: If the format cannot hold the photo.
        OutputError: If the format needs a package that is missing.
        ValueError: If the format is not one of those written.
    """
    format = format or photo.format
    if format not in _SAVE_OPTIONS:
        raise ValueError(
            f"`format` must be one of {', '.join(_SAVE_OPTIONS)}. Received: "
            f"format={format!r}."
        )
    _check_size(photo, format)
    if photo.deep is not None and format in _DEEP_ENCODERS:
        return _DEEP_ENCODERS[format](photo.deep, metadata_of(photo))
    if format == "HEIF" and not register_heif():
        raise OutputError(
            f"HEIC files cannot be written without pillow-heif: "
            f"{HOW_TO_INSTALL}, or choose another format."
        )
    options = {**_SAVE_OPTIONS[format], **metadata_of(photo)}
    if quality is not None and "quality" in options:
        options["quality"] = quality
    file = io.BytesIO()
    _image_for(photo, format).save(file, format, **options)
    return file.getvalue()


def losses(photo: Photo, format: str) -> tuple[str, ...]:
    """One sentence for each thing of a photo that a format cannot hold."""
    notes = []
    if photo.deep is not None and format not in _DEEP_ENCODERS:
        notes.append(f"16 bits became 8: {format} holds no more.")
    if photo.alpha is not None and format not in _HOLDS_ALPHA:
        notes.append(f"Transparency is on white now: {format} holds none.")
    if photo.exif and format in _HOLDS_NO_EXIF:
        notes.append(f"EXIF block left out: {format} holds none.")
    return tuple(notes)


def write_photo(
    photo: Photo,
    path: str | os.PathLike,
    format: str | None = None,
    overwrite: bool = True,
) -> None:
    """Writes a photo file, in one step: never half a file under its name.

    Args:
        photo: The photo.
        path: Where to; the folder must exist.
        format: Pillow's name of the format; default what the suffix says.
        overwrite: Whether an existing file may be replaced.

    Raises:
        PhotoError: If the format cannot hold the photo.
        OutputError: If the suffix is unknown, the file exists (and
            `overwrite` is off) or the folder cannot be written.
    """
    path = Path(path)
    data = encode_photo(photo, format or format_of_path(path))
    if not overwrite:
        check_vacant(path)
    write_bytes(data, path)


def _check_size(photo: Photo, format: str) -> None:
    height, width = photo.rgb.shape[:2]
    limit = _LONGEST_SIDE.get(format)
    if limit and max(height, width) > limit:
        raise PhotoError(
            f"{format} holds at most {limit} pixels a side. Received: "
            f"{width}x{height}. Write PNG or TIFF instead."
        )


def _image_for(photo: Photo, format: str) -> Image.Image:
    image = image_from_photo(photo)
    if photo.alpha is None:
        return _to_palette(image) if format == "GIF" else image
    if format == "GIF":  # a pixel is there or not
        alpha = image.getchannel("A").point([0] * 128 + [255] * 128)
        image.putalpha(alpha)
        return image
    if format in _HOLDS_ALPHA:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _to_palette(image: Image.Image) -> Image.Image:
    # In two steps, as Pillow dithers only towards a palette that it is given.
    palette = image.quantize(256)
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
