"""The colour maths of the serving graph in NumPy.

`serving.graph` builds the same steps in TensorFlow for the exported files; a
test keeps both equal. Photos are worked on in strips of rows, so that one of
24 megapixels takes some hundred megabytes and not several gigabytes.
"""

from collections.abc import Callable

import numpy as np

from keras_colorize.color import lab_formulas as formulas
from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.color.luminance import strips

# Longest side of the network's image, in short sides: a photo of 1 x 5000
# pixels would otherwise become 256 x 1,280,000.
MAX_ASPECT_RATIO = 4

_Y_FROM_LINEAR_RGB = formulas.XYZ_FROM_LINEAR_RGB[1].astype(np.float32)


def image_to_L(image: np.ndarray) -> np.ndarray:
    """Lightness of a photo.

    Args:
        image: uint8 (H, W, 3), sRGB.

    Returns:
        float32 (H, W, 1), CIE L*, [0, 100].
    """
    L = np.empty((*image.shape[:2], 1), np.float32)
    for rows in strips(*image.shape[:2]):
        Y = formulas.LINEAR_FROM_UINT8[image[rows]] @ _Y_FROM_LINEAR_RGB
        L[rows, :, 0] = 116.0 * formulas.f_from_ratio(Y, np) - 16.0
    return L


def merge_L_and_ab(
    L: np.ndarray, ab: np.ndarray, strength: float = 1.0
) -> np.ndarray:
    """Puts predicted chroma on the photo's own lightness.

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


def resize_bilinear(x: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear resize between half-pixel centres, edges repeated.

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
    """Resize with a triangle filter as wide as the shrink factor.

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
    """Weights of the antialiased resize along one axis.

    Returns:
        float32 (size_out, size_in); each row sums to 1.
    """
    scale = size_in / size_out
    centres = (np.arange(size_out) + 0.5) * scale - 0.5
    distance = np.abs(np.arange(size_in) - centres[:, None])
    weights = np.maximum(1.0 - distance / max(scale, 1.0), 0.0)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def network_input_size(
    height: int, width: int, network_size: int
) -> tuple[int, int]:
    """Size at which the network sees a photo.

    The short side becomes `network_size`, the long side keeps the aspect
    (halves round up) up to `MAX_ASPECT_RATIO` short sides.
    """
    short = min(height, width)

    def scaled(side):
        side = (2 * side * network_size + short) // (2 * short)
        return min(side, MAX_ASPECT_RATIO * network_size)

    return scaled(height), scaled(width)


def predict_full_size_ab(
    L: np.ndarray,
    network: Callable[[np.ndarray], np.ndarray],
    network_size: int = 256,
    size_multiple: int = 8,
    fixed_size: tuple[int, int] | None = None,
) -> np.ndarray:
    """Runs a network at its own size and brings its ab to the photo's.

    Shrinks L with antialiasing, repeats its last row and column up to the
    size multiple, and enlarges the answer: to the padded size, where it is
    cropped, then to the photo's size.

    Args:
        L: float32 (H, W, 1), CIE L*.
        network: float32 (1, h, w, 1), CIE L* -> float (1, h/s, w/s, 2), CIE
            ab, for any whole output stride s.
        network_size: Short side at which the network works, in pixels.
        size_multiple: `h` and `w` are multiples of this.
        fixed_size: (h, w) of a network that takes no other size, in place of
            the two arguments before.

    Returns:
        float32 (H, W, 2), CIE a* and b*.
    """
    full_height, full_width = L.shape[:2]
    height, width = fixed_size or network_input_size(
        full_height, full_width, network_size
    )
    small = resize_antialiased(L, height, width)
    multiple = 1 if fixed_size else size_multiple
    padding = ((0, -height % multiple), (0, -width % multiple))
    padded = np.pad(small, (*padding, (0, 0)), mode="edge")
    ab = np.asarray(network(padded[None]), np.float32)[0]
    ab = resize_bilinear(ab, padded.shape[0], padded.shape[1])
    return resize_bilinear(ab[:height, :width], full_height, full_width)


def _lerp_rows(x: np.ndarray, size_out: int) -> np.ndarray:
    size_in = x.shape[0]
    centres = (np.arange(size_out) + 0.5) * (size_in / size_out) - 0.5
    centres = np.clip(centres, 0.0, size_in - 1.0)
    low = np.floor(centres).astype(np.intp)
    high = np.minimum(low + 1, size_in - 1)
    weight = (centres - low).astype(np.float32)[:, None, None]
    return x[low] * (1 - weight) + x[high] * weight
