"""Writing photo files, whole or not at all."""

import contextlib
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from keras_colorize.serving.errors import OutputError
from keras_colorize.serving.errors import PhotoError
from keras_colorize.serving.images import Photo
from keras_colorize.serving.images import image_from_photo
from keras_colorize.serving.images import metadata_of

FORMAT_OF_SUFFIX = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".avif": "AVIF",
}
_SAVE_OPTIONS = {
    # Colour is what we add: no chroma subsampling.
    "JPEG": {"quality": 95, "subsampling": "4:4:4"},
    "PNG": {},
    "TIFF": {"compression": "tiff_lzw"},
    "WEBP": {"quality": 95},
    "BMP": {},
    "GIF": {},
    "AVIF": {"quality": 90, "subsampling": "4:4:4"},
}
_HOLDS_ALPHA = ("PNG", "TIFF", "WEBP", "GIF", "AVIF")
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


def suffix_of_format(format: str) -> str:
    """Usual file name suffix of a format: ".jpg" for "JPEG"."""
    suffixes = {f: s for s, f in reversed(FORMAT_OF_SUFFIX.items())}
    return suffixes[format]


def encode_photo(photo: Photo, format: str | None = None) -> bytes:
    """The bytes of a photo file.

    JPEG is written at quality 95 without chroma subsampling. EXIF, sRGB
    profile, resolution and alpha are kept where the format holds them;
    without alpha, transparent areas come out on white.

    Args:
        photo: The photo.
        format: Pillow's name of the format; default the photo's own.

    Raises:
        PhotoError: If the format cannot hold the photo.
        ValueError: If the format is not one of those written.
    """
    format = format or photo.format
    if format not in _SAVE_OPTIONS:
        raise ValueError(
            f"`format` must be one of {', '.join(_SAVE_OPTIONS)}. Received: "
            f"format={format!r}."
        )
    _check_size(photo, format)
    file = io.BytesIO()
    _image_for(photo, format).save(
        file, format, **_SAVE_OPTIONS[format], **metadata_of(photo)
    )
    return file.getvalue()


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


@contextlib.contextmanager
def explained_os_errors(path: Path) -> Iterator[None]:
    """Says what to do when the system does not let a file be written.

    Raises:
        OutputError: In place of any `OSError` inside the block.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}. Choose "
            "another place, or make its folder and allow writing in it."
        ) from error


def check_vacant(path: Path) -> None:
    """Refuses to go on where a file exists.

    Raises:
        OutputError: If `path` exists.
    """
    if path.exists():
        raise OutputError(
            f"{path} exists already. Choose another name, or allow "
            "overwriting (--overwrite on the command line)."
        )


def check_writable(folder: Path) -> None:
    """Tries a folder before work starts.

    Raises:
        OutputError: If no file can be made in `folder`.
    """
    probe = _part_path(folder)
    try:
        with explained_os_errors(folder):
            probe.touch(exist_ok=False)
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()


def write_bytes(data: bytes, path: Path) -> None:
    """Writes beside `path`, then renames; leaves nothing on failure.

    Raises:
        OutputError: If the file cannot be written there.
    """
    part = _part_path(path.parent)
    try:
        with explained_os_errors(path):
            part.write_bytes(data)
            os.replace(part, path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()  # gone already if all went well


def _part_path(folder: Path) -> Path:
    return folder / f".keras-colorize-{secrets.token_hex(8)}.part"


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
