"""The network's ab on a photo's own lightness, for files that give ab.

Files that take photos, as the shipped ones, hold this step themselves:
`exporters.serving_graph` builds it in TensorFlow; a test keeps both equal.
After either, `color.luminance` brings back what 8 bits or the gamut took from
the luminance.
"""

import numpy as np

from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.color.luminance import strips


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
