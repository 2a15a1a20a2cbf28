"""CIELAB to sRGB for many pixels: plane by plane, with tables, in strips.

The formulas of `lab_formulas` for photos of any size. A photo is worked on in
strips that fit the caches of a processor, and NumPy lets go of the interpreter
in each step, so that strips are a work for threads.
"""

import os
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from keras_colorize.color import lab_formulas as formulas

# What a strip holds at most, a row aside: arrays of 64 KB.
_STRIP_PIXELS = 2**14
_BLOCK_STRIPS = 16  # that a thread does in a row
Y_WEIGHTS = formulas.XYZ_FROM_LINEAR_RGB[1].astype(np.float32)
# Between linear light and X, Y, Z over those of white; the one as planes
# Y, X, Z.
_FROM_LINEAR = (
    formulas.XYZ_FROM_LINEAR_RGB / formulas.WHITE_XYZ[:, None]
).astype(np.float32)
_TO_LINEAR = (formulas.LINEAR_RGB_FROM_XYZ * formulas.WHITE_XYZ[None, :])[
    :, [1, 0, 2]
].astype(np.float32)
# Rows times inner length times columns of a product that BLAS computes in the
# thread that asks: its own threads would wait for each other busily.
_PRODUCT_SIZE = 2**17
# Linear light in steps so fine that no two levels of 8 bits begin in one.
_NUM_STEPS = 4096


def _level_tables():
    starts = np.arange(_NUM_STEPS + 1) / _NUM_STEPS
    # Where a level begins: the encoded values half a level below.
    begins = formulas.linear_from_srgb((np.arange(1, 256) - 0.5) / 255.0, np)
    levels = np.searchsorted(begins, starts, "right")
    next_begins = np.append(begins, np.inf)[levels]
    return levels.astype(np.uint8), next_begins.astype(np.float32)


# The level at the start of each step, and the light where the next one begins.
_LEVELS, _NEXT_BEGINS = _level_tables()


def count_cores() -> int:
    """Counts the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def for_blocks(
    work: Callable[[slice], Any], height: int, width: int, num_threads: int
) -> Iterator[Any]:
    """Calls a function for each block of rows, in threads.

    Args:
        work: Function of a slice of rows, of some strips. What it writes
            depends on no other block.
        height: Of the photo.
        width: Of the photo.
        num_threads: How many at a time.

    Yields:
        What it returned, from the top to the bottom.
    """
    rows = _BLOCK_STRIPS * _rows_of_strip(width)
    blocks = [
        slice(start, min(start + rows, height))
        for start in range(0, height, rows)
    ]
    if num_threads == 1 or len(blocks) == 1:
        yield from map(work, blocks)
        return
    with ThreadPoolExecutor(num_threads) as threads:
        yield from threads.map(work, blocks)


def strips_of(block: slice, width: int) -> Iterator[slice]:
    """Yields the strips of a block, whose planes fit into a core's cache."""
    rows = _rows_of_strip(width)
    for start in range(block.start, block.stop, rows):
        yield slice(start, min(start + rows, block.stop))


