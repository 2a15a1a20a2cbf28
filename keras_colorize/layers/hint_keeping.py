"""Colors that hints ask for, kept around them after the network."""

from keras import ops

from keras_colorize.layers.hint_spread import cell_means
from keras_colorize.layers.hint_spread import gather_hints
from keras_colorize.layers.resize import resize_bilinear
from keras_colorize.layers.resize import side_as_float

# How far a place may be from a hint, and how unlike it, to take its color over;
# standard deviations, chosen on held-out photos.
_REACH_OF_SHORT_SIDE = 1 / 8
_REACH_L = 7.0
_REACH_AB = 8.0
# Weight of what the network predicted, where that of a hint on its place is 1.
_PREDICTED = 0.05
_CELL = 2  # outputs of the network along each side of a cell


def keep_hints(ab, L, ab_hint, hint_mask):
    """Moves predicted colors to those that hints ask for, where they are near.

    A network that is told colors comes near them, not to them. What is missing
    where a hint lies is added there and, the less the farther and the less
    alike in lightness and predicted color, around it:

        weight[i, j] = exp(-|x_i - x_j|^2 / 2)
        ab[i] += sum_j weight[i, j] missing[j] / (0.05 + sum_j weight[i, j])

    over the cells j that hold hints; x is place, lightness and color, in units
    of an eighth of the short side, 7 L* and 8 ab. So hints of unlike colors
    that are close to each other, on what looks alike, mix. Without hints
    nothing changes. This project's own: normalized convolution (Knutsson and
    Westin, 1993) with the weights of a joint bilateral filter (Petschnigg et
    al., 2004).

    Args:
        ab: float32 (B, h, w, 2), predicted CIE a* and b*; h and w are even.
        L: float32 (B, H, W, 1), CIE L* in [0, 100], that the network saw; H
            and W are multiples of h and w.
        ab_hint: float32 (B, H, W, 2), CIE a* and b* where there is a hint,
            else 0.
        hint_mask: float32 (B, H, W, 1), 1 where there is a hint, else 0.

    Returns:
        float32 (B, h, w, 2), CIE a* and b*.
    """
    height, width = ops.shape(ab)[1:3]
    cells = (height // _CELL, width // _CELL)
    hinted, share = gather_hints(ab_hint, hint_mask, (height, width))
    missing = cell_means((hinted - ab) * share, cells)  # (B, h/2, w/2, 2)
    share = cell_means(share, cells)
    missing = missing / ops.where(share > 0.0, share, 1.0)

    lightness = cell_means(L, cells)
    places = ops.concatenate(
        [
            _positions(lightness) / _REACH_OF_SHORT_SIDE,
            lightness / _REACH_L,
            cell_means(ab, cells) / _REACH_AB,
        ],
        axis=-1,
    )
    places, missing, share = (_as_rows(x) for x in (places, missing, share))
    is_hinted = ops.cast(share > 0.0, "float32")  # (B, N, 1)
    weights = ops.exp(-0.5 * _squared_distances(places))  # (B, N, N)
    weights = weights * ops.transpose(is_hinted, (0, 2, 1))
    total = ops.sum(weights, axis=-1, keepdims=True) + _PREDICTED
    change = ops.matmul(weights, missing) / total
    change = ops.reshape(change, (-1, *cells, 2))
    return ab + resize_bilinear(change, (height, width))


def _positions(x):
    """Makes y and x of cells, 1 for the short side, (B, rows, columns, 2)."""
    sides = ops.shape(x)[1:3]
    short = ops.minimum(*(side_as_float(side) for side in sides))
    down, across = (ops.arange(side, dtype="float32") / short for side in sides)
    nothing = ops.zeros_like(x)
    return ops.concatenate(
        [nothing + down[:, None, None], nothing + across[:, None]], axis=-1
    )


def _as_rows(x):
    return ops.reshape(x, (ops.shape(x)[0], -1, x.shape[-1]))


def _squared_distances(points):
    """Between all pairs of (B, N, C), (B, N, N)."""
    products = ops.matmul(points, ops.transpose(points, (0, 2, 1)))
    squares = ops.sum(ops.square(points), axis=-1, keepdims=True)
    distances = squares + ops.transpose(squares, (0, 2, 1)) - 2.0 * products
    return ops.relu(distances)
