"""Between ab values and distributions over the Q bins of a gamut.

Encoding: nearest bin, or soft weights over the K nearest bins. Decoding:
mode, mean, annealed mean. And the class-rebalancing weights that follow from
the empirical prior of a training set.

Reference: Zhang et al., Colorful Image Colorization, ECCV 2016, 2.1-2.3.
"""

from typing import Any
from typing import NamedTuple

import numpy as np
from keras import ops

from keras_colorize.color.gamut import MAX_ORDERED_NEIGHBORS
from keras_colorize.color.neighbors import NUM_REGIONS
from keras_colorize.color.neighbors import REGION_LINES
from keras_colorize.color.neighbors import STEP_BITS
from keras_colorize.color.neighbors import STEP_RANGE


def encode_nearest(ab, gamut):
    """Returns the bin nearest to each ab value.

    Args:
        ab: float (..., 2), CIE a* and b*.
        gamut: `AbGamut` with Q bins.

    Returns:
        int32 (...), indices in [0, Q).

    Raises:
        ValueError: If the last axis of `ab` is not 2 long.
    """
    indices, _ = _nearest(ab, gamut, 1)
    return indices[..., 0]


def encode_soft(ab, gamut, num_neighbors=5, sigma=5.0):
    """Spreads each ab value over its nearest bins with Gaussian weights.

        w_k = exp(-d_k^2 / (2 sigma^2)) / sum_j exp(-d_j^2 / (2 sigma^2))

    Up to 5 neighbors are looked up in a table that holds their order for
    every part of the ab plane where sRGB colors are (`color.neighbors`). For
    more, and where one of the colors lies outside, the few bins that can be
    among them are compared. The result is exact, and Q-channel targets are
    never built.

    Called by itself on TensorFlow, compile it with XLA, which fuses the many
    small operations: `tf.function(encode_soft, jit_compile=True)` takes a
    tenth of the time.

    Args:
        ab: float (..., 2), CIE a* and b*.
        gamut: `AbGamut` with Q bins.
        num_neighbors: int, K. The paper says 5; its released code uses 10.
        sigma: float, width of the Gaussian in CIE ab units.

    Returns:
        Pair of int32 (..., K), bins from near to far, and float (..., K),
        weights that sum to 1. Equally distant bins come in any order.

    Raises:
        ValueError: If the last axis of `ab` is not 2 long, `num_neighbors`
            is not in [1, Q], or `sigma` is not positive.

    Reference: Zhang et al., ECCV 2016, 2.1 (H_gt^-1).
    """
    if sigma <= 0:
        raise ValueError(f"`sigma` must be positive. Received: sigma={sigma}.")
    indices, excess = _nearest(ab, gamut, num_neighbors)
    # A softmax by hand: no weight is above that of the nearest, 1 for now.
    others = ops.exp(excess * (-0.5 / sigma**2))
    before = [(0, 0)] * (len(others.shape) - 1) + [(1, 0)]
    weights = ops.pad(others, before, constant_values=1.0)
    # Slice by slice: faster than a reduction over so short an axis.
    total = sum(weights[..., k] for k in range(num_neighbors))
    return indices, weights / ops.expand_dims(total, -1)


def decode_annealed_mean(q_logits, bins, temperature=0.38):
    """Turns scores over ab bins into one ab value per pixel.

        ab = softmax(q_logits / temperature) @ bins

    Sharpens the distribution before averaging: 1 gives the plain mean
    (desaturated), values near 0 approach the mode (patchy).

    Args:
        q_logits: float (..., Q). Unnormalized scores, one per bin.
        bins: float (Q, 2), CIE a and b of the bin centers.
        temperature: float or scalar tensor, above 0. 0.38 is the paper's
            choice.

    Returns:
        float (..., 2), CIE a* and b*. Same dtype as `q_logits`.

    Reference: Zhang et al., ECCV 2016, eq. 5.
    """
    temperature = ops.cast(temperature, q_logits.dtype)
    q_probs = ops.softmax(q_logits / temperature, axis=-1)
    return ops.matmul(q_probs, ops.cast(bins, q_logits.dtype))


def soft_histogram(ab, gamut, num_neighbors=5, sigma=5.0):
    """Sums the soft encodings of all pixels: raw material of a prior.

    Args:
        ab: float (..., 2), CIE a* and b*.
        gamut: `AbGamut` with Q bins.
        num_neighbors: int, as in `encode_soft`.
        sigma: float, as in `encode_soft`.

    Returns:
        float (Q,), which sums to the number of pixels. Divided by that
        number it is the smoothed empirical prior of the paper.
    """
    indices, weights = encode_soft(ab, gamut, num_neighbors, sigma)
    return ops.segment_sum(
        ops.reshape(weights, (-1,)),
        ops.reshape(indices, (-1,)),
        num_segments=gamut.num_bins,
    )