def _rows_of_strip(width: int) -> int:
    return max(1, _STRIP_PIXELS // max(width, 1))


def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Multiplies matrices in this thread, whatever their size.

    Args:
        left: float32 (M, K), small.
        right: float32 (K, N).

    Returns:
        float32 (M, N).
    """
    columns = max(1, _PRODUCT_SIZE // max(left.size, 1))
    if right.shape[1] <= columns:
        return left @ right
    result = np.empty((len(left), right.shape[1]), np.float32)
    for start in range(0, right.shape[1], columns):
        part = slice(start, start + columns)
        np.matmul(left, right[:, part], out=result[:, part])
    return result


def linear_from_lab(
    Y: np.ndarray, fy: np.ndarray, a: np.ndarray, b: np.ndarray
) -> np.ndarray:
    """Computes linear light of a lightness and a chroma.

    Args:
        Y: float32 (N,), CIE Y in [0, 1].
        fy: float32 (N,), (L* + 16) / 116 of the same.
        a: float32 (N,), CIE a*.
        b: float32 (N,), CIE b*.

    Returns:
        float32 (3, N), not clipped.
    """
    return _linear_of(Y, fy, a * np.float32(1 / 500), b * np.float32(-1 / 200))


def color_on_luminance(
    Y: np.ndarray, fy: np.ndarray, linear: np.ndarray
) -> np.ndarray:
    """Puts the a and b of colors on another luminance, inside sRGB.

    Args:
        Y: float32 (N,), CIE Y in [0, 1].
        fy: float32 (N,), (L* + 16) / 116 of the same.
        linear: float32 (3, N), linear light in [0, 1].

    Returns:
        float32 (3, N), linear light in [0, 1].
    """
    f = formulas.f_from_ratio(product(_FROM_LINEAR, linear), np)
    return into_gamut(Y, _linear_of(Y, fy, f[0] - f[1], f[2] - f[1]))


def into_gamut(Y: np.ndarray, linear: np.ndarray) -> np.ndarray:
    """Makes colors paler, as far as they lie outside sRGB.

    Mixing with the gray of the same luminance in linear light keeps the
    luminance exactly, as luminance is linear there.

    Args:
        Y: float32 (N,), CIE Y in [0, 1], which they get.
        linear: float32 (3, N), linear light of that luminance.

    Returns:
        float32 (3, N), linear light in [0, 1].
    """
    chroma = linear - Y_of(linear)
    room = np.where(chroma > 0.0, 1.0 - Y, Y)
    share = (room / np.maximum(np.abs(chroma), 1e-9)).min(axis=0)
    chroma *= np.minimum(share, 1.0)
    chroma += Y
    return chroma


def ab_from_linear(linear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Computes CIE a* and b*, float32 (N,) each, of linear light (3, N)."""
    f = formulas.f_from_ratio(product(_FROM_LINEAR, linear), np)
    return 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2])


def _linear_of(Y, fy, above_x, above_z):
    """Computes linear light of Y and of what f(X) and f(Z) have above f(Y)."""
    f = np.empty((2, fy.size), np.float32)
    np.add(above_x, fy, out=f[0])
    np.add(above_z, fy, out=f[1])
    np.maximum(f[1], 0.0, out=f[1])
    ratios = np.empty((3, fy.size), np.float32)
    ratios[0] = Y
    cubes = ratios[1:]
    np.multiply(f, f, out=cubes)
    cubes *= f
    is_dark = f <= formulas.CIE_F_KNEE
    if is_dark.any():
        cubes[is_dark] = formulas.ratio_from_f(f[is_dark], np)
    return product(_TO_LINEAR, ratios)


def Y_of(linear: np.ndarray) -> np.ndarray:
    """Computes CIE Y, float32 (N,), of linear light (3, N)."""
    return product(Y_WEIGHTS[None], linear)[0]


def encode_8_bit(linear: np.ndarray) -> np.ndarray:
    """Applies the sRGB curve, rounded to uint8, to float32 linear light.

    By two tables: a step of linear light says the level, or the one below,
    and the light where the upper one begins.
    """
    light = np.clip(linear, np.float32(0.0), np.float32(1.0))
    step = (light * np.float32(_NUM_STEPS)).astype(np.intp)
    levels = np.take(_LEVELS, step, mode="clip")
    levels += light >= np.take(_NEXT_BEGINS, step, mode="clip")
    return levels


def encode_16_bit(linear: np.ndarray) -> np.ndarray:
    """Applies the sRGB curve, rounded to uint16, to float32 linear light."""
    levels = formulas.srgb_from_linear(linear, np) * np.float32(65535.0)
    return np.clip(np.rint(levels), 0.0, 65535.0).astype(np.uint16)
