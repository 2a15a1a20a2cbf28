"""Array -> photo file: what each format holds is kept, the rest is said."""

import io
from collections.abc import Iterable

import numpy as np
from PIL import Image

from keras_colorize.color.luminance import strips
from keras_colorize.errors import OutputError
from keras_colorize.errors import PhotoError
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.serving.images.captions import dropped_captions
from keras_colorize.serving.images.captions import embed_in_jpeg
from keras_colorize.serving.images.captions import embed_in_jpeg2000
from keras_colorize.serving.images.captions import embed_in_png
from keras_colorize.serving.images.captions import too_long_captions
from keras_colorize.serving.images.exif import exif_directories
from keras_colorize.serving.images.exif import fit_exif
from keras_colorize.serving.images.heif import HOW_TO_INSTALL
from keras_colorize.serving.images.heif import register_heif
from keras_colorize.serving.images.jpeg import encode_in_strips
from keras_colorize.serving.images.read import Photo
from keras_colorize.serving.images.sixteen_bit import encode_16_bit_png
from keras_colorize.serving.images.sixteen_bit import encode_16_bit_tiff
from keras_colorize.serving.images.tiff_structure import Directory
from keras_colorize.serving.images.tiff_structure import Tag
from keras_colorize.serving.images.tiff_structure import join_pages
from keras_colorize.serving.images.tiff_structure import with_tags

_GIF_COLORS = 256
_CLEAR, _BLACK, _WHITE = 253, 254, 255  # places in the palette of a GIF
_SHOWN_ALPHA = 128  # from which on a pixel of a GIF is there
# What programs write that know no resolution; not worth a note.
_SCREEN_DPI = ((1.0, 1.0), (72.0, 72.0), (96.0, 96.0))
_SAVE_OPTIONS = {
    # Color is what we add: no chroma subsampling.
    "JPEG": {"quality": 95, "subsampling": "4:4:4"},
    "PNG": {},
    "TIFF": {"compression": "tiff_lzw"},
    "WEBP": {"quality": 95},
    "BMP": {},
    "GIF": {},
    "AVIF": {"quality": 90, "subsampling": "4:4:4"},
    "HEIF": {"quality": 90, "chroma": 444},
    "JPEG2000": {},  # lossless, which is what archives take it for
    "PPM": {},
}
USE_QUALITY = frozenset(
    name for name, options in _SAVE_OPTIONS.items() if "quality" in options
)
_16_BIT_ENCODERS = {"PNG": encode_16_bit_png, "TIFF": encode_16_bit_tiff}


