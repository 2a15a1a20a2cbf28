"""Tables that tell which bins are nearest to a color, without a search.

Two of them. `candidate_bins` has, for square cells of the ab plane, the few
bins that can be among the K nearest of any color in the cell.

`neighbor_order` has their order. Around a bin that has all its neighbors on
the grid, the order of the five nearest depends on where the color is in the
square of the bin alone, by lines that are the same for each bin: both axes
and diagonals, and, seen from the corner of an eighth, 2 u + v and u + 2 v of
half a step. They cut the square into 24 triangles. At the border of the
gamut some pairs of bins are in another order in parts of a triangle: the
perpendicular bisector of the pair runs through it, and is in the table.
"""

from typing import NamedTuple

import numpy as np

_ROUNDING = 1e-6  # squared CIE ab units; real differences are far larger
NUM_REGIONS = 24  # of the square of a bin
# Of a neighbor in a table: its number, then its place less that of the nearest
# bin, along a and b, in steps.
INDEX_BITS = 12
OFFSET_BITS = 4
INDEX_RANGE = 2**INDEX_BITS
OFFSET_RANGE = 2**OFFSET_BITS
_MAX_OFFSET = OFFSET_RANGE // 2


class NeighborOrder(NamedTuple):
    """The K nearest bins of every color whose nearest grid point is a bin.

    The neighbors of (a, b) are `packed[row]` with

        key = (i (2 S + 1) + j) 24 + region,   i, j from 0
        row = first_row[key] + sum_n 2^n [u_n a + v_n b > w_n]

    where (i, j) is the nearest grid point and (a, b) lies (da, db) from it:

        region = 12 [da < 0] + 6 [db < 0] + 3 [|da| < |db|]
            + [2 x + y > step / 2] + [x + 2 y > step / 2]

    with x the larger and y the smaller of |da| and |db|.

    Attributes:
        lines: float32 (N, 3, keys): u, v and w of the bisectors that run
            through a region, for CIE ab units. Zeros where it has fewer.
        first_row: int32 (keys,), where the rows of a region begin; -1 where
            the grid point is no bin.
        packed: int32 (rows, K), from near to far: the index of a bin, plus
            `INDEX_RANGE` times (its steps from the nearest along a, plus 8),
            plus `INDEX_RANGE * OFFSET_RANGE` times the same along b.
    """

    lines: np.ndarray
    first_row: np.ndarray
    packed: np.ndarray


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
    corners = _corners_of_cells(cell_edges, cell_size)
    num_nearer = _nearer_everywhere(bins[order], corners).sum(
        axis=1
    )  # (n * n, M)
    kept = np.argsort(num_nearer, axis=1, kind="stable")
    kept = kept[:, : (num_nearer < num_neighbors).sum(axis=1).max()]
    return np.take_along_axis(order, kept, axis=1).astype("int32")


def neighbor_order(bins, grid_step, num_steps, num_neighbors):
    """Orders the nearest bins, for each region and side of its lines.

    Args:
        bins: float (Q, 2), CIE a and b of each bin: points of the grid.
        grid_step: float, between points of the grid, in CIE ab units.
        num_steps: int, S; the grid has 2 S + 1 points along both axes, the
            middle one at 0 and the outer ones outside all bins.
        num_neighbors: int in [1, 5], K.

    Returns:
        `NeighborOrder`.
    """
    corners = bins[:, None, None] + grid_step * _triangles()
    corners = corners.reshape(-1, 3, 2)  # (Q * 24, 3, 2)
    near = _near(bins, grid_step, num_neighbors)  # (Q, M)
    candidates = np.repeat(near, NUM_REGIONS, axis=0)
    centers = bins[candidates]  # (Q * 24, M, 2)
    nearer = _nearer_everywhere(centers, corners)
    contends = nearer.sum(axis=1) < num_neighbors  # (Q * 24, M)
    open_pairs = ~(nearer | nearer.swapaxes(1, 2))
    open_pairs &= contends[:, :, None] & contends[:, None, :]
    region, p, q = np.nonzero(np.triu(open_pairs, k=1))
    line, q_side = _bisector(centers[region, p], centers[region, q])
    lines, n = _lines_of_regions(region, line, len(candidates))
    num_rows = 2 ** lines.any(axis=1).sum(axis=0)  # (Q * 24,)
    first_row = np.cumsum(num_rows) - num_rows

    rows = np.empty((num_rows.sum(), num_neighbors), "int32")
    for sides in range(num_rows.max()):  # bit n: is the color above line n?
        q_nearer = (sides >> n) & 1 == q_side
        nearer[region, p, q], nearer[region, q, p] = ~q_nearer, q_nearer
        rank = np.where(contends, nearer.sum(axis=1), len(bins))
        order = np.argsort(rank, axis=1, kind="stable")[:, :num_neighbors]
        ordered = np.take_along_axis(candidates, order, axis=1)
        has_row = num_rows > sides
        rows[first_row[has_row] + sides] = ordered[has_row]

    places = np.rint(bins / grid_step).astype(int)  # (Q, 2)
    steps = places[rows] - places[rows[:, :1]] + _MAX_OFFSET
    packed = rows + INDEX_RANGE * (steps[..., 0] + OFFSET_RANGE * steps[..., 1])
    side = 2 * num_steps + 1
    grid = (places + num_steps) @ [side, 1]  # (Q,)
    keys = (grid[:, None] * NUM_REGIONS + np.arange(NUM_REGIONS)).ravel()
    all_lines = np.zeros((*lines.shape[:2], side**2 * NUM_REGIONS), "float32")
    all_lines[..., keys] = lines
    all_rows = np.full(side**2 * NUM_REGIONS, -1, "int32")
    all_rows[keys] = first_row
    return NeighborOrder(all_lines, all_rows, packed.astype("int32"))


