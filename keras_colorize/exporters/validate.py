"""Compares an exported file with Keras before anybody gets the file."""

import dataclasses
from collections.abc import Callable

import numpy as np

# Levels of 0..255 that a channel may be off before it is rounded, which adds up
# to a half: the first on all but a share of the pixels, the second anywhere.
# Rounding makes it a whole level where Keras is near a half, which says how
# rough the colors of a photo are, not how exact the file is. Resizing in
# float32 moves the noise of untrained networks by up to 0.02.
MAX_LEVELS = 0.01
MAX_SHARE = 1e-3
MAX_LEVELS_ANYWHERE = 0.1
# CIE units. One uint8 level is about 0.3, a visible step 1 to 2. Runtimes
# differ by about 1e-6 of the logits, which the annealed mean multiplies by
# the width of the gamut over the temperature, some 500: 1e-3 is expected.
MAX_AB_DIFFERENCE = 1e-2
# Levels, or CIE units of ab: mean difference where the network computes in
# bfloat16, whose values have 8 significant bits. Up to 0.4 was seen.
MAX_MEAN_BFLOAT16 = 1.0

# Two sizes, not square, odd, one wide and one high.
_SIZES = ((76, 113), (131, 90))
_BATCHES = (1, 2)


class ExportMismatchError(RuntimeError):
    """An exported file does not compute what the Keras model computes."""


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How close an exported file is to Keras.

    Attributes:
        num_comparisons: Number of calls that were compared.
        max_difference: Largest absolute difference: levels of 0..255 for
            photos, both rounded, CIE units for ab.
        max_unrounded: Levels by which a channel of a photo is off beyond the
            half that rounding takes; 0 for ab.
        share_different: Share, in [0, 1], of pixels that differ at all in the
            worst call; for photos only, else 0.
    """

    num_comparisons: int
    max_difference: float
    max_unrounded: float
    share_different: float

    def summary(self) -> str:
        """Returns a part of a line for a terminal."""
        line = (
            f"{self.num_comparisons} comparisons with Keras, largest "
            f"difference {self.max_difference:.2g}"
        )
        if self.max_unrounded > 0.0:
            line += f" ({self.max_unrounded:.1g} beyond rounding)"
        return line


def check_agreement(
    expected: Callable,
    exported: Callable,
    head: str,
    defaults: dict[str, float | np.ndarray],
    image_size: tuple[int, int] | None = None,
    max_mean: float | None = None,
) -> Agreement:
    """Compares an exported file with Keras on generated images.

    At two sizes (one, where the file takes no other) and two batch sizes;
    batches of one leave the optional inputs out, larger ones set them.

    Args:
        expected: Function (image, **options) -> float array: Keras; for
            photos the levels in [0, 255] before they are rounded.
        exported: Function with the same arguments: the file.
        head: `"photo"` or `"ab"`: what goes in and comes out.
        defaults: The optional inputs and their default values.
        image_size: (height, width) or None where any size is taken.
        max_mean: Largest mean difference of a call, in levels or CIE units
            of ab. If given, only that counts.

    Returns:
        The agreement found.

    Raises:
        ExportMismatchError: If a result differs in shape or dtype or by more
            than the tolerances of this module.
    """
    sizes = _SIZES if image_size is None else (image_size,)
    calls = []
    for height, width in sizes:
        for batch in _BATCHES:
            images = make_images(batch, height, width, head)
            options = {}
            if batch > 1:
                options = _make_options(defaults, batch, height, width)
            calls.append(
                _compare(
                    np.asarray(expected(images, **options)),
                    np.asarray(exported(images, **options)),
                    images.shape,
                    head,
                )
            )
    worst = _worst_of(calls)
    unit = "levels of 255" if head == "photo" else "CIE units of ab"
    if max_mean is not None:
        accepted = worst.mean <= max_mean
        found = f"{worst.mean:.3g} {unit} in the mean; allowed are {max_mean:g}"
    elif head != "photo":
        accepted = worst.largest <= MAX_AB_DIFFERENCE
        found = f"{worst.largest:.3g} {unit}; allowed are {MAX_AB_DIFFERENCE:g}"
    else:
        accepted = (
            worst.beyond_rounding <= MAX_LEVELS_ANYWHERE
            and worst.share_beyond_rounding <= MAX_SHARE
        )
        found = (
            f"{worst.beyond_rounding:.3g} {unit} beyond rounding, more than "
            f"{MAX_LEVELS} on {worst.share_beyond_rounding:.3%} of the pixels; "
            f"allowed are {MAX_LEVELS_ANYWHERE} and {MAX_SHARE:.1%}"
        )
    if not accepted:
        raise ExportMismatchError(
            "The exported graph does not agree with Keras and was not "
            f"written. Worst difference: {found}."
        )
    return Agreement(
        num_comparisons=len(calls),
        max_difference=worst.largest,
        max_unrounded=worst.beyond_rounding,
        share_different=worst.share,
    )


def parse_size(size: str | int) -> tuple[int, int] | None:
    """Reads the exporters' argument `size`.

    Args:
        size: `"dynamic"` or the side in pixels of square images.

    Returns:
        None for `"dynamic"`, else (height, width).

    Raises:
        ValueError: If `size` is neither.
    """
    if size == "dynamic":
        return None
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError(
            "`size` must be 'dynamic' or a number of pixels. "
            f"Received: size={size!r}."
        )
    return (size, size)


def make_images(batch: int, height: int, width: int, head: str) -> np.ndarray:
    """Generates images with edges, gradients, noise and all of the gamut.

    Args:
        batch: Number of images.
        height: Height in pixels.
        width: Width in pixels.
        head: `"photo"` or `"ab"`.

    Returns:
        uint8 (B, H, W, 3) for `"photo"`, float32 (B, H, W, 1) in [0, 100]
        for `"ab"`. The same for the same arguments.
    """
    channels = 3 if head == "photo" else 1
    rng = np.random.default_rng([batch, height, width])
    tile = 16
    rows, columns = -(-height // tile), -(-width // tile)
    patches = rng.random((batch, rows, columns, channels))
    patches = patches.repeat(tile, axis=1).repeat(tile, axis=2)
    patches = patches[:, :height, :width]
    ramp = np.linspace(-0.5, 0.5, width)[:, None]  # (W, 1)
    noise = rng.normal(0.0, 0.03, patches.shape)
    images = np.clip(patches + 0.5 * ramp + noise, 0.0, 1.0)
    if head == "photo":
        return np.rint(images * 255.0).astype(np.uint8)
    return (images * 100.0).astype(np.float32)


def make_hints(batch: int, height: int, width: int) -> np.ndarray:
    """Generates color hints at random places of an image.

    Args:
        batch: Number of images.
        height: Height in pixels.
        width: Width in pixels.

    Returns:
        float32 (B, 6, 5), rows (x, y, radius, a, b) as the serving graph
        takes them; the radii go from a part of a pixel to a quarter of the
        image. The same for the same arguments.
    """
    rng = np.random.default_rng([batch, height, width])
    radii = np.geomspace(0.3, max(height, width) / 4, 6)
    return np.stack(
        [
            rng.uniform(0.0, width, (batch, 6)),
            rng.uniform(0.0, height, (batch, 6)),
            np.broadcast_to(radii, (batch, 6)),
            *rng.uniform(-70.0, 70.0, (2, batch, 6)),
        ],
        axis=-1,
    ).astype(np.float32)


def _make_options(defaults, batch, height, width):
    """Returns values of the optional inputs that are not their defaults."""
    return {
        name: make_hints(batch, height, width)
        if name == "hints"
        else 0.7 * value
        for name, value in defaults.items()
    }


@dataclasses.dataclass(frozen=True)
class _Difference:
    """How far the results of a call are apart, in levels or CIE units of ab.

    Attributes:
        largest: Largest difference.
        mean: Mean difference.
        beyond_rounding: Largest difference of a photo beyond the half that
            rounding takes.
        share_beyond_rounding: Share of pixels where that is above `MAX_LEVELS`.
        share: Share of pixels of a photo that differ at all.
    """

    largest: float
    mean: float
    beyond_rounding: float = 0.0
    share_beyond_rounding: float = 0.0
    share: float = 0.0


def _worst_of(calls):
    """Returns a `_Difference` of the largest value of each attribute."""
    names = [field.name for field in dataclasses.fields(_Difference)]
    return _Difference(
        **{name: max(getattr(call, name) for call in calls) for name in names}
    )


def _compare(expected, exported, input_shape, head):
    """Compares two results and returns their `_Difference`."""
    dtype = np.dtype(np.uint8 if head == "photo" else np.float32)
    if (
        exported.shape != expected.shape
        or exported.dtype != dtype
        or expected.shape[:3] != input_shape[:3]
    ):
        raise ExportMismatchError(
            "The exported graph does not agree with Keras and was not "
            f"written: for an input of shape {input_shape} it returns "
            f"{exported.dtype} {exported.shape}, Keras {dtype} "
            f"{expected.shape}."
        )
    unrounded = np.abs(exported - expected.astype(np.float64))
    if not np.isfinite(unrounded).all():
        raise ExportMismatchError(
            "The model returns values that are not finite; check its "
            "weights. Nothing was written."
        )
    if head != "photo":
        return _Difference(float(unrounded.max()), float(unrounded.mean()))
    difference = np.abs(exported - np.rint(expected.astype(np.float64)))
    off = (unrounded - 0.5 > MAX_LEVELS).any(-1)
    return _Difference(
        largest=float(difference.max()),
        mean=float(difference.mean()),
        beyond_rounding=max(0.0, float(unrounded.max()) - 0.5),
        share_beyond_rounding=float(off.mean()),
        share=float((difference > 0).any(-1).mean()),
    )
