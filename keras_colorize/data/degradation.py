"""What age does to gray photos, as operations on 8-bit pixels.

A network that has only seen clean grays of digital photos loses its colors on
old ones: they are soft, grainy, faded, scratched and compressed. Each
operation is a function of its own; `degrade_gray` draws some of them for a
training sample. The truth that the network learns from stays as it was.
"""

import dataclasses
import math
from typing import Annotated

import cv2
import numpy as np

from keras_colorize.color.cielab_numpy import gray_of_photo
from keras_colorize.data.checked import RangeWithin
from keras_colorize.data.checked import Within
from keras_colorize.data.checked import check_fields

# Keeps the draws apart from others of the same seeds, such as the crop.
_STREAM = 0x616765
_WEAR_LEVELS = (15, 60, 200, 245)  # grays of scratches and dust

_Range = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Degradation:
    """How many training samples are degraded, and how badly.

    Ranges are (smallest, largest); draws are uniform where nothing else is
    said.

    Attributes:
        probability: Share of samples that are touched, in [0, 1].
        operation_probability: Chance of each operation in a touched sample;
            at least one always happens.
        blur_sigma: Standard deviation of the blur in pixels, log-uniform.
        grain_sd: Standard deviation of the grain in gray levels.
        grain_size: Blur of the grain in pixels; below 0.4 it stays sharp.
        black: Level that black fades to, [0, 255].
        white: Level that white fades to, [0, 255].
        gamma: Exponent of the tone curve, log-uniform.
        shade: Light lost in the darkest corner, share of 1.
        max_scratches: Most lines over a photo.
        max_spots: Most specks of dust.
        jpeg_quality: Quality of the last compression, whole numbers from 1
            to 100.
    """

    probability: Annotated[float, Within("[0, 1]")] = 0.5
    operation_probability: Annotated[float, Within("[0, 1]")] = 0.4
    blur_sigma: Annotated[_Range, RangeWithin("(0, inf)")] = (0.5, 2.5)
    grain_sd: Annotated[_Range, RangeWithin("[0, inf)")] = (2.0, 14.0)
    grain_size: Annotated[_Range, RangeWithin("[0, inf)")] = (0.0, 1.2)
    black: Annotated[_Range, RangeWithin("[0, 255]")] = (0.0, 90.0)
    white: Annotated[_Range, RangeWithin("[0, 255]")] = (190.0, 255.0)
    gamma: Annotated[_Range, RangeWithin("(0, inf)")] = (0.7, 1.4)
    shade: Annotated[_Range, RangeWithin("[0, 1]")] = (0.1, 0.5)
    max_scratches: Annotated[int, Within("[0, inf)")] = 5
    max_spots: Annotated[int, Within("[0, inf)")] = 12
    jpeg_quality: Annotated[tuple[int, int], RangeWithin("[1, 100]")] = (30, 90)

    def __post_init__(self):
        """Refuses values out of range."""
        check_fields(self)


def degrade_gray(
    gray: np.ndarray, rng: np.random.Generator, degradation: Degradation
) -> np.ndarray:
    """Degrades a gray photo, or leaves it as it is.

    In the order in which it happened to a print: lens, film, light, fading,
    wear, scan.

    Args:
        gray: uint8 (H, W).
        rng: Where the draws come from.
        degradation: The `Degradation`.

    Returns:
        uint8 (H, W).
    """
    if rng.random() >= degradation.probability:
        return gray
    chosen = rng.random(len(_OPERATIONS)) < degradation.operation_probability
    chosen[rng.integers(len(_OPERATIONS))] = True
    for operation, is_chosen in zip(_OPERATIONS, chosen, strict=True):
        if is_chosen:
            gray = operation(gray, rng, degradation)
    return gray


def degraded_gray_of(
    image: np.ndarray, seed: int, index: int, degradation: Degradation
) -> np.ndarray:
    """Gives the gray of one training sample: a function of seed and index.

    Args:
        image: uint8 (H, W, 3), sRGB. The crop.
        seed: Seed of the run.
        index: Global sample index.
        degradation: The `Degradation`.

    Returns:
        uint8 (H, W, 1). The gray with the photo's L*, perhaps degraded.
    """
    rng = np.random.default_rng((_STREAM, seed % 2**63, index))
    return degrade_gray(gray_of_photo(image), rng, degradation)[..., None]


# === Single operations ===


def blur(gray: np.ndarray, sigma: float) -> np.ndarray:
    """Blurs uint8 (H, W) with a Gaussian of `sigma` pixels."""
    return cv2.GaussianBlur(gray, (0, 0), sigma)


def add_grain(
    gray: np.ndarray, sd: float, rng: np.random.Generator, size: float = 0.0
) -> np.ndarray:
    """Adds film grain.

    Args:
        gray: uint8 (H, W).
        sd: Standard deviation of the grain in gray levels.
        rng: Where the grain comes from.
        size: Blur of the grain in pixels; below 0.4 it stays sharp.

    Returns:
        uint8 (H, W).
    """
    grain = rng.standard_normal(gray.shape, np.float32)
    if size >= 0.4:
        grain = cv2.GaussianBlur(grain, (0, 0), size)
        # What a Gaussian leaves of the standard deviation of white noise.
        grain *= 2.0 * math.sqrt(math.pi) * size
    return _to_uint8(gray + np.float32(sd) * grain)


