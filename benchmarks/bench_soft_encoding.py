"""Soft encoding of ab values against scikit-learn's NearestNeighbors.

Both sides return the indices of the 5 nearest of the 313 bins and their
Gaussian weights for each pixel of scikit-image's bundled photos.
"""

import numpy as np
import tensorflow as tf
from skimage import data
from sklearn.neighbors import NearestNeighbors

from benchmarks.measure import Comparison
from benchmarks.measure import compare
from benchmarks.measure import report
from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.gamut import AbGamut
from keras_colorize.color.quantization import encode_soft

NUM_NEIGHBORS = 5
SIGMA = 5.0


def measure(num_pixels: int = 400_000, turns: int = 7) -> Comparison:
    """Encodes the same pixels both ways, after checking that they agree."""
    gamut = AbGamut()
    ab = photo_pixels(num_pixels)
    tensor = tf.constant(ab)
    encode = tf.function(
        lambda ab: encode_soft(ab, gamut, NUM_NEIGHBORS, SIGMA),
        jit_compile=True,
    )
    search = NearestNeighbors(n_neighbors=NUM_NEIGHBORS).fit(gamut.bins)

    def ours():
        return encode(tensor)

    def peer():
        distance, indices = search.kneighbors(ab)
        weights = np.exp(-(distance**2) / (2 * SIGMA**2))
        return indices, weights / weights.sum(axis=1, keepdims=True)

    # Equally distant bins may come in another order: weights tell.
    np.testing.assert_allclose(ours()[1], peer()[1], atol=1e-4)
    return compare(
        f"soft encoding of {len(ab):,} pixels, {NUM_NEIGHBORS} neighbors",
        ("keras_colorize, XLA", ours),
        ("scikit-learn NearestNeighbors", peer),
        turns=turns,
        target=50.0,
    )


def photo_pixels(count):
    """Returns float32 (count, 2), ab of the bundled photos' pixels."""
    photos = (data.astronaut(), data.chelsea(), data.coffee(), data.rocket())
    rgb = np.concatenate([photo.reshape(-1, 3) for photo in photos]) / 255.0
    rgb = rgb[:: max(1, len(rgb) // count)][:count]
    return rgb_to_lab(rgb.astype("float32"))[:, 1:]


if __name__ == "__main__":
    report(measure(), "soft_encoding")
