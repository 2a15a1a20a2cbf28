"""Array -> photo file: what each format holds is kept, the rest is said."""

import io

from PIL import Image

from keras_colorize.errors import OutputError
from keras_colorize.errors import PhotoError
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.serving.images.heif import HOW_TO_INSTALL
from keras_colorize.serving.images.heif import register_heif
from keras_colorize.serving.images.read import Photo
from keras_colorize.serving.images.sixteen_bit import encode_16_bit_png
from keras_colorize.serving.images.sixteen_bit import encode_16_bit_tiff

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
}
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
    if photo.rgb16 is not None and PHOTO_FORMATS[format].holds_16_bits:
        return _16_BIT_ENCODERS[format](photo.rgb16, _metadata_of(photo))
    if format == "HEIF" and not register_heif():
        raise OutputError(
            f"HEIC files cannot be written without pillow-heif: "
            f"{HOW_TO_INSTALL}, or choose another format."
        )
    options = {**_SAVE_OPTIONS[format], **_metadata_of(photo)}
    if quality is not None and "quality" in options:
        options["quality"] = quality
    file = io.BytesIO()
    _image_for(photo, format).save(file, format, **options)
    return file.getvalue()


def dropped_features(photo: Photo, format: str) -> tuple[str, ...]:
    """Says in one sentence each what a format cannot hold of a photo."""
    notes, holds = [], PHOTO_FORMATS[format]
    if photo.rgb16 is not None and not holds.holds_16_bits:
        notes.append(f"16 bits became 8: {format} holds no more.")
    if photo.alpha is not None and not holds.holds_alpha:
        notes.append(f"Transparency is on white now: {format} holds none.")
    if photo.exif and not holds.holds_exif:
        notes.append(f"EXIF block left out: {format} holds none.")
    return tuple(notes)


def image_from_photo(photo: Photo) -> Image.Image:
    """Makes a Pillow image, RGB or RGBA, with EXIF, ICC and DPI in `info`."""
    image = Image.fromarray(photo.rgb)
    if photo.alpha is not None:
        image.putalpha(Image.fromarray(photo.alpha))
    image.info.update(_metadata_of(photo))
    return image


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
    if photo.alpha is None:
        return _to_palette(image) if format == "GIF" else image
    if format == "GIF":  # a pixel is there or not
        alpha = image.getchannel("A").point([0] * 128 + [255] * 128)
        image.putalpha(alpha)
        return image
    if PHOTO_FORMATS[format].holds_alpha:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _to_palette(image: Image.Image) -> Image.Image:
    # In two steps, as Pillow dithers only towards a palette that it is given.
    palette = image.quantize(256)
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
