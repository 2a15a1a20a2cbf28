"""How colorful people find a photo."""

import numpy as np


def colorfulness(image):
    """Computes the colorfulness of Hasler and Süsstrunk.

        rg = R - G,  yb = (R + G) / 2 - B
        M = sqrt(std(rg)^2 + std(yb)^2) + 0.3 sqrt(mean(rg)^2 + mean(yb)^2)

    The signed form of the paper: some implementations take absolute values
    of rg and yb first, which gives lower numbers.

    Args:
        image: uint8 or float array (..., H, W, 3), encoded sRGB in
            [0, 255] (a photo in [0, 1] would score 255 times too low).

    Returns:
        float64 (...), 0 for gray photos; the paper calls 15 slightly, 33
        moderately, 59 quite, and 109 extremely colorful. A single photo
        gives a NumPy scalar.

    Raises:
        ValueError: If `image` has fewer than 3 axes, not 3 channels or no
            pixels.

    Reference: Hasler, Süsstrunk, Measuring colourfulness in natural images,
    SPIE Human Vision and Electronic Imaging, 2003, eq. 3 (M^(3)).
    """
    image = np.asarray(image)
    if image.ndim < 3 or image.shape[-1] != 3 or 0 in image.shape[-3:-1]:
        raise ValueError(
            "`image` must have shape (..., height, width, 3) and at least "
            f"one pixel. Received: shape={image.shape}."
        )
    red, green, blue = np.moveaxis(image.astype("float64"), -1, 0)
    rg = red - green
    yb = (red + green) / 2.0 - blue
    pixels = (-2, -1)
    spread = np.hypot(rg.std(axis=pixels), yb.std(axis=pixels))
    center = np.hypot(rg.mean(axis=pixels), yb.mean(axis=pixels))
    return spread + 0.3 * center
