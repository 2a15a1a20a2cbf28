"""Resizing of L and ab as the exported files do it, and the network's size.

`exporters.serving_graph` builds the same steps in TensorFlow; a test keeps
both equal.
"""

import numpy as np

# Longest side of the network's image, in short sides: a photo of 1 x 5000
# pixels would otherwise become 256 x 1,280,000.
MAX_ASPECT_RATIO = 4


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
    rows = antialias_matrix(x.shape[0], height)
    columns = antialias_matrix(x.shape[1], width)
    x = np.tensordot(rows, x, axes=(1, 0))  # (height, w, C)
    return np.tensordot(columns, x, axes=(1, 1)).swapaxes(0, 1)


def antialias_matrix(size_in: int, size_out: int) -> np.ndarray:
    """Computes the weights of the antialiased resize along one axis.

    Returns:
        float32 (size_out, size_in); each row sums to 1.
    """
    scale = size_in / size_out
    centers = (np.arange(size_out) + 0.5) * scale - 0.5
    distance = np.abs(np.arange(size_in) - centers[:, None])
    weights = np.maximum(1.0 - distance / max(scale, 1.0), 0.0)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


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


def _lerp_rows(x: np.ndarray, size_out: int) -> np.ndarray:
    size_in = x.shape[0]
    centers = (np.arange(size_out) + 0.5) * (size_in / size_out) - 0.5
    centers = np.clip(centers, 0.0, size_in - 1.0)
    low = np.floor(centers).astype(np.intp)
    high = np.minimum(low + 1, size_in - 1)
    weight = (centers - low).astype(np.float32)[:, None, None]
    return x[low] * (1 - weight) + x[high] * weight
