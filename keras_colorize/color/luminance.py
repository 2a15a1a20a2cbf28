"""The luminance of photos, and color on it: to the last bit, inside sRGB.

Photos are worked on in strips of rows, so that one of 24 megapixels takes some
hundred megabytes and not several gigabytes.

A model's chroma may lie outside sRGB at the lightness of a pixel. Clipping
channel by channel would make that pixel lighter or darker; here it loses
chroma instead: `planes.into_gamut`.
"""

import functools
from collections.abc import Iterator

import numpy as np

from keras_colorize.color import lab_formulas as formulas
from keras_colorize.color import planes

_STRIP_PIXELS = 2**18
# Of faded photos, see `stretch_contrast`. On 99 photos of Kodak, CID22 and
# CLIC with their contrast halved, the mean error in ab of `lite` falls from
# 17.9 to 17.2 (17.3 with full contrast), of `eccv16_small` from 25.1 to 18.5.
_CUT_OFF = 0.005  # of the pixels, at either end
_FULL_CONTRAST = 200  # levels
_NOTHING_TO_SPREAD = 16
# Of photos that show nothing, see `shows_nothing`: a bird may be this small.
_SPECK = 0.001  # of the pixels, at either end
# What rounding three channels to 8 bits may move the gray of a pixel.
_ROUNDING_LEVELS = 1.0


