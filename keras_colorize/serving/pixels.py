"""Pixels of any Pillow mode as 8-bit sRGB and alpha."""

import functools
import io

import numpy as np
from PIL import Image
from PIL import ImageCms

# ICC data colour space -> the Pillow modes it describes.
_ICC_MODES = {
    "RGB ": ("RGB",),
    "GRAY": ("L",),
    "CMYK": ("CMYK",),
    "Lab ": ("LAB",),
}
# An ICC header holds the time of its making, by which two runs would differ.
_ICC_DATE = slice(24, 36)
_FIXED_DATE = bytes([7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])  # 2000-01-01


def to_rgb_and_alpha(
    image: Image.Image,
) -> tuple[np.ndarray, np.ndarray | None, bool, tuple[str, ...]]:
    """Converts a loaded image to what a colorizer works on.

    16-bit values v become round(v / 257). Integers of 32 bits count as
    16-bit ones unless they exceed 65535; floating point has its white at
    the first of 1, 255 and 65535 that no value exceeds. An embedded ICC
    profile is converted to sRGB (relative colorimetric, black point
    compensation).

    Args:
        image: Pillow image of any mode, not rotated.

    Returns:
        rgb: uint8 (H, W, 3), sRGB.
        alpha: uint8 (H, W), or None for an image without transparency.
        was_profiled: Whether an ICC profile was applied.
        notes: One sentence for each thing that had to be left out.

    Raises:
        ValueError: If the pixel values have no defined white, or not one of
            them is finite.
    """
    color, alpha = _split_alpha(image)
    profile = image.info.get("icc_profile")
    if profile is None and color.mode == "LAB":
        profile = ImageCms.ImageCmsProfile(
            ImageCms.createProfile("LAB")
        ).tobytes()
    notes: tuple[str, ...] = ()
    was_profiled = False
    if profile:
        try:
            color = _apply_profile(color, profile)
            was_profiled = True
        except (ImageCms.PyCMSError, OSError, ValueError) as error:
            notes = (f"ICC profile left out ({error}); colors taken as sRGB.",)
    rgb = np.array(color.convert("RGB"))
    return rgb, alpha, was_profiled, notes


@functools.cache
def srgb_profile() -> bytes:
    """An sRGB ICC profile to tag files with; the same bytes each time."""
    profile = bytearray(
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    )
    profile[_ICC_DATE] = _FIXED_DATE
    return bytes(profile)


def _split_alpha(
    image: Image.Image,
) -> tuple[Image.Image, np.ndarray | None]:
    """Colour as L, RGB, CMYK, LAB or YCbCr; alpha as an array or None."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.asarray(image)
        key = image.info.get("transparency")
        alpha = None if key is None else np.uint8(255) * (values != key)
        return Image.fromarray(_to_eight_bits(values, image.mode)), alpha
    if image.has_transparency_data:
        is_gray = image.mode in ("1", "L", "LA", "La")
        rgba = image.convert("LA") if image.mode == "La" else image
        rgba = rgba.convert("RGBA")
        color = rgba.getchannel("R") if is_gray else rgba.convert("RGB")
        return color, np.array(rgba.getchannel("A"))
    if image.mode == "1":
        return image.convert("L"), None
    if image.mode in ("L", "CMYK", "LAB"):
        return image, None
    return image.convert("RGB"), None


def _to_eight_bits(values: np.ndarray, mode: str) -> np.ndarray:
    # TRICKY: Pillow's own convert("L") clips at 255: a 16-bit scan turns
    # white.
    values = values.astype(np.float64 if mode == "I" else np.float32)
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        raise ValueError("its pixels hold no finite value")
    whites = {"I": (65535.0, 2.0**31 - 1), "F": (1.0, 255.0, 65535.0)}
    for white in whites.get(mode, (65535.0,)):
        if finite.max() <= white:
            levels = np.nan_to_num(values, posinf=white, neginf=0.0)
            levels = np.clip(levels * (255.0 / white), 0.0, 255.0)
            return np.floor(levels + 0.5).astype(np.uint8)
    raise ValueError(
        f"its values reach {finite.max():g}; expected at most 65535"
    )


def _apply_profile(color: Image.Image, profile: bytes) -> Image.Image:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space
    if color.mode not in _ICC_MODES.get(space, ()):
        raise ValueError(
            f"it describes {space.strip()} colors, the photo has {color.mode}"
        )
    target = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(
        color,
        source,
        target,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if converted is None:
        raise ValueError("it could not be applied")
    return converted