def compress_jpeg(gray: np.ndarray, quality: int) -> np.ndarray:
    """Compresses uint8 (H, W) as JPEG of a quality in 1 to 100, and back."""
    options = [cv2.IMWRITE_JPEG_QUALITY, int(quality)]
    _, contents = cv2.imencode(".jpg", gray, options)
    return np.asarray(cv2.imdecode(contents, cv2.IMREAD_GRAYSCALE))


def fade(
    gray: np.ndarray, black: float = 0, white: float = 255, gamma: float = 1.0
) -> np.ndarray:
    """Flattens contrast: 0 becomes `black`, 255 `white`, a curve between.

    Args:
        gray: uint8 (H, W).
        black: Level of black, [0, 255].
        white: Level of white, [0, 255].
        gamma: Exponent of the curve between the two; above 1 darkens.

    Returns:
        uint8 (H, W).
    """
    curve = (np.arange(256) / 255.0) ** gamma
    return cv2.LUT(gray, _to_uint8(black + (white - black) * curve))


def shade(
    gray: np.ndarray, strength: float, rng: np.random.Generator
) -> np.ndarray:
    """Darkens a photo away from a random brightest point.

    Args:
        gray: uint8 (H, W).
        strength: Light lost at the farthest corner, share of 1.
        rng: Where the brightest point comes from.

    Returns:
        uint8 (H, W).
    """
    height, width = gray.shape
    y = np.linspace(-1, 1, height, dtype=np.float32) - rng.uniform(-0.7, 0.7)
    x = np.linspace(-1, 1, width, dtype=np.float32) - rng.uniform(-0.7, 0.7)
    falloff = np.add.outer(y * y, x * x).astype(np.float32)
    return _to_uint8(
        gray * (1 - np.float32(strength) / falloff.max() * falloff)
    )


def scratch(
    gray: np.ndarray, num_lines: int, rng: np.random.Generator
) -> np.ndarray:
    """Draws thin, nearly vertical lines, bright or dark, long or short.

    Args:
        gray: uint8 (H, W).
        num_lines: Number of scratches.
        rng: Where their places come from.

    Returns:
        uint8 (H, W).
    """
    height, width = gray.shape
    scratched = gray.copy()
    for _ in range(num_lines):
        top, left = rng.uniform(-0.5, 0.8) * height, rng.uniform() * width
        length = rng.uniform(0.2, 1.5) * height
        lean = rng.normal(0, 0.03) * length
        _draw_line(scratched, (left, top), (left + lean, top + length), rng)
    return scratched


def add_dust(
    gray: np.ndarray, num_spots: int, rng: np.random.Generator
) -> np.ndarray:
    """Puts specks of half a pixel to 2 % of the photo on it.

    Args:
        gray: uint8 (H, W).
        num_spots: Number of spots of dust.
        rng: Where their places come from.

    Returns:
        uint8 (H, W).
    """
    height, width = gray.shape
    dusty = gray.copy()
    for _ in range(num_spots):
        center = int(rng.integers(width)), int(rng.integers(height))
        largest = max(1.0, 0.01 * max(height, width))
        radii = np.rint(rng.uniform(0.3, largest, 2)).astype(int).tolist()
        angle, level = rng.uniform(0, 180), int(rng.choice(_WEAR_LEVELS))
        cv2.ellipse(dusty, center, radii, angle, 0, 360, level, -1, cv2.LINE_AA)
    return dusty


def _draw_line(gray, start, end, rng):
    # OpenCV's fixed point: 4 bits of fraction.
    start, end = np.rint(np.array([start, end]) * 16).astype(int).tolist()
    thickness = 1 if rng.random() < 0.8 else 2
    level = int(rng.choice(_WEAR_LEVELS))
    cv2.line(gray, start, end, level, thickness, cv2.LINE_AA, shift=4)


def _to_uint8(gray):
    return np.clip(np.rint(gray), 0, 255).astype(np.uint8)


# === Their random strengths ===


def _log_uniform(rng, limits):
    return math.exp(rng.uniform(*np.log(limits)))


def _blur(gray, rng, d):
    return blur(gray, _log_uniform(rng, d.blur_sigma))


def _grain(gray, rng, d):
    return add_grain(
        gray, rng.uniform(*d.grain_sd), rng, rng.uniform(*d.grain_size)
    )


def _shade(gray, rng, d):
    return shade(gray, rng.uniform(*d.shade), rng)


def _fade(gray, rng, d):
    return fade(
        gray,
        rng.uniform(*d.black),
        rng.uniform(*d.white),
        _log_uniform(rng, d.gamma),
    )


def _wear(gray, rng, d):
    scratched = scratch(gray, rng.integers(d.max_scratches + 1), rng)
    return add_dust(scratched, rng.integers(d.max_spots + 1), rng)


def _jpeg(gray, rng, d):
    low, high = d.jpeg_quality
    return compress_jpeg(gray, rng.integers(low, high + 1))


_OPERATIONS = (_blur, _grain, _shade, _fade, _wear, _jpeg)