def strips(height: int, width: int) -> Iterator[slice]:
    """Yields slices of rows, a quarter of a million pixels each."""
    rows = max(1, _STRIP_PIXELS // max(width, 1))
    for start in range(0, height, rows):
        yield slice(start, start + rows)


def image_to_L(image: np.ndarray) -> np.ndarray:
    """Computes the lightness of a photo.

    Args:
        image: uint8 (H, W, 3), sRGB.

    Returns:
        float32 (H, W, 1), CIE L*, [0, 100].
    """
    L = np.empty((*image.shape[:2], 1), np.float32)
    for rows in strips(*image.shape[:2]):
        linear = formulas.LINEAR_FROM_UINT8[image[rows]]
        L[rows, :, 0] = _lightness(linear @ planes.Y_WEIGHTS)
    return L


def keep_lightness(image: np.ndarray, colorized: np.ndarray) -> np.ndarray:
    """Gives pixels that were clipped the luminance that they had.

    Args:
        image: uint8 (H, W, 3), sRGB, the photo before.
        colorized: uint8 (H, W, 3), sRGB, the photo after; pixels with a
            channel of 0 or 255 may have left the gamut.

    Returns:
        `colorized`, with less chroma where its gray level differed by more
        than rounding explains.
    """
    result = colorized
    for rows in strips(*image.shape[:2]):
        clipped = is_clipped(colorized[rows])
        after = colorized[rows][clipped]
        kept = regain_luminance(luminance(image[rows][clipped]), after)
        if kept is after:
            continue
        if result is colorized:
            result = colorized.copy()
        result[rows][clipped] = kept
    return result


def is_clipped(colors: np.ndarray, axis: int = -1) -> np.ndarray:
    """Says which of some uint8 colors have a channel of 0 or 255."""
    # 0 becomes 255, and 255 becomes 254.
    return np.max(colors - np.uint8(1), axis=axis) >= 254


def regain_luminance(Y: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Gives colors that were clipped a luminance, as `keep_lightness` does.

    Args:
        Y: float32 (N,), CIE Y in [0, 1].
        colors: uint8 (N, 3), sRGB.

    Returns:
        `colors`, or a copy where some had another luminance.
    """
    difference = _encoded(luminance(colors)) - _encoded(Y)
    is_off = np.abs(difference) * 255.0 > _ROUNDING_LEVELS
    if not is_off.any():
        return colors
    colors = colors.copy()
    merged = _merge(Y[is_off], colors[is_off])
    colors[is_off] = planes.encode_8_bit(merged)
    return colors


def stretch_contrast(image: np.ndarray) -> np.ndarray:
    """Makes a faded photo as a network knows photos: from black to white.

    Args:
        image: uint8 (H, W, 3), sRGB.

    Returns:
        uint8 (H, W, 3), gray, the levels between the darkest and the
        lightest 0.5 % spread over all; `image` itself where these are 200
        apart or more, or so near each other that there is nothing to spread.
    """
    levels = np.empty(image.shape[:2], np.uint8)
    for rows in strips(*image.shape[:2]):
        encoded = _encoded(luminance(image[rows]))
        levels[rows] = np.rint(encoded * np.float32(255.0))
    table = contrast_table(np.bincount(levels.ravel(), minlength=256))
    if table is None:
        return image
    return np.repeat(table[levels][..., None], 3, axis=2)


def contrast_table(
    counts: np.ndarray, full_contrast: int = _FULL_CONTRAST
) -> np.ndarray | None:
    """Computes how `stretch_contrast` spreads levels.

    Args:
        counts: int (256,), how many pixels have each level of gray.
        full_contrast: Levels between the darkest and the lightest from which
            on contrast is left as it is.

    Returns:
        uint8 (256,), the new levels; None where contrast is left as it is.
    """
    shares = np.cumsum(counts) / counts.sum()
    low, high = np.searchsorted(shares, (_CUT_OFF, 1.0 - _CUT_OFF))
    if not _NOTHING_TO_SPREAD < high - low < full_contrast:
        return None
    spread = (np.arange(256) - low) * (255.0 / (high - low))
    return np.rint(np.clip(spread, 0.0, 255.0)).astype(np.uint8)


def shows_nothing(counts: np.ndarray) -> bool:
    """Says whether all of a photo is one gray, up to specks and grain.

    The back of a print, an empty page: there is nothing to know a color from.
    Of 1180 everyday photos the plainest has seven times as many levels.

    Args:
        counts: int (256,), how many pixels have each level of gray.
    """
    shares = np.cumsum(counts) / counts.sum()
    low, high = np.searchsorted(shares, (_SPECK, 1.0 - _SPECK))
    return bool(high - low <= _NOTHING_TO_SPREAD)


def color_8_bit(image: np.ndarray, colorized: np.ndarray) -> np.ndarray:
    """Puts color on the luminance of a photo.

    Args:
        image: uint8 (H, W, 3), sRGB, the photo before.
        colorized: uint8 (H, W, 3), sRGB, colors on any luminance.

    Returns:
        uint8 (H, W, 3): the luminance of `image`, but for rounding, and the
        a and b of `colorized` as far as they lie inside sRGB there.
    """
    result = np.empty_like(image)
    for rows in strips(*image.shape[:2]):
        linear = _merge(luminance(image[rows]), colorized[rows])
        result[rows] = _quantized(linear, np.uint8)
    return result


def color_16_bit(rgb16: np.ndarray, colorized: np.ndarray) -> np.ndarray:
    """Puts 8-bit color on 16-bit luminance.

    Args:
        rgb16: uint16 (H, W, 3) or (H, W, 4), sRGB, the photo before.
        colorized: uint8 (H, W, 3), sRGB, the photo after.

    Returns:
        uint16 of the shape of `rgb16`: its luminance, but for rounding to 16
        bits, the a and b of `colorized` as far as they lie inside sRGB there,
        and its alpha.
    """
    result = rgb16.copy()
    for rows in strips(*rgb16.shape[:2]):
        Y = luminance(rgb16[rows][..., :3])
        linear = _merge(Y, colorized[rows])
        result[rows][..., :3] = _quantized(linear, np.uint16)
    return result


def luminance(image: np.ndarray) -> np.ndarray:
    """Computes CIE Y, float32 (...) in [0, 1], of uint8 or uint16 (..., 3)."""
    tables = _Y_tables(image.dtype == np.uint16)
    Y = np.take(tables[0], image[..., 0])
    Y += np.take(tables[1], image[..., 1])
    Y += np.take(tables[2], image[..., 2])
    return np.minimum(Y, 1.0, out=Y)


@functools.cache
def _Y_tables(is_16_bit: bool) -> np.ndarray:
    """Computes what each value of a channel adds to Y, float32 (3, values)."""
    linear = linear_from_uint16() if is_16_bit else formulas.LINEAR_FROM_UINT8
    return planes.Y_WEIGHTS[:, None] * linear


@functools.cache
def linear_from_uint16() -> np.ndarray:
    """Computes the linear light, float32 (65536,), of values of 16 bits."""
    encoded = np.arange(65536) / 65535.0
    return formulas.linear_from_srgb(encoded, np).astype(np.float32)


def _merge(Y: np.ndarray, colorized: np.ndarray) -> np.ndarray:
    """Computes linear light of luminance Y with the ab of uint8 colors."""
    linear = formulas.LINEAR_FROM_UINT8[colorized.reshape(-1, 3)].T
    flat = Y.ravel()
    fy = formulas.f_from_ratio(flat, np)
    merged = planes.color_on_luminance(flat, fy, linear)
    return merged.T.reshape(colorized.shape)


def _lightness(Y: np.ndarray) -> np.ndarray:
    return 116.0 * formulas.f_from_ratio(Y, np) - 16.0


def _encoded(linear: np.ndarray) -> np.ndarray:
    return formulas.srgb_from_linear(linear, np)


def _quantized(linear: np.ndarray, dtype: type) -> np.ndarray:
    white = np.iinfo(dtype).max
    levels = np.rint(_encoded(linear) * np.float32(white))
    return np.clip(levels, 0, white).astype(dtype)
