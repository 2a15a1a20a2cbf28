"""The network's ab on a photo's own lightness, in strips of the photo.

What the network sees is small, and so is the chroma that it gives: only the
two steps here work at the full size of a photo. `network_view` shrinks its
lightness, `merge_photo` puts the chroma on it. Both take the photo in strips,
in threads, so that one of 100 megapixels needs no more memory than its pixels.

The exported graph does the same in TensorFlow at once, for callers who have
nothing but an ONNX runtime: `exporters.serving_graph`; a test keeps both
equal. `color.luminance` says what becomes of colors outside sRGB.
"""

import functools
import threading
from dataclasses import dataclass

import numpy as np

from keras_colorize.color import lab_formulas as formulas
from keras_colorize.color import planes
from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.color.luminance import contrast_table
from keras_colorize.color.luminance import is_clipped
from keras_colorize.color.luminance import luminance
from keras_colorize.color.luminance import regain_luminance
from keras_colorize.color.luminance import shows_nothing
from keras_colorize.color.luminance import strips
from keras_colorize.serving.resize import antialiased_axis
from keras_colorize.serving.resize import neighbors

_VISIBLE = np.float32(1 / 255)  # a level of gray, encoded
_COLUMNS = 64  # that are shrunk at a time
_WHITE_L = 100.0


@dataclass(frozen=True, eq=False)
class NetworkView:
    """What a network sees of a photo.

    Attributes:
        L: float32 (h, w, 1), CIE L*, of the size at which it sees it.
        levels: uint8 (256,), of a faded photo the gray of full contrast that
            stands for each gray level; None for others.
    """

    L: np.ndarray
    levels: np.ndarray | None = None


def network_view(
    image: np.ndarray,
    size: tuple[int, int],
    num_threads: int = 1,
    stretches: bool = False,
) -> NetworkView:
    """Shrinks the lightness of a photo.

    Args:
        image: uint8 (H, W, 3), sRGB, or what gives such rows for slices.
        size: (height, width) of the network's image.
        num_threads: How many strips at a time.
        stretches: Whether a faded photo is seen with full contrast, see
            `color.luminance.stretch_contrast`; and one that shows nothing as
            white paper, which models leave without color.

    Returns:
        The view; the same for any number of threads.
    """
    if not stretches:
        return NetworkView(_shrunk(image, size, num_threads, _lightness))
    counts = np.zeros(256, np.int64)
    counting = threading.Lock()

    def counted(pixels):
        levels, L = _levels_and_lightness(pixels)
        more = np.bincount(levels, minlength=256)
        with counting:
            np.add(counts, more, out=counts)
        return L

    L = _shrunk(image, size, num_threads, counted)
    if shows_nothing(counts):
        return NetworkView(np.full_like(L, _WHITE_L))
    levels = contrast_table(counts)
    if levels is None:
        return NetworkView(L)
    table = _L_of_levels()[levels]

    def stretched(pixels):
        return _look_up(table, _levels_and_lightness(pixels)[0])

    return NetworkView(_shrunk(image, size, num_threads, stretched), levels)


def merge_photo(
    image: np.ndarray,
    ab: np.ndarray,
    target: np.ndarray,
    strength: float = 1.0,
    levels: np.ndarray | None = None,
    num_threads: int = 1,
) -> None:
    """Puts predicted chroma on the lightness of a photo.

    Where the color of a pixel leaves sRGB it becomes paler.

    Args:
        image: uint8 (H, W, 3) or uint16 (H, W, 3 or 4), sRGB, or what gives
            such rows for slices.
        ab: float32 (h, w, 2), CIE a* and b* at the network's size.
        target: Where the colors go, of the shape and type of `image`, or
            `image` itself; a fourth channel is left alone.
        strength: Factor on `ab`; 0 gives a gray photo.
        levels: As the view of the network has it. The chroma of a faded photo
            is what sRGB has room for at the lightness that the network saw.
        num_threads: How many strips at a time.
    """
    height, width = image.shape[:2]
    chroma = FullSizeChroma(ab * np.float32(strength), height, width)
    merge = _merge_8_bit if levels is None else _merge_faded
    if levels is None and image.dtype == np.uint16:
        merge = _merge_16_bit

    def merge_block(block):
        pixels = image[block]
        colors = np.empty((3, *pixels.shape[:2]), pixels.dtype)
        merge(pixels, colors.reshape(3, -1), chroma, block, levels)
        _put(target, block, colors)

    for _ in planes.for_blocks(merge_block, height, width, num_threads):
        pass