def _triangles():
    """Makes the corners of the regions, (24, 3, 2), for steps of 1."""
    middle = (1 / 6, 1 / 6)
    eighth = np.array(
        [
            [(0, 0), (1 / 4, 0), middle],
            [(1 / 4, 0), (1 / 2, 0), middle],
            [(1 / 2, 0), (1 / 2, 1 / 2), middle],
        ]
    )  # (3, 3, 2), u and v
    signs = np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)])
    both = np.stack([eighth, eighth[..., ::-1]])  # (2, 3, 3, 2)
    all_of_them = signs[:, None, None, None] * both  # (4, 2, 3, 3, 2)
    return all_of_them.reshape(NUM_REGIONS, 3, 2)


def _near(bins, grid_step, num_neighbors):
    """Lists bins (Q, M), all that can be among the nearest around each bin."""
    distance = np.hypot(*(bins[:, None] - bins[None]).transpose(2, 0, 1))
    farthest = np.sort(distance, axis=1)[:, num_neighbors - 1 : num_neighbors]
    # Colors are at most half a diagonal away: so much less and more.
    possible = distance <= farthest + np.sqrt(2) * grid_step + _ROUNDING
    order = np.argsort(distance, axis=1, kind="stable")
    return order[:, : possible.sum(axis=1).max()]


def _nearer_everywhere(centers, corners):
    """Tells whether p is nearer than q to a whole polygon.

    Args:
        centers: float (polygons, M, 2).
        corners: float (polygons, V, 2), of convex ones.

    Returns:
        bool (polygons, M, M), for p and q.
    """
    nearer = ~np.eye(centers.shape[1], dtype=bool)
    # The difference of two squared distances is linear: corners suffice.
    for corner in corners.swapaxes(0, 1):
        squared = ((centers - corner[:, None]) ** 2).sum(axis=-1)[:, :, None]
        nearer = nearer & (squared <= squared.swapaxes(1, 2) + _ROUNDING)
    return nearer


def _corners_of_cells(cell_edges, cell_size):
    """Makes (cells, 4, 2)."""
    low = np.stack(np.meshgrid(cell_edges, cell_edges, indexing="ij"), -1)
    steps = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])
    return low.reshape(-1, 1, 2) + cell_size * steps


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


def _lines_of_regions(region, line, count):
    """Finds distinct lines (N, 3, regions), and which each pair has."""
    distinct, pair = np.unique(
        np.column_stack([region, line]), axis=0, return_inverse=True
    )
    owner = distinct[:, 0].astype(int)
    counts = np.bincount(owner, minlength=count)
    n = np.arange(len(distinct)) - (np.cumsum(counts) - counts)[owner]
    lines = np.zeros((counts.max(), 3, count))
    lines[n, :, owner] = distinct[:, 1:]
    return lines, n[pair.reshape(-1)]


def _over_cells(squared):
    """Sums per-axis squares (2, n, Q) over the grid: (n * n, Q)."""
    both = squared[0][:, None, :] + squared[1][None, :, :]
    return both.reshape(-1, squared.shape[-1])
