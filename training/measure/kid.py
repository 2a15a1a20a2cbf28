"""KID: how far colorized photos are from true ones, as sets.

A colorizer that gives each photo plausible colors, though not the true ones,
has a small distance and large errors. Unlike FID, the estimate has no bias on
a few hundred photos, so that it may come with a standard error.

Values depend on the network whose features are compared: they are named after
it and say nothing beside published ones, which are made with Inception.

Reference: Binkowski et al., Demystifying MMD GANs, ICLR 2018.
"""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import numpy as np

# The first convolution of VGG16's last block, before ReLU, mean over the photo.
EXTRACTOR = "VGG16 block5_conv1"
_SIDE = 224  # pixels of the short side, that of the network's training
_DEGREE = 3
MIN_PHOTOS = 3


@dataclasses.dataclass(frozen=True)
class Kid:
    """A distance between two sets of photos.

    Attributes:
        value: about 0 for sets of one kind; may be slightly negative.
        standard_error: of the value, by leaving out one photo after another.
    """

    value: float
    standard_error: float


def kid(true: np.ndarray, colorized: np.ndarray) -> Kid:
    """Estimates the squared maximum mean discrepancy, without bias.

        k(x, y) = (x . y / d + 1) ** 3
        MMD2 = mean_{i != j} [k(x_i, x_j) + k(y_i, y_j) - 2 k(x_i, y_j)]

    Both sets are of the same photos, so a photo is not compared with its own
    copy: that would make the distance seem smaller.

    Args:
        true: float (n, d), features of true photos, n at least 3.
        colorized: float (n, d), features of the same photos, colorized.

    Raises:
        ValueError: If the shapes differ or there are fewer photos.
    """
    if (
        true.ndim != 2
        or true.shape != colorized.shape
        or len(true) < MIN_PHOTOS
    ):
        raise ValueError(
            "KID needs the features (photos, d) of three photos or more, true "
            f"and colorized. Received: shapes {true.shape} and "
            f"{colorized.shape}."
        )
    x, y = true.astype(np.float64), colorized.astype(np.float64)
    between = _kernel(x, y)
    of_pairs = _kernel(x, x) + _kernel(y, y) - between - between.T  # (n, n)
    np.fill_diagonal(of_pairs, 0.0)
    n, total = len(x), of_pairs.sum()
    without_one = (total - 2 * of_pairs.sum(axis=1)) / ((n - 1) * (n - 2))
    variance = (n - 1) * np.var(without_one)  # jackknife
    return Kid(float(total / (n * (n - 1))), float(np.sqrt(variance)))


def _kernel(a, b):
    return (a @ b.T / a.shape[1] + 1.0) ** _DEGREE


class FeatureExtractor:
    """Turns photos into features that see color.

    Args:
        weights: path of VGG16's weights, or "imagenet", which downloads
            them: see `encoders.vgg16.load_vgg16_weights`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it does not hold these weights.
    """

    def __init__(self, weights: str | Path = "imagenet"):
        from keras_colorize.encoders.vgg16 import build_judging_vgg16
        from keras_colorize.encoders.vgg16 import load_vgg16_weights

        self._network = build_judging_vgg16()
        load_vgg16_weights(self._network, str(weights))

    def __call__(self, images: Iterable[np.ndarray]) -> np.ndarray:
        """Computes the features of photos.

        Args:
            images: uint8 (H, W, 3), sRGB, of any sizes.

        Returns:
            float32 (photos, 512).
        """
        return np.stack([self._features(image) for image in images])

    def _features(self, image):
        from keras import ops

        from keras_colorize.layers.resize import resize_bilinear
        from keras_colorize.layers.resize import shrink_antialiased

        rgb = ops.convert_to_tensor(image[None].astype(np.float32) / 255.0)
        scale = _SIDE / min(image.shape[:2])
        size = tuple(max(1, round(scale * side)) for side in image.shape[:2])
        resize = shrink_antialiased if scale < 1.0 else resize_bilinear
        last = self._network(resize(rgb, size), training=False)[-1]
        return ops.convert_to_numpy(ops.mean(last, axis=(1, 2)))[0]
