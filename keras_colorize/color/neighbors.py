"""Tables that tell which bins are nearest to a color, without a search.

The ab plane is cut into square cells. Few bins can be among the K nearest of
any color in a cell, and of most pairs of them one is nearer than the other
in the whole cell. For the rest, the perpendicular bisector of the pair runs
through the cell: the sides of these lines on which a color lies determine
the order of its neighbors.
"""

from typing import NamedTuple

import numpy as np

_ROUNDING = 1e-6  # squared CIE ab units; real differences are far larger


class NeighborOrder(NamedTuple):
    """The K nearest bins of every color, in order.

    The neighbors of the color (a, b) in cell c are `bins[row]` with

        row = first_row[c] + sum_n 2^n [u_n a + v_n b > w_n]

    Attributes:
        lines: float32 (N, 3, cells): u, v and w of the bisectors that run
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
        cell_size: float, side of a cell in CIE ab units.
        num_neighbors: int in [1, Q], K.

    Returns:
        int32 (n * n, M): every bin that is one of the K nearest for some
        color of the cell. Rows with fewer such bins are filled up with
        others.
    """
    # Coarse, over all bins: out when K others are nearer at their farthest
    # point of the cell than the bin at its nearest point.
    below = bins.T[:, None, :] - cell_edges[None, :, None]  # (2, n, Q)
    nearest = np.maximum(np.maximum(-below, below - cell_size), 0.0) ** 2
    farthest = np.maximum(np.abs(below), np.abs(below - cell_size)) ** 2
    nearest = _over_cells(nearest)
    bound = np.partition(_over_cells(farthest), num_neighbors - 1, axis=1)
    possible = nearest <= bound[:, num_neighbors - 1 : num_neighbors]
    order = np.argsort(nearest, axis=1, kind="stable")
    order = order[:, : possible.sum(axis=1).max()]
    # Fine, over those: out when K others are nearer at every point.
    nearer = _nearer_everywhere(bins[order], cell_edges, cell_size)
    num_nearer = nearer.sum(axis=1)  # (n * n, M)
    kept = np.argsort(num_nearer, axis=1, kind="stable")
    kept = kept[:, : (num_nearer < num_neighbors).sum(axis=1).max()]
    return np.take_along_axis(order, kept, axis=1).astype("int32")


def neighbor_order(bins, cell_edges, cell_size, num_neighbors):
    """Orders the nearest bins, for each cell and side of its lines.

    Args:
        bins: float (Q, 2), CIE a and b of each bin.
        cell_edges: float (n,), lower edges of the cells along one axis.
        cell_size: float, side of a cell in CIE ab units.
        num_neighbors: int in [1, Q], K. A cell with N lines has 2^N rows,
            and N grows quickly with K.

    Returns:
        `NeighborOrder`.
    """
    candidates = candidate_bins(bins, cell_edges, cell_size, num_neighbors)
    centers = bins[candidates]  # (cells, M, 2)
    nearer = _nearer_everywhere(centers, cell_edges, cell_size)
    contends = nearer.sum(axis=1) < num_neighbors  # (cells, M)
    open_pairs = ~(nearer | nearer.swapaxes(1, 2))
    open_pairs &= contends[:, :, None] & contends[:, None, :]
    cell, p, q = np.nonzero(np.triu(open_pairs, k=1))
    line, q_side = _bisector(centers[cell, p], centers[cell, q])
    lines, n = _lines_of_cells(cell, line, len(candidates))
    num_rows = 2 ** lines.any(axis=1).sum(axis=0)  # (cells,)
    first_row = np.cumsum(num_rows) - num_rows

    rows = np.empty((num_rows.sum(), num_neighbors), "int32")
    for sides in range(num_rows.max()):  # bit n: is the color above line n?
        q_nearer = (sides >> n) & 1 == q_side
        nearer[cell, p, q], nearer[cell, q, p] = ~q_nearer, q_nearer
        rank = np.where(contends, nearer.sum(axis=1), len(bins))
        order = np.argsort(rank, axis=1, kind="stable")[:, :num_neighbors]
        ordered = np.take_along_axis(candidates, order, axis=1)
        has_row = num_rows > sides
        rows[first_row[has_row] + sides] = ordered[has_row]
    return NeighborOrder(
        lines.astype("float32"), first_row.astype("int32"), rows
    )


def _nearer_everywhere(centers, cell_edges, cell_size):
    """Tells whether p is nearer than q to the whole cell: (cells, p, q)."""
    low = np.stack(np.meshgrid(cell_edges, cell_edges, indexing="ij"), -1)
    low = low.reshape(-1, 1, 2)
    nearer = ~np.eye(centers.shape[1], dtype=bool)
    # The difference of two squared distances is linear: corners suffice.
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        offset = centers - (low + cell_size * np.array(corner))
        squared = (offset**2).sum(axis=-1)[:, :, None]  # (cells, M, 1)
        nearer = nearer & (squared <= squared.swapaxes(1, 2) + _ROUNDING)
    return nearer


def _bisector(p, q):
    """Lines (pairs, 3) of equal distance; whether q lies above: (pairs,)."""
    normal = q - p
    offset = ((q**2).sum(axis=1) - (p**2).sum(axis=1)) / 2
    line = np.column_stack([normal, offset])
    line /= np.hypot(normal[:, 0], normal[:, 1])[:, None]
    # Pairs with the same bisector get the very same numbers and direction.
    line = np.round(line, 9)
    q_side = np.where(line[:, 0] != 0, line[:, 0], line[:, 1]) > 0
    return np.where(q_side[:, None], line, -line) + 0.0, q_side


def _lines_of_cells(cell, line, num_cells):
    """Finds distinct lines (N, 3, cells), and which of them each pair has."""
    distinct, pair = np.unique(
        np.column_stack([cell, line]), axis=0, return_inverse=True
    )
    owner = distinct[:, 0].astype(int)
    counts = np.bincount(owner, minlength=num_cells)
    n = np.arange(len(distinct)) - (np.cumsum(counts) - counts)[owner]
    lines = np.zeros((counts.max(), 3, num_cells))
    lines[n, :, owner] = distinct[:, 1:]
    return lines, n[pair.reshape(-1)]


def _over_cells(squared):
    """Sums per-axis squares (2, n, Q) over the grid: (n * n, Q)."""
    both = squared[0][:, None, :] + squared[1][None, :, :]
    return both.reshape(-1, squared.shape[-1])