def encode_photo(
    photo: Photo, format: str | None = None, quality: int | None = None
) -> bytes:
    """Encodes a photo file.

    JPEG is written at quality 95 without chroma subsampling; photos of 16
    bits keep them in PNG and TIFF. EXIF, sRGB profile, resolution and alpha
    are kept where the format holds them; without alpha, transparent areas
    come out on white. `dropped_features` says what a format leaves out.

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
    if format not in PHOTO_FORMATS:
        raise ValueError(
            f"`format` must be one of {', '.join(PHOTO_FORMATS)}. Received: "
            f"format={format!r}."
        )
    _check_size(photo, format)
    metadata = _metadata_for(photo, format)
    if photo.rgb16 is not None and PHOTO_FORMATS[format].holds_16_bits:
        data = _16_BIT_ENCODERS[format](photo.rgb16, metadata)
        return _with_captions(data, photo, format)
    if format == "HEIF" and not register_heif():
        raise OutputError(
            f"HEIC files cannot be written without pillow-heif: "
            f"{HOW_TO_INSTALL}, or choose another format."
        )
    options = {**_SAVE_OPTIONS[format], **metadata}
    if quality is not None and "quality" in options:
        options["quality"] = quality
    if format == "JPEG" and photo.alpha is None:
        data = encode_in_strips(photo.rgb, options)
        return _with_captions(data, photo, format)
    file = io.BytesIO()
    if format == "GIF":
        image, clear = _to_palette(photo)
        options |= {} if clear is None else {"transparency": clear}
    else:
        image = _image_for(photo, format)
        image.info = {}  # Pillow would write what it finds there
    image.save(file, format, **options)
    return _with_captions(file.getvalue(), photo, format)


def join_tiffs(files: Iterable[bytes]) -> bytes:
    """Joins TIFF files of one page each, which `encode_photo` gave.

    Raises:
        PhotoError: If they exceed what a TIFF holds, 4 GB.
    """
    try:
        return join_pages(files)
    except ValueError as error:
        raise PhotoError(
            f"The pages do not fit into one TIFF: {error}. Write another "
            "format, which gets one file a page."
        ) from error


def dropped_features(
    photo: Photo, format: str, source: Photo | None = None
) -> tuple[str, ...]:
    """Says in one sentence each what a format cannot hold of a photo.

    Args:
        photo: What is written.
        format: Pillow's name of the format.
        source: What the photo was before it was colorized: what only we have
            added to it since is not missed.
    """
    notes, holds = [], PHOTO_FORMATS[format]
    source = source or photo
    if photo.rgb16 is not None and not holds.holds_16_bits:
        notes.append(f"{photo.bits} bits became 8: {format} holds no more.")
    if photo.alpha is not None and not holds.holds_alpha:
        notes.append(f"Transparency is on white now: {format} holds none.")
    elif photo.alpha is not None and format == "GIF":
        if ((photo.alpha > 0) & (photo.alpha < 255)).any():
            notes.append(
                "Pixels that let something shine through let nothing or all "
                "of it now: GIF holds no more."
            )
    if photo.dpi and not holds.holds_dpi and photo.dpi not in _SCREEN_DPI:
        notes.append(
            f"Resolution ({photo.dpi[0]:.0f} dpi) left out: {format} holds "
            "none."
        )
    if format == "GIF":
        rgb, is_clear = _shown_in_gif(photo)
        if _few_colors(rgb, is_clear) is None:
            notes.append(
                f"Its colors became {_GIF_COLORS}: GIF holds no more, so "
                "even areas look grainy."
            )
    if source.exif and not holds.holds_exif:
        notes.append(f"EXIF block left out: {format} holds none.")
    if format == "JPEG":
        _, names = fit_exif(photo.exif)
        if names:
            notes.append(
                f"EXIF entries left out ({', '.join(names)}): JPEG holds at "
                "most 64 KB."
            )
    captions = dropped_captions(source.captions, format)
    return (*notes, *captions, *too_long_captions(photo.captions, format))


def image_from_photo(photo: Photo) -> Image.Image:
    """Makes a Pillow image, RGB or RGBA, with EXIF, ICC and DPI in `info`."""
    image = Image.fromarray(photo.rgb)
    if photo.alpha is not None:
        image.putalpha(Image.fromarray(photo.alpha))
    image.info.update(_metadata_of(photo))
    if photo.captions.xmp:
        image.info["xmp"] = photo.captions.xmp
    return image


def _metadata_for(photo: Photo, format: str) -> dict:
    """Returns what Pillow writes itself of the metadata, by its keywords."""
    values = _metadata_of(photo)
    if format == "JPEG" and photo.exif:
        values["exif"] = fit_exif(photo.exif)[0]
    if format == "TIFF":
        values.pop("exif", None)  # put there afterwards, tag by tag
    if not PHOTO_FORMATS[format].holds_exif:
        values.pop("exif", None)
    captions = photo.captions
    if captions.xmp and format in ("WEBP", "AVIF", "HEIF"):
        values["xmp"] = captions.xmp
    if captions.comment and format == "GIF":
        values["comment"] = captions.comment
    return values


def _with_captions(data: bytes, photo: Photo, format: str) -> bytes:
    """Adds to a file what Pillow does not write."""
    if format == "JPEG":
        return embed_in_jpeg(data, photo.captions)
    if format == "PNG":
        return embed_in_png(data, photo.captions)
    if format == "JPEG2000":
        return embed_in_jpeg2000(data, photo.captions)
    if format == "TIFF":
        return _with_tags(data, photo)
    return data


def _with_tags(tiff: bytes, photo: Photo) -> bytes:
    tags, order, linked = {}, "<", {}
    if photo.exif:
        directory, linked = exif_directories(photo.exif)
        tags, order = dict(directory.tags), directory.order
    for number, kind, data in (
        (700, 1, photo.captions.xmp),
        (33723, 7, photo.captions.iptc),
    ):
        if data:
            tags[number] = Tag(kind, data)
    return with_tags(tiff, Directory(tags, order), linked)


def _metadata_of(photo: Photo) -> dict:
    """Returns EXIF, ICC profile and resolution by Pillow's keyword names."""
    values = {"exif": photo.exif, "icc_profile": photo.icc, "dpi": photo.dpi}
    return {name: value for name, value in values.items() if value}


