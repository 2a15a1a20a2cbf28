"""Pixels of any Pillow mode as sRGB of 8 and of 16 bits, and alpha."""

import dataclasses
import functools
import io

import numpy as np
from PIL import Image
from PIL import ImageCms

from keras_colorize.color import lab_formulas as formulas
from keras_colorize.serving.images.icc import to_srgb_16_bit
from keras_colorize.serving.images.sixteen_bit import note_on_dark
from keras_colorize.serving.images.sixteen_bit import to_8_bit
from keras_colorize.serving.images.sixteen_bit import to_16_bit
from keras_colorize.serving.images.sixteen_bit import white_of_floats

# ICC data color space -> the Pillow modes it describes.
_ICC_MODES = {
    "RGB ": ("RGB",),
    "GRAY": ("L",),
    "CMYK": ("CMYK",),
    "Lab ": ("LAB",),
}
_STRIP_PIXELS = 2**20
# EXIF orientation -> an upright array as it is stored, and back.
_STORED = {
    2: lambda x: x[:, ::-1],
    3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1],
    5: lambda x: x.swapaxes(0, 1),
    6: lambda x: np.rot90(x),
    7: lambda x: x[::-1, ::-1].swapaxes(0, 1),
    8: lambda x: np.rot90(x, -1),
}
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262  # tags of TIFF
# An ICC header holds the time of its making, by which two runs would differ.
_ICC_DATE = slice(24, 36)
_FIXED_DATE = bytes([7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])  # 2000-01-01


