"""Tables that tell which bins are nearest to a colour, without a search.

The ab plane is cut into square cells. Few bins can be among the K nearest of
any colour in a cell, and of most pairs of them one is nearer than the other
in the whole cell. For the rest, the perpendicular bisector of the pair runs
through the cell: the sides of these lines on which a colour lies determine
the order of its neighbours.
"""

from typing import NamedTuple

import numpy as np


class NeighborOrder(NamedTuple):
    """The K nearest bins of every colour, in order.

    The neighbours of the colour (a, b) in cell c are `bins[row]` with

        row = first_row[c] + sum_n 2^n [u_n a + v_n b > w_n]

    Attributes:
        lines: float32 (3, N, cells): u, v and w of the bisectors that run
            through a cell, for CIE ab units. Zeros where it has fewer.
        first_row: int32 (cells,), where the rows of a cell begin.
        bins: int32 (rows, K), indices of bins from near to far.
    """

    lines: np.ndarray
    first_row: np.ndarray
    bins: np.ndarray


def candidate_bins(bins, cell_edges, cell_size, num_neighbors):
    """Finds the bins that can be among the nearest, for each cell.

    Args:
        bins: float (Q, 2), CIE a and b of each bin.
        cell_edges: float (n,), lower edges of the cells along one axis.
        cell_size: float, side of a cell.
        num_neighbors: int, K.

    Returns:
        int32 (n * n, M): every bin that is one of the K nearest for some
        colour of the cell. Rows with fewer such bins are filled up with
        their next nearest.
    """
    # A bin is out when K others are nearer to every point of the cell: its
    # distance to the nearest point exceeds the K-th smallest distance to a
    # farthest point. Axes: (cells along one axis, Q).
    below = bins.T[:, None, :] - cell_edges[None, :, None]  # (2, n, Q)
    nearest = np.maximum(np.maximum(-below, below - cell_size), 0.0) ** 2
    farthest = np.maximum(np.abs(below), np.abs(below - cell_size)) ** 2
    nearest = _over_cells(nearest)
    bound = np.partition(_over_cells(farthest), num_neighbors - 1, axis=1)
    possible = nearest <= bound[:, num_neighbors - 1 : num_neighbors]
    order = np.argsort(nearest, axis=1, kind="stable")
    return order[:, : possible.sum(axis=1).max()].astype("int32")


def neighbor_order(bins, candidates, cell_edges, cell_size, num_neighbors):
    """Orders the candidates of each cell, once for all its colours.

    Args:
        bins: float (Q, 2), CIE a and b of each bin.
        candidates: int32 (n * n, M) from `candidate_bins`.
        cell_edges: float (n,), lower edges of the cells along one axis.
        cell_size: float, side of a cell.
        num_neighbors: int, K. A cell has 2^N rows, and N grows with K.

    Returns:
        `NeighborOrder`.
    """
    centers = bins[candidates]  # (cells, M, 2)
    nearer = _nearer_everywhere(centers, cell_edges, cell_size)
    contends = nearer.sum(axis=1) < num_neighbors  # (cells, M)
    open_pairs = ~(nearer | nearer.swapaxes(1, 2))
    open_pairs &= contends[:, :, None] & contends[:, None, :]
    cell, p, q = np.nonzero(np.triu(open_pairs, k=1))
    line, sign = _bisector(centers[cell, p], centers[cell, q])
    slot, lines = _number_lines(cell, line, len(candidates))
    row_counts = 2 ** np.count_nonzero(lines.any(axis=0), axis=0)
    first_row = np.cumsum(row_counts) - row_counts

    rows = np.empty((row_counts.sum(), num_neighbors), "int32")
    for side in range(row_counts.max()):  # bit n: above line n of the cell?
        above = (side >> slot) & 1 == sign
        nearer[cell, p, q], nearer[cell, q, p] = ~above, above
        has = np.flatnonzero(row_counts > side)
        rank = np.where(contends, nearer.sum(axis=1), len(bins))[has]
        order = np.argsort(rank, axis=1, kind="stable")[:, :num_neighbors]
        rows[first_row[has] + side] = np.take_along_axis(
            candidates[has], order, axis=1
        )
    return NeighborOrder(
        lines.astype("float32"), first_row.astype("int32"), rows
    )


def _nearer_everywhere(centers, cell_edges, cell_size):
    """Whether p is nearer than q to all of the cell: bool (cells, p, q)."""
    low = np.stack(np.meshgrid(cell_edges, cell_edges, indexing="ij"), -1)
    low = low.reshape(-1, 1, 2)
    nearer = ~np.eye(centers.shape[1], dtype=bool)
    # The difference of two squared distances is linear: corners suffice.
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        offset = centers - (low + cell_size * np.array(corner))
        squared = (offset**2).sum(axis=-1)  # (cells, M)
        nearer = nearer & (
            squared[:, :, None] <= squared[:, None, :] + _ROUNDING
        )
    return nearer


_ROUNDING = 1e-6  # squared CIE ab units; real differences are far larger


def _bisector(p, q):
    """Line (pairs, 3) through equal distances, and 1 if q lies above it."""
    normal = q - p
    length = np.hypot(normal[:, 0], normal[:, 1])
    offset = ((q**2).sum(axis=1) - (p**2).sum(axis=1)) / 2
    line = np.column_stack([normal, offset]) / length[:, None]
    # Pairs with the same bisector get the same line, whichever comes first.
    line = np.round(line, 9) + 0.0
    leading = np.where(line[:, 0] != 0, line[:, 0], line[:, 1])
    sign = np.sign(leading)
    return line * sign[:, None], (sign > 0).astype(int)


def _number_lines(cell, line, num_cells):
    """Slot of each pair's line in its cell, and lines (3, N, cells)."""
    keys = np.column_stack([cell, line])
    unique, which = np.unique(keys, axis=0, return_inverse=True)
    owner = unique[:, 0].astype(int)
    counts = np.bincount(owner, minlength=num_cells)
    slots = np.arange(len(unique)) - (np.cumsum(counts) - counts)[owner]
    lines = np.zeros((3, counts.max(), num_cells))
    lines[:, slots, owner] = unique[:, 1:].T
    return slots[which.reshape(-1)], lines


def _over_cells(squared):
    """Sums per-axis squares (2, n, Q) over the grid: (n^2, Q)."""
    both = squared[0][:, None, :] + squared[1][None, :, :]
    return both.reshape(-1, squared.shape[-1])