def _check_size(photo: Photo, format: str) -> None:
    height, width = photo.rgb.shape[:2]
    limit = PHOTO_FORMATS[format].longest_side
    if limit and max(height, width) > limit:
        raise PhotoError(
            f"{format} holds at most {limit} pixels a side. Received: "
            f"{width}x{height}. Write PNG or TIFF instead."
        )


def _image_for(photo: Photo, format: str) -> Image.Image:
    image = image_from_photo(photo)
    if photo.alpha is None or PHOTO_FORMATS[format].holds_alpha:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


# === GIF ===


def _to_palette(photo: Photo) -> tuple[Image.Image, int | None]:
    """Makes an image of mode P, and says which place is the transparent one.

    Few colors are those of the photo. More are merged and dithered.
    """
    rgb, is_clear = _shown_in_gif(photo)
    few = _few_colors(rgb, is_clear)
    if few is None:
        indices, colors = _merged_colors(rgb, is_clear is not None)
        clear = _CLEAR
    else:
        indices, colors, clear = _indices_of(rgb, few), _as_bytes(few), len(few)
    if is_clear is not None:
        indices[is_clear] = clear
    image = Image.fromarray(indices, "P")
    image.putpalette(colors.ljust(3 * _GIF_COLORS, b"\0"))
    return image, None if is_clear is None else clear


def _shown_in_gif(photo: Photo) -> tuple[np.ndarray, np.ndarray | None]:
    """Returns what a GIF shows: a pixel is there or not.

    Returns:
        uint8 (H, W, 3), of which pixels that are not there have the color of
        one that is; and bool (H, W), which these are, or None.
    """
    if photo.alpha is None:
        return photo.rgb, None
    is_clear = photo.alpha < _SHOWN_ALPHA
    if not is_clear.any():
        return photo.rgb, None
    shown = photo.rgb.reshape(-1, 3)[np.argmin(is_clear)]
    return np.where(is_clear[..., None], shown, photo.rgb), is_clear


def _few_colors(
    rgb: np.ndarray, is_clear: np.ndarray | None
) -> np.ndarray | None:
    """Lists colors as numbers in ascending order; None for too many of them."""
    most = _GIF_COLORS if is_clear is None else _GIF_COLORS - 1
    found = Image.fromarray(rgb).getcolors(most)
    if found is None:
        return None
    return np.sort(_numbers_of(np.array([color for _, color in found])))


def _numbers_of(rgb: np.ndarray) -> np.ndarray:
    return rgb @ np.array([2**16, 2**8, 1])


def _as_bytes(numbers: np.ndarray) -> bytes:
    channels = [numbers >> 16, numbers >> 8 & 255, numbers & 255]
    return np.stack(channels, axis=-1).astype(np.uint8).tobytes()


def _indices_of(rgb: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Finds the place of each pixel's color in an ascending list."""
    # TRICKY: Pillow's own search knows 64 levels of each channel.
    height, width = rgb.shape[:2]
    indices = np.empty((height, width), np.uint8)
    for rows in strips(height, width):
        indices[rows] = np.searchsorted(numbers, _numbers_of(rgb[rows]))
    return indices


def _merged_colors(
    rgb: np.ndarray, has_clear: bool
) -> tuple[np.ndarray, bytes]:
    """Merges colors until a GIF has room for them, with dithering.

    Args:
        rgb: uint8 (H, W, 3).
        has_clear: Whether the place `_CLEAR` is to be left free.

    Returns:
        uint8 (H, W), places in the palette, and the palette.
    """
    # In two steps, as Pillow dithers only towards a palette that it is given.
    image = Image.fromarray(rgb)
    count = _CLEAR if has_clear else _BLACK
    found = image.quantize(count).getpalette() or []
    colors = bytes(found[: 3 * count]).ljust(3 * count, b"\0")
    colors += colors[: 3 * (_BLACK - count)]  # the free place repeats the first
    colors += b"\0\0\0\xff\xff\xff"
    palette = Image.new("P", (1, 1))
    palette.putpalette(colors)
    dithered = image.quantize(
        palette=palette, dither=Image.Dither.FLOYDSTEINBERG
    )
    indices = np.array(dithered)
    if has_clear:
        indices[indices == _CLEAR] = 0
    # TRICKY: neither medians of many colors nor Pillow's search, which knows
    # 64 levels, keep black and white.
    indices[(rgb == 0).all(axis=-1)] = _BLACK
    indices[(rgb == 255).all(axis=-1)] = _WHITE
    return indices, colors