@dataclasses.dataclass(frozen=True, eq=False)
class Pixels:
    """What a file shows, upright.

    Attributes:
        rgb: uint8 (H, W, 3), sRGB; of gray a view that is not writeable.
        alpha: uint8 (H, W), or None for an image without transparency.
        rgb16: uint16 (H, W, 3), or (H, W, 4) where there is alpha, for an
            image of more than 8 bits; else None.
        was_profiled: Whether an ICC profile was applied.
        notes: One sentence for each thing that had to be left out.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None = None
    rgb16: np.ndarray | None = None
    was_profiled: bool = False
    notes: tuple[str, ...] = ()


def to_pixels(
    image: Image.Image,
    rgb16: np.ndarray | None = None,
    gamma: float | None = None,
    orientation: int = 1,
) -> Pixels:
    """Converts a loaded image to what a colorizer works on.

    Colors are converted strip by strip, so that a large photo takes no more
    than the loaded image and the result.

    16-bit values v become round(v / 257) as well. Integers of 32 bits count
    as 16-bit ones unless they exceed 65535; of floating point
    `white_of_floats` tells the white. An embedded ICC
    profile is converted to sRGB (relative colorimetric, black point
    compensation).

    Args:
        image: Pillow image of any mode, not rotated.
        rgb16: uint16 (H, W, 3) or (H, W, 4), where `image` has fewer bits.
        gamma: Exponent from values to linear light, for an image whose file
            says that they are not sRGB; None for others.
        orientation: Of the image, as EXIF numbers them.

    Raises:
        ValueError: If the pixel values have no defined white, or not one of
            them is finite.
    """
    key = image.info.get("transparency")
    notes: tuple[str, ...] = ()
    is_long = image.mode in ("I", "F") or image.mode.startswith("I;16")
    if rgb16 is None and is_long:
        values = np.asarray(image)
        levels = _to_levels(values, image)
        if image.mode != "F" and not hasattr(image, "tag_v2"):
            notes = note_on_dark(int(values.max()))
        rgb16 = to_16_bit(levels)
        rgb16 = _with_alpha(rgb16, None if key is None else values != key)
        color = Image.fromarray(to_8_bit(rgb16[..., 0]))
    elif rgb16 is not None:
        if isinstance(key, tuple) and rgb16.shape[2] == 3:
            rgb16 = _with_alpha(rgb16, (rgb16 != np.array(key)).any(axis=-1))
        color = Image.fromarray(to_8_bit(rgb16[..., :3]))
    else:
        color, alpha = _split_alpha(image)
        if gamma is not None:
            levels = np.asarray(color.convert("RGB")).astype(np.uint16) * 257
            color = Image.fromarray(to_8_bit(_from_gamma(levels, gamma)))
        pixels = Pixels(np.empty(0), alpha)
        return _profiled(pixels, color, image, orientation)
    if gamma is not None:
        rgb16[..., :3] = _from_gamma(rgb16[..., :3], gamma)
        color = Image.fromarray(to_8_bit(rgb16[..., :3]))
    alpha = to_8_bit(rgb16[..., 3]) if rgb16.shape[2] == 4 else None
    pixels = Pixels(np.empty(0), alpha, rgb16, notes=notes)
    return _profiled(pixels, color, image, orientation)


@functools.cache
def srgb_profile() -> bytes:
    """Makes the ICC profile to tag files with; the same bytes each time."""
    profile = bytearray(
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    )
    profile[_ICC_DATE] = _FIXED_DATE
    return bytes(profile)


def _split_alpha(
    image: Image.Image,
) -> tuple[Image.Image, np.ndarray | None]:
    """Splits into color of mode L, RGB, CMYK or LAB, and alpha or None."""
    if image.has_transparency_data:
        is_gray = image.mode in ("1", "L", "LA", "La")
        rgba = image.convert("LA") if image.mode == "La" else image
        rgba = rgba.convert("RGBA")
        color = rgba.getchannel("R") if is_gray else rgba.convert("RGB")
        return color, np.array(rgba.getchannel("A"))
    if image.mode == "1":
        return image.convert("L"), None
    if image.mode in ("L", "RGB", "CMYK", "LAB"):
        return image, None
    return image.convert("RGB"), None


def _from_gamma(rgb16: np.ndarray, gamma: float) -> np.ndarray:
    """Converts values of a power law to sRGB, both uint16."""
    linear = (np.arange(65536) / 65535.0) ** gamma
    encoded = formulas.srgb_from_linear(linear, np)
    table = np.floor(encoded * 65535.0 + 0.5).astype(np.uint16)
    return table[rgb16]


def _with_alpha(rgb16: np.ndarray, opaque: np.ndarray | None) -> np.ndarray:
    if opaque is None:
        return rgb16
    return np.dstack([rgb16, np.uint16(65535) * opaque])


def _to_levels(values: np.ndarray, image: Image.Image) -> np.ndarray:
    """Converts values to gray of [0, 1]."""
    # TRICKY: Pillow's own convert("L") clips at 255: a 16-bit scan turns
    # white.
    values = values.astype(np.float64)
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        raise ValueError("its pixels hold no finite value")
    # A TIFF that its owner loaded, and Pillow took for one of 16 bits.
    tags = getattr(image, "tag_v2", {})
    bits = max(tags.get(_BITS_PER_SAMPLE, (16,)))
    white = 2.0 ** min(bits, 16) - 1
    if image.mode == "F":
        white = white_of_floats(float(finite.max()))
    elif image.mode == "I":
        white = 65535.0 if finite.max() <= 65535 else 2.0**31 - 1
    levels = np.nan_to_num(values, posinf=white, neginf=0.0)
    levels = np.clip(levels / white, 0.0, 1.0)
    return 1.0 - levels if tags.get(_PHOTOMETRIC) == 0 else levels


def _profiled(
    pixels: Pixels, color: Image.Image, image: Image.Image, orientation: int
) -> Pixels:
    """Returns upright pixels, `color` in sRGB by the profile of `image`."""
    profile = image.info.get("icc_profile")
    if profile is None and color.mode == "LAB":
        profile = ImageCms.ImageCmsProfile(
            ImageCms.createProfile("LAB")
        ).tobytes()
    rgb16, notes, to_rgb = pixels.rgb16, pixels.notes, None
    if profile:
        try:
            color, to_rgb = _profile_transform(color, profile)
        except (ImageCms.PyCMSError, OSError, ValueError) as error:
            notes += (f"ICC profile left out ({error}); colors taken as sRGB.",)
    if rgb16 is not None and profile and to_rgb is not None:
        rgb16 = to_srgb_16_bit(rgb16, profile, srgb_profile())
        if rgb16 is None:
            reason = "the ICC profile is a table of colors"
            notes += (f"16 bits became 8: {reason}.",)
    return Pixels(
        _upright_rgb(color, to_rgb, orientation),
        _upright(pixels.alpha, orientation),
        _upright(rgb16, orientation),
        to_rgb is not None,
        notes,
    )


def _upright_rgb(color, to_rgb, orientation) -> np.ndarray:
    """Converts an image to uint8 (H, W, 3), upright, strip by strip.

    A gray one comes as a view of one channel, which cannot be written to: a
    third of the memory.
    """
    width, height = color.size
    is_on_its_side = 5 <= orientation <= 8
    size = (width, height) if is_on_its_side else (height, width)
    turn = _STORED.get(orientation, lambda x: x)
    gray = np.empty((*size, 1), np.uint8)
    rgb = None
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        place = slice(top, min(top + rows, height))
        strip = color.crop((0, place.start, width, place.stop))
        if to_rgb is not None:
            strip = to_rgb.apply(strip)
        if rgb is None:
            values = np.asarray(strip)[..., None]
            if strip.mode != "L":
                values = np.asarray(strip.convert("RGB"))
            if _is_gray(values):
                turn(gray)[place] = values[..., :1]
                continue
            rgb = (
                np.repeat(gray, 3, axis=2)
                if top
                else np.empty((*size, 3), np.uint8)
            )
            gray = gray[:0]
        turn(rgb)[place] = strip.convert("RGB")
    return np.broadcast_to(gray, (*size, 3)) if rgb is None else rgb


def _is_gray(pixels) -> bool:
    return bool((pixels == pixels[..., :1]).all())


def _upright(stored, orientation: int) -> np.ndarray | None:
    if stored is None:
        return None
    # As it is stored is what one gets from the upright one: turn it back.
    inverse = {6: 8, 8: 6}.get(orientation, orientation)
    turn = _STORED.get(inverse, lambda x: x)
    return np.ascontiguousarray(turn(stored))


def _profile_transform(color: Image.Image, profile: bytes):
    """Returns an image in the space of a profile, and the way to sRGB."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space
    color = _in_space(color, space)
    if color.mode not in _ICC_MODES.get(space, ()):
        raise ValueError(
            f"it describes {space.strip()} colors, the photo has {color.mode}"
        )
    transform = ImageCms.buildTransform(
        source,
        ImageCms.createProfile("sRGB"),
        color.mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return color, transform


def _in_space(color: Image.Image, space: str) -> Image.Image:
    """Makes gray of gray stored as colors, and the other way round."""
    if space == "RGB " and color.mode == "L":
        return color.convert("RGB")
    if space == "GRAY" and color.mode == "RGB":
        red, green, blue = np.moveaxis(np.asarray(color), -1, 0)
        if np.array_equal(red, green) and np.array_equal(red, blue):
            return color.getchannel("R")
    return color