def rebalancing_weights(prior, uniform_mix=0.5):
    """Returns loss weights that lift rare colors.

        w_q = 1 / ((1 - lambda) p_q + lambda / Q),  scaled so that
        sum_q p_q w_q = 1

    Args:
        prior: float array (Q,), empirical distribution over bins. Any
            positive scale; it is normalized.
        uniform_mix: float in (0, 1], lambda, the share of the uniform
            distribution. 1 gives weights of 1: no rebalancing.

    Returns:
        float32 NumPy array (Q,).

    Raises:
        ValueError: If `prior` is not a non-negative vector with a positive
            sum, or `uniform_mix` is not in (0, 1].

    Reference: Zhang et al., ECCV 2016, eq. 4.
    """
    prior = np.asarray(prior, dtype="float64")
    if prior.ndim != 1 or (prior < 0).any() or not prior.sum() > 0:
        raise ValueError(
            "`prior` must be a vector of non-negative frequencies with a "
            f"positive sum. Received: shape={prior.shape}."
        )
    if not 0.0 < uniform_mix <= 1.0:
        raise ValueError(
            "`uniform_mix` must be in (0, 1]; at 0 empty bins would weigh "
            f"infinitely. Received: uniform_mix={uniform_mix}."
        )
    prior = prior / prior.sum()
    weights = 1.0 / ((1.0 - uniform_mix) * prior + uniform_mix / prior.size)
    return (weights / (prior * weights).sum()).astype("float32")


def _nearest(ab, gamut, num_neighbors):
    """Finds the nearest bins.

    Returns:
        Pair of bins (..., K) from near to far, and by how much the squared
        distance of each but the first exceeds that of the first (..., K - 1).
    """
    ab = ops.convert_to_tensor(ab)
    if ab.shape[-1] != 2:
        raise ValueError(
            "`ab` must have 2 channels on its last axis. "
            f"Received: shape={tuple(ab.shape)}."
        )
    if num_neighbors > MAX_ORDERED_NEIGHBORS:
        return _compare(ab, gamut, num_neighbors)
    table = gamut.neighbor_order(num_neighbors)
    place = _place_of(ab, gamut)
    row = ops.take(table.row, place.key)
    return ops.cond(
        ops.all(row >= 0),
        lambda: _look_up(gamut, table, place, row),
        lambda: _compare(ab, gamut, num_neighbors),
    )


class _Place(NamedTuple):
    """Where a color lies on the grid.

    Attributes:
        key: int32 (...), see `NeighborOrder`.
        da: float (...), a* less that of the nearest grid point.
        db: float (...), b* less that of the nearest grid point.
    """

    key: Any
    da: Any
    db: Any


def _place_of(ab, gamut):
    steps, step = gamut.num_steps, gamut.grid_step
    # One axis at a time, so that XLA fuses all of it into one loop.
    a, b = ab[..., 0], ab[..., 1]
    i, j = (ops.clip(ops.round(x / step), -steps, steps) for x in (a, b))
    da, db = a - step * i, b - step * j
    side = 2 * steps + 1
    grid = ops.cast((i + steps) * side + (j + steps), "int32")
    key = grid * NUM_REGIONS + _region_of(da, db, step)
    return _Place(key, da, db)


def _region_of(da, db, step):
    """Numbers the region of a bin's square, int32 (...): `NeighborOrder`."""
    down, across = ops.abs(da), ops.abs(db)
    x, y = ops.maximum(down, across), ops.minimum(down, across)
    region = 12 * ops.cast(down < across, "int32")
    region = region + 48 * ops.cast(da < 0, "int32")
    region = region + 24 * ops.cast(db < 0, "int32")
    for line in REGION_LINES:
        beyond = line.u * x + line.v * y > line.w * step
        region = region + line.number * ops.cast(beyond, "int32")
    return region


def _look_up(gamut, table, place, row):
    """Does `_nearest` by a `NeighborOrder`."""
    num_others = table.neighbors.shape[1] - 1
    shifts = 2 * STEP_BITS * np.arange(num_others, dtype="int32")
    along_a = ops.right_shift(
        ops.expand_dims(ops.take(table.steps, row), -1), shifts
    )  # (..., K - 1)
    along_b = ops.right_shift(along_a, STEP_BITS)
    excess = 0.0
    for offset, bits in ((place.da, along_a), (place.db, along_b)):
        steps = ops.bitwise_and(bits, STEP_RANGE - 1) - STEP_RANGE // 2
        away = gamut.grid_step * ops.cast(steps, offset.dtype)
        # (offset - away)^2 - offset^2
        excess += away * (away - 2 * ops.expand_dims(offset, -1))
    return ops.take(table.neighbors, row, axis=0), excess


def _compare(ab, gamut, num_neighbors):
    """Does `_nearest` by comparing the bins that can be among them."""
    table = gamut.neighbor_candidates(num_neighbors)
    candidates = ops.take(table, _cell_of(ab, gamut), axis=0)  # (..., M)
    negative, order = ops.top_k(
        -_squared_distance(ab, candidates, gamut), num_neighbors
    )
    indices = ops.take_along_axis(candidates, order, axis=-1)
    return ops.cast(indices, "int32"), negative[..., :1] - negative[..., 1:]


def _squared_distance(ab, indices, gamut):
    centers = ops.cast(ops.take(gamut.bins, indices, axis=0), ab.dtype)
    offset = ops.expand_dims(ab, -2) - centers  # (..., K, 2)
    return ops.sum(ops.square(offset), axis=-1)


def _cell_of(ab, gamut):
    """Finds the cell of each ab (..., 2) in the neighbor tables."""
    half = gamut.cells_per_axis // 2
    # Colors outside the grid share the cell at its border.
    i, j = (
        ops.clip(ops.floor(x / gamut.cell_size), -half, half - 1) + half
        for x in (ab[..., 0], ab[..., 1])
    )
    return ops.cast(i * gamut.cells_per_axis + j, "int32")