class FullSizeChroma:
    """The network's ab at the size of a photo, strip by strip.

    Enlarged bilinearly, between half-pixel centers.

    Args:
        ab: float32 (h, w, 2), CIE a* and b*.
        height: Of the photo.
        width: Of the photo.
    """

    def __init__(self, ab: np.ndarray, height: int, width: int):
        low, high, weight = neighbors(ab.shape[1], width)
        self._planes = [
            np.take(plane, low, axis=1) * (1 - weight)  # (h, W)
            + np.take(plane, high, axis=1) * weight
            for plane in np.ascontiguousarray(np.moveaxis(ab, -1, 0))
        ]
        self._low, self._high, weight = neighbors(len(ab), height)
        self._weight = weight[:, None]

    def rows(self, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        """Gives a* and b* of some rows, float32 (rows * W,) each."""
        low, high = self._low[rows], self._high[rows]
        weight = self._weight[rows]
        a, b = (
            (plane[low] * (1 - weight) + plane[high] * weight).ravel()
            for plane in self._planes
        )
        return a, b


def limit_to_srgb(L: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Makes chroma that which an 8-bit photo of this lightness could have.

    Args:
        L: float32 (..., 1), CIE L*, [0, 100].
        ab: float32 (..., 2), CIE a* and b*.

    Returns:
        float32 (..., 2).
    """
    fy = ((L.ravel() + 16.0) / 116.0).astype(np.float32)
    a, b = (np.ascontiguousarray(ab[..., i]).ravel() for i in range(2))
    Y = formulas.ratio_from_f(fy, np)
    a, b = _limited(Y, fy, a, b)
    return np.stack([a, b], axis=-1).reshape(ab.shape)


def merge_L_and_ab(
    L: np.ndarray, ab: np.ndarray, strength: float = 1.0
) -> np.ndarray:
    """Puts chroma on a lightness of the same size, clipped channel by channel.

    Args:
        L: float32 (H, W, 1), CIE L*, [0, 100].
        ab: float32 (H, W, 2), CIE a* and b*.
        strength: Factor on `ab`; 0 gives a gray photo.

    Returns:
        uint8 (H, W, 3), sRGB, clipped to the gamut and rounded.

    Raises:
        ValueError: If `L` and `ab` differ in size.
    """
    if L.shape[:2] != ab.shape[:2]:
        raise ValueError(
            "`L` and `ab` must have the same height and width; resize `ab` "
            f"first. Received: L.shape={L.shape}, ab.shape={ab.shape}."
        )
    image = np.empty((*L.shape[:2], 3), np.uint8)
    for rows in strips(*L.shape[:2]):
        scaled = ab[rows] * np.float32(strength)
        rgb = lab_to_rgb(np.concatenate([L[rows], scaled], axis=-1))
        image[rows] = np.rint(rgb * 255.0)
    return image


# === Lightness ===


def _gray_of(pixels: np.ndarray) -> np.ndarray | None:
    """Gives the one channel (N,) of 8-bit pixels that are gray, else None."""
    if pixels.dtype != np.uint8:
        return None
    red = pixels[..., 0]
    # Of one channel thrice, as gray photos are read, nothing to compare.
    is_gray = pixels.strides[-1] == 0 or (
        (red == pixels[..., 1]).all() and (red == pixels[..., 2]).all()
    )
    return red.ravel() if is_gray else None


def _light(
    pixels: np.ndarray, gray: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Computes CIE Y and f(Y), float32 (N,) each.

    Args:
        pixels: uint8 or uint16 (rows, W, 3 or 4).
        gray: What `_gray_of` says of them.
    """
    if gray is not None:
        return (
            _look_up(formulas.LINEAR_FROM_UINT8, gray),
            _look_up(_fy_of_levels(), gray),
        )
    Y = luminance(pixels[..., :3]).ravel()
    return Y, formulas.f_from_ratio(Y, np)


def _lightness(pixels: np.ndarray) -> np.ndarray:
    """Computes CIE L*, float32 (N,), of uint8 (rows, W, 3)."""
    gray = _gray_of(pixels)
    if gray is not None:
        return _look_up(_L_of_levels(), gray)
    return _L_from_fy(_light(pixels, gray)[1])


def _levels_and_lightness(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Computes the gray levels, uint8 (N,), and CIE L* of (rows, W, 3)."""
    gray = _gray_of(pixels)
    if gray is not None:
        return gray, _look_up(_L_of_levels(), gray)
    Y, fy = _light(pixels, gray)
    return planes.encode_8_bit(Y), _L_from_fy(fy)


def _look_up(table: np.ndarray, levels: np.ndarray) -> np.ndarray:
    return np.take(table, levels.astype(np.intp), mode="clip")


def _L_from_fy(fy):
    return fy * np.float32(116.0) - np.float32(16.0)


@functools.cache
def _fy_of_levels() -> np.ndarray:
    gray = formulas.LINEAR_FROM_UINT8
    return formulas.f_from_ratio(gray, np).astype(np.float32)


@functools.cache
def _L_of_levels() -> np.ndarray:
    return _L_from_fy(_fy_of_levels())


def _shrunk(image, size, num_threads, lightness_of) -> np.ndarray:
    """Shrinks what `lightness_of` computes of the pixels of strips."""
    height, width = image.shape[:2]
    down = antialiased_axis(height, size[0])

    def shrink(block):
        pixels = image[block]
        first, stop = down.results(block.start, block.stop)
        low = np.zeros((stop - first, width), np.float32)
        for rows in planes.strips_of(block, width):
            start = rows.start - block.start
            strip = pixels[start : start + rows.stop - rows.start]
            L = lightness_of(strip).reshape(-1, width)
            results, weights = down.weights(rows.start, rows.stop)
            low[results.start - first : results.stop - first] += planes.product(
                weights, L
            )
        return slice(first, stop), low

    low = np.zeros((size[0], width), np.float32)
    for results, values in planes.for_blocks(
        shrink, height, width, num_threads
    ):
        low[results] += values
    across = antialiased_axis(width, size[1])
    small = np.zeros(size[::-1], np.float32)
    for start in range(0, width, _COLUMNS):
        columns = low[:, start : start + _COLUMNS]
        results, weights = across.weights(start, start + columns.shape[1])
        small[results] += planes.product(weights, columns.T)
    return small.T[..., None]


# === Colors ===


def _strips(pixels, chroma, block):
    """Yields strips of a block.

    Yields:
        Where they are in it, their gray levels if that is all that they have,
        Y, f(Y), a* and b*.
    """
    width = pixels.shape[1]
    for rows in planes.strips_of(block, width):
        start, stop = rows.start - block.start, rows.stop - block.start
        part, strip = slice(start * width, stop * width), pixels[start:stop]
        gray = _gray_of(strip)
        yield part, gray, *_light(strip, gray), *chroma.rows(rows)


def _merge_8_bit(pixels, colors, chroma, block, _levels):
    """Merges a block into uint8 (3, N), clipped, with its luminance."""
    for part, _gray, Y, fy, a, b in _strips(pixels, chroma, block):
        linear = planes.linear_from_lab(Y, fy, a, b)
        colors[:, part] = planes.encode_8_bit(linear)
    # Together, as there are few of them in a strip.
    (places,) = np.nonzero(is_clipped(colors, axis=0))
    if places.size:
        before = pixels.reshape(-1, 3)[places]
        colors[:, places] = regain_luminance(
            luminance(before), colors[:, places].T
        ).T


def _merge_16_bit(pixels, colors, chroma, block, _levels):
    """Merges a block into uint16 (3, N), as `_merge_8_bit` does."""
    for part, _gray, Y, fy, a, b in _strips(pixels, chroma, block):
        linear = planes.linear_from_lab(Y, fy, a, b)
        places = _places_outside(linear)
        clipped = np.clip(linear[:, places], 0.0, 1.0)
        linear[:, places] = planes.color_on_luminance(
            Y[places], fy[places], clipped
        )
        colors[:, part] = planes.encode_16_bit(linear)


def _merge_faded(pixels, colors, chroma, block, levels):
    """Merges a block of which the network saw other levels of gray."""
    is_8_bit = colors.dtype == np.uint8
    encode = planes.encode_8_bit if is_8_bit else planes.encode_16_bit
    seen_Y = formulas.LINEAR_FROM_UINT8[levels]
    seen_fy = _fy_of_levels()[levels]
    for part, gray, Y, fy, a, b in _strips(pixels, chroma, block):
        level = planes.encode_8_bit(Y) if gray is None else gray
        a, b = _limited(_look_up(seen_Y, level), _look_up(seen_fy, level), a, b)
        linear = planes.linear_from_lab(Y, fy, a, b)
        places = _places_outside(linear)
        linear[:, places] = planes.into_gamut(Y[places], linear[:, places])
        colors[:, part] = encode(linear)


def _limited(Y, fy, a, b):
    """Limits chroma to what sRGB has at a lightness."""
    linear = planes.linear_from_lab(Y, fy, a, b)
    places = _places_outside(linear)
    if not places.size:
        return a, b
    a, b = a.copy(), b.copy()
    colors = _nearest_inside(Y[places], fy[places], linear[:, places])
    a[places], b[places] = planes.ab_from_linear(colors)
    return a, b


def _nearest_inside(Y, fy, linear):
    """Clips colors (3, N), of which none may get visibly lighter or darker."""
    colors = np.clip(linear, 0.0, 1.0)
    clipped, wanted = (
        formulas.srgb_from_linear(light, np)
        for light in (planes.Y_of(colors), Y)
    )
    (places,) = np.nonzero(np.abs(clipped - wanted) > _VISIBLE)
    colors[:, places] = planes.color_on_luminance(
        Y[places], fy[places], colors[:, places]
    )
    return colors


def _places_outside(linear):
    is_outside = (linear.min(axis=0) < 0.0) | (linear.max(axis=0) > 1.0)
    return np.nonzero(is_outside)[0]


def _put(target, block, colors):
    """Writes planes (3, rows, W) into a block of pixels."""
    pixels = target[block]
    for channel in range(3):
        pixels[..., channel] = colors[channel]
