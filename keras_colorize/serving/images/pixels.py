"""Pixels of any Pillow mode as sRGB of 8 and of 16 bits, and alpha."""

import dataclasses
import functools
import io

import numpy as np
from PIL import Image
from PIL import ImageCms

from keras_colorize.color import lab_formulas as formulas
from keras_colorize.serving.images.icc import to_srgb_16_bit
from keras_colorize.serving.images.pixel_memory import PixelMemory
from keras_colorize.serving.images.sixteen_bit import note_on_dark
from keras_colorize.serving.images.sixteen_bit import to_8_bit
from keras_colorize.serving.images.sixteen_bit import to_16_bit
from keras_colorize.serving.images.sixteen_bit import white_of_floats

# ICC data color space -> the Pillow modes it describes.
_ICC_MODES = {
    "RGB ": ("RGB", "RGBX"),
    "GRAY": ("L",),
    "CMYK": ("CMYK",),
    "Lab ": ("LAB",),
}
_STRIP_PIXELS = 2**20
# A photo on its side is turned in two steps from this many pixels on, by bands;
# a smaller one in one, which takes less time.
_LARGE = 2**25
_BANDS = 8
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
    memory: PixelMemory | None = None,
) -> Pixels:
    """Converts a loaded image to what a colorizer works on.

    Colors are converted strip by strip, so that a large photo takes no more
    than the loaded image and the result, or with `memory` little more than the
    image.

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
        memory: Of the image, which goes back, so that the image is black
            afterwards.

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
        return _profiled(pixels, color, image, orientation, memory)
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
    if image.mode in ("L", "RGB", "RGBX", "CMYK", "LAB"):
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
    pixels: Pixels,
    color: Image.Image,
    image: Image.Image,
    orientation: int,
    memory: PixelMemory | None = None,
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
        _upright_rgb(color, to_rgb, orientation, memory),
        _upright(pixels.alpha, orientation),
        _upright(rgb16, orientation),
        to_rgb is not None,
        notes,
    )


def _upright_rgb(color, to_rgb, orientation, memory) -> np.ndarray:
    """Converts an image to uint8 (H, W, 3), upright, strip by strip.

    A gray one comes as a view of one channel, which cannot be written to: a
    third of the memory.
    """
    width, height = color.size
    turn = _STORED.get(orientation, lambda x: x)
    is_on_its_side = 5 <= orientation <= 8
    size = (width, height) if is_on_its_side else (height, width)
    strips = _strips(color, to_rgb, memory)
    if is_on_its_side and width * height > _LARGE:
        bands = _gathered(strips, _split(height, width, _BANDS))
        rgb = _turned(bands, size, turn)
    else:
        (rgb,) = _gathered(strips, [size], turn)
    if rgb.shape[2] == 3:
        return rgb
    return np.broadcast_to(rgb, (*size, 3))


def _strips(color, to_rgb=None, memory=None):
    """Yields strips of an image from top to bottom.

    Yields:
        Which rows they are, and their pixels in sRGB, uint8 (rows, W, 3), or
        (rows, W, 1) of an image without colors.
    """
    width, height = color.size
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        place = slice(top, min(top + rows, height))
        strip = color.crop((0, place.start, width, place.stop))
        if to_rgb is not None:
            strip = to_rgb.apply(strip)
        mode = "L" if strip.mode == "L" else "RGB"
        if strip.mode not in (mode, "RGBX"):
            strip = strip.convert("RGB")
        values = np.frombuffer(strip.tobytes("raw", mode), np.uint8)
        yield place, values.reshape(strip.height, width, -1)
        if memory is not None:
            memory.give_back(place.stop)


def _gathered(strips, sizes, turn=lambda x: x) -> list[np.ndarray]:
    """Copies strips into arrays, each of which gets some of their columns.

    Args:
        strips: As `_strips` yields them.
        sizes: (height, width) of the arrays.
        turn: Function of an array that gives it as it is stored.

    Returns:
        uint8 (height, width, 3) each; (height, width, 1) where all is gray.
    """
    arrays = [np.empty((*size, 1), np.uint8) for size in sizes]
    is_gray = True
    for rows, values in strips:
        if is_gray and not _is_gray(values):
            is_gray = False
            arrays = [_as_rgb(array, rows.start == 0) for array in arrays]
        left = 0
        for array in arrays:
            stored = turn(array)
            right = left + stored.shape[1]
            stored[rows] = values[:, left:right, : stored.shape[-1]]
            left = right
    return arrays


def _is_gray(values: np.ndarray) -> bool:
    return all(
        np.array_equal(values[..., 0], values[..., i])
        for i in range(1, values.shape[2])
    )


def _as_rgb(gray: np.ndarray, is_empty: bool) -> np.ndarray:
    if is_empty:
        return np.empty((*gray.shape[:2], 3), np.uint8)
    return np.repeat(gray, 3, axis=2)


def _split(height: int, width: int, count: int) -> list[tuple[int, int]]:
    """Splits a size into those of up to `count` bands side by side."""
    step = -(-width // count)
    return [(height, min(step, width - x)) for x in range(0, width, step)]


def _turned(bands, size, turn) -> np.ndarray:
    """Turns bands of columns upright; each of them goes meanwhile.

    Strips of rows, which become columns, would take all of the upright photo's
    memory before much of the stored one has gone.
    """
    channels = bands[0].shape[-1]
    pixel = np.dtype(f"V{channels}")  # copied as one: in two thirds of the time
    upright = np.empty(size, pixel)
    stored, left = turn(upright), 0
    while bands:
        band = bands.pop(0).view(pixel)[..., 0]
        right = left + band.shape[1]
        stored[:, left:right] = band
        left = right
    return upright.view(np.uint8).reshape(*size, channels)


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
            f"it describes {space.strip()} colors, the photo has "
            f"{color.mode.removesuffix('X')}"
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
    if space == "GRAY" and color.mode in ("RGB", "RGBX"):
        if all(_is_gray(values) for _, values in _strips(color)):
            return color.getchannel("R")
    return color
