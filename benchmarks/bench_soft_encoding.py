"""Soft encoding of ab values against scikit-learn's NearestNeighbors.

Both sides return the indices of the 5 nearest of the 313 bins and their
Gaussian weights for each pixel of scikit-image's bundled photos, and both may
use all cores: ours encodes batches of the size of a training batch in one
thread per core, the peer takes one thread or all of them, whichever is
faster on this machine. Then once more by processor time, all threads together,
which tells more on a busy machine.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

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
BATCH = 2**16  # pixels: 16 photos of 256 x 256 at stride 4


def measure(
    num_pixels: int = 6 * BATCH,
    turns: int = 9,
    clock: Callable[[], float] = time.perf_counter,
) -> Comparison:
    """Encodes the same pixels both ways, after checking that they agree."""
    gamut = AbGamut()
    ab = photo_pixels(num_pixels)
    batches = [
        tf.constant(ab[start : start + BATCH])
        for start in range(0, len(ab), BATCH)
    ]
    encode = tf.function(
        lambda ab: encode_soft(ab, gamut, NUM_NEIGHBORS, SIGMA),
        jit_compile=True,
        reduce_retracing=True,
    )
    cores = len(os.sched_getaffinity(0))
    threads = ThreadPoolExecutor(cores)
    search = fastest_search(gamut, ab[:BATCH])

    def encode_and_free(batch):
        # As in training, a batch is used and its memory free for the next.
        encode(batch)

    def ours():
        for _ in threads.map(encode_and_free, batches):
            pass

    def peer():
        distance, indices = search.kneighbors(ab)
        weights = np.exp(-(distance**2) / (2 * SIGMA**2))
        return indices, weights / weights.sum(axis=1, keepdims=True)

    # Equally distant bins may come in another order: weights tell.
    got = np.concatenate([encode(batch)[1] for batch in batches])
    np.testing.assert_allclose(got, peer()[1], atol=1e-4)
    with threads:
        return compare(
            f"soft encoding of {len(ab):,} pixels, {NUM_NEIGHBORS} neighbors, "
            f"{cores} core(s)",
            ("keras_colorize, XLA", ours),
            (f"scikit-learn NearestNeighbors, n_jobs={search.n_jobs}", peer),
            turns=turns,
            target=50.0,
            clock=clock,
        )


def fastest_search(gamut, ab):
    """Returns the peer's search, with one thread or all of them."""

    def seconds(search):
        times = [time.perf_counter()]
        for _ in range(4):
            search.kneighbors(ab)
            times.append(time.perf_counter())
        return np.diff(times).min()

    searches = [
        NearestNeighbors(n_neighbors=NUM_NEIGHBORS, n_jobs=jobs).fit(gamut.bins)
        for jobs in (None, -1)
    ]
    return min(searches, key=seconds)


def photo_pixels(count):
    """Returns float32 (count, 2), ab of the bundled photos' pixels."""
    photos = (data.astronaut(), data.chelsea(), data.coffee(), data.rocket())
    rgb = np.concatenate([photo.reshape(-1, 3) for photo in photos]) / 255.0
    rgb = rgb[:: max(1, len(rgb) // count)][:count]
    return rgb_to_lab(rgb.astype("float32"))[:, 1:]


if __name__ == "__main__":
    report(measure(), "soft_encoding")
    report(measure(clock=time.process_time), "soft_encoding_processor_time")
