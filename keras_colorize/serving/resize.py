"""Resizing of L and ab as the exported files do it, and the network's size.

`exporters.serving_graph` builds the same steps in TensorFlow; a test keeps
both equal.
"""

import functools
import threading

import numpy as np

# Longest side of the network's image, in short sides: a photo of 1 x 5000
# pixels would otherwise become 256 x 1,280,000.
MAX_ASPECT_RATIO = 4
_PIECE_ROWS = 512


def resize_bilinear(x: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resizes bilinearly between half-pixel centers, edges repeated.

    Output pixel i looks at input position (i + 0.5) * in / out - 0.5. The
    rule of TensorFlow 2 and of ONNX `half_pixel`; for enlarging (it skips
    pixels when it shrinks: see `resize_antialiased`).

    Args:
        x: float32 (h, w, C).
        height: Height of the result.
        width: Width of the result.

    Returns:
        float32 (height, width, C).
    """
    x = _lerp_rows(x, height)  # (height, w, C)
    return _lerp_rows(x.swapaxes(0, 1), width).swapaxes(0, 1)


def resize_antialiased(x: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resizes with a triangle filter as wide as the shrink factor.

    Every input pixel counts, as in Pillow's bilinear and in TensorFlow's
    `resize(antialias=True)`. Enlarging gives exactly `resize_bilinear`.

    Args:
        x: float32 (h, w, C).
        height: Height of the result.
        width: Width of the result.

    Returns:
        float32 (height, width, C).
    """
    x = _shrink_rows(x, height)  # (height, w, C)
    return _shrink_rows(x.swapaxes(0, 1), width).swapaxes(0, 1)


class AntialiasedAxis:
    """The weights of the antialiased resize along an axis, piece by piece.

    Each result is a weighted sum of inputs, with weights that sum to 1. A
    photo that comes in strips adds what each of them contributes. Weights are
    kept for the next photo of the same size, up to a megabyte: see
    `antialiased_axis`.

    Args:
        size_in: Length before.
        size_out: Length after.
    """

    _PIECE = 4096
    _MOST_KEPT = 2**18  # weights

    def __init__(self, size_in: int, size_out: int):
        scale = size_in / size_out
        self._reach = max(scale, 1.0)
        self._centers = (np.arange(size_out) + 0.5) * scale - 0.5
        self._kept: dict[tuple[int, int], tuple[slice, np.ndarray]] = {}
        self._num_kept = 0
        self._keeping = threading.Lock()
        self._totals = np.ones(size_out)
        totals = np.zeros(size_out)
        for start in range(0, size_in, self._PIECE):
            stop = min(start + self._PIECE, size_in)
            results, weights = self._unscaled(start, stop)
            totals[results] += weights.sum(axis=1)
        self._totals = totals

    def weights(self, start: int, stop: int) -> tuple[slice, np.ndarray]:
        """Gives what inputs contribute.

        Args:
            start: The first input.
            stop: The one behind the last.

        Returns:
            The results that they contribute to, and float32 (results,
            inputs), which is not writeable.
        """
        known = self._kept.get((start, stop))
        if known is None:
            results, weights = self._unscaled(start, stop)
            weights = (weights / self._totals[results, None]).astype(np.float32)
            weights.flags.writeable = False
            known = results, weights
            self._keep((start, stop), known)
        return known

    def _keep(self, piece, known):
        """Keeps weights; where they become too many, these alone.

        Strips of narrow photos have many rows, and those of each width others.
        """
        size = known[1].size
        with self._keeping:
            if piece in self._kept or size > self._MOST_KEPT:
                return
            if self._num_kept + size > self._MOST_KEPT:
                self._kept.clear()
                self._num_kept = 0
            self._kept[piece] = known
            self._num_kept += size

    def results(self, start: int, stop: int) -> tuple[int, int]:
        """Gives the first result that inputs contribute to, and one behind."""
        first = np.searchsorted(self._centers, start - self._reach, "right")
        end = np.searchsorted(self._centers, stop - 1 + self._reach, "left")
        return int(first), int(end)

    def _unscaled(self, start, stop):
        results = slice(*self.results(start, stop))
        distance = np.abs(np.arange(start, stop) - self._centers[results, None])
        return results, np.maximum(1.0 - distance / self._reach, 0.0)


@functools.lru_cache(maxsize=8)
def antialiased_axis(size_in: int, size_out: int) -> AntialiasedAxis:
    """Gives the weights along an axis, those of the last sizes again.

    Photos of a series and frames of a film have one size. Of an axis of 10,000
    pixels about 0.3 MB of weights are kept, of any at most 1 MB.

    Args:
        size_in: Length before.
        size_out: Length after.
    """
    return AntialiasedAxis(size_in, size_out)


def _shrink_rows(x: np.ndarray, size_out: int) -> np.ndarray:
    if len(x) == size_out:
        return x
    axis = antialiased_axis(len(x), size_out)
    result = np.zeros((size_out, *x.shape[1:]), np.float32)
    for start in range(0, len(x), _PIECE_ROWS):
        rows = x[start : start + _PIECE_ROWS]
        results, weights = axis.weights(start, start + len(rows))
        result[results] += np.tensordot(weights, rows, axes=(1, 0))
    return result


def network_input_size(
    height: int, width: int, network_size: int
) -> tuple[int, int]:
    """Computes the size at which the network sees a photo.

    The short side becomes `network_size`, the long side keeps the aspect
    (halves round up) up to `MAX_ASPECT_RATIO` short sides.
    """
    short = min(height, width)

    def scaled(side):
        side = (2 * side * network_size + short) // (2 * short)
        return min(side, MAX_ASPECT_RATIO * network_size)

    return scaled(height), scaled(width)


def neighbors(
    size_in: int, size_out: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Finds what bilinear resizing mixes along an axis.

    Returns:
        For each output the lower and the upper input, int (size_out,), and
        float32 (size_out,), the weight of the upper one.
    """
    centers = (np.arange(size_out) + 0.5) * (size_in / size_out) - 0.5
    centers = np.clip(centers, 0.0, size_in - 1.0)
    low = np.floor(centers).astype(np.intp)
    high = np.minimum(low + 1, size_in - 1)
    return low, high, (centers - low).astype(np.float32)


def _lerp_rows(x: np.ndarray, size_out: int) -> np.ndarray:
    if len(x) == size_out:
        return x
    low, high, weight = neighbors(len(x), size_out)
    weight = weight[:, None, None]
    return x[low] * (1 - weight) + x[high] * weight
