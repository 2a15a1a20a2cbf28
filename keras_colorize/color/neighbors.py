"""Tables that tell which bins are nearest to a color, without a search.

Two of them. `candidate_bins` has, for square cells of the ab plane, the few
bins that can be among the K nearest of any color in the cell.

`neighbor_order` has their order. It depends on the nearest grid point and on
where the color is in the square around it alone: seen from the corner of an
eighth of the square, the six lines of `REGION_LINES` cut it into 12 polygons,
and no two bins that count change their order within one, neither between bins
that have all their neighbors on the grid nor at the border of the gamut.
"""

from typing import NamedTuple

import numpy as np

_ROUNDING = 1e-6  # squared; real differences are far larger


class RegionLine(NamedTuple):
    """Two bins are equally distant where u x + v y = w, in steps of the grid.

    Attributes:
        u: int, of x, the larger distance from the grid point along an axis.
        v: int, of y, the smaller one.
        w: float.
        number: int, what a color beyond the line adds to its region.
    """

    u: int
    v: int
    w: float
    number: int


REGION_LINES = (
    RegionLine(2, 1, 0.5, 1),
    RegionLine(1, 2, 0.5, 1),
    RegionLine(3, 1, 1.0, 1),
    RegionLine(1, 3, 1.0, 1),
    RegionLine(2, -1, 0.5, 4),
    RegionLine(3, -1, 1.0, 3),
)
NUM_REGIONS = 8 * 12  # of the square of a bin
STEP_BITS = 4
STEP_RANGE = 2**STEP_BITS


class NeighborOrder(NamedTuple):
    """The K nearest bins of every color whose nearest grid point is a bin.

    The neighbors of (a, b) are `neighbors[row[key]]` with

        key = (i (2 S + 1) + j) 96 + region,   i, j from 0

    where (i, j) is the nearest grid point and (a, b) lies (da, db) from it:

        region = 48 [da < 0] + 24 [db < 0] + 12 [|da| < |db|]
            + sum of number [u x + v y > w step] over `REGION_LINES`

    with x the larger and y the smaller of |da| and |db|.

    Attributes:
        row: int32 (keys,); -1 where the grid point is no bin, or the order is
            not the same in all of the region, which no gamut has shown.
        neighbors: int32 (rows, K), bins from near to far.
        steps: int32 (rows,), where they are: for each but the nearest, from
            the lowest bits on, its steps from the nearest along a, plus 8, in
            4 bits, and the same along b.
    """

    row: np.ndarray
    neighbors: np.ndarray
    steps: np.ndarray


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
    """Orders the nearest bins, for each region around each bin.

    Args:
        bins: float (Q, 2), CIE a and b of each bin: points of the grid.
        grid_step: float, between points of the grid, in CIE ab units.
        num_steps: int, S; the grid has 2 S + 1 points along both axes, the
            middle one at 0 and the outer ones outside all bins.
        num_neighbors: int in [1, 5], K.

    Returns:
        `NeighborOrder`.
    """
    places = np.rint(bins / grid_step).astype(int)  # (Q, 2), in steps
    near = _near(places, num_neighbors)  # (Q, M)
    orders, known = [], []
    for corners in _regions():
        nearer = _nearer_everywhere(places[near], places[:, None] + corners)
        rank = nearer.sum(axis=1)  # (Q, M): how many are nearer everywhere
        order = np.argsort(rank, axis=1, kind="stable")[:, :num_neighbors]
        ranks = np.take_along_axis(rank, order, axis=1)
        known.append((ranks == np.arange(num_neighbors)).all(axis=1))
        orders.append(np.take_along_axis(near, order, axis=1))
    neighbors, row = np.unique(
        np.concatenate(orders), axis=0, return_inverse=True
    )
    row = row.reshape(NUM_REGIONS, -1)

    steps = places[neighbors[:, 1:]] - places[neighbors[:, :1]]
    pairs = (steps + STEP_RANGE // 2) @ [1, STEP_RANGE]  # (rows, K - 1)
    packed = pairs @ STEP_RANGE ** (2 * np.arange(num_neighbors - 1))
    side = 2 * num_steps + 1
    rows = np.full((side**2, NUM_REGIONS), -1, "int32")
    grid = (places + num_steps) @ [side, 1]  # (Q,)
    rows[grid] = np.where(known, row, -1).T
    return NeighborOrder(
        row=rows.ravel(),
        neighbors=neighbors.astype("int32"),
        steps=packed.astype("uint32").view("int32"),
    )


def _regions():
    """Makes the corners of the regions, (96, V, 2), in steps."""
    cells = [np.array([(0, 0), (1 / 2, 0), (1 / 2, 1 / 2)])]
    for line in REGION_LINES:
        cells = [part for cell in cells for part in _cut(cell, line)]
    cells.sort(key=_number)
    # Corners come twice where others have more.
    most = max(len(cell) for cell in cells)
    eighth = np.stack([np.resize(cell, (most, 2)) for cell in cells])
    signs = np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)])
    both = np.stack([eighth, eighth[..., ::-1]])  # (2, 12, V, 2)
    all_of_them = signs[:, None, None, None] * both  # (4, 2, 12, V, 2)
    return all_of_them.reshape(NUM_REGIONS, most, 2)


def _beyond(points, line):
    """How far points (..., 2) of an eighth lie beyond a line."""
    return points @ [line.u, line.v] - line.w


def _number(cell):
    """Numbers a cell (V, 2) of an eighth, from 0 to 11."""
    middle = cell.mean(axis=0)
    return sum(x.number for x in REGION_LINES if _beyond(middle, x) > 0)


def _cut(polygon, line):
    """Cuts a convex polygon (V, 2) along a line: a list of one or two."""
    beyond = _beyond(polygon, line)
    parts = []
    for side in (beyond, -beyond):
        following = np.roll(side, -1)
        share = side / np.where(side == following, 1, side - following)
        crossing = polygon + share[:, None] * (
            np.roll(polygon, -1, 0) - polygon
        )
        corners = np.stack([polygon, crossing], axis=1)  # (V, 2, 2)
        kept = np.stack([side >= -_ROUNDING, side * following < 0], axis=1)
        if (side > _ROUNDING).any():
            parts.append(corners[kept])
    return parts


def _near(places, num_neighbors):
    """Lists bins (Q, M), all that can be among the nearest around each bin."""
    distance = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    farthest = np.sort(distance, axis=1)[:, num_neighbors - 1 : num_neighbors]
    # Colors are at most half a diagonal away: so much less and more.
    possible = distance <= farthest + np.sqrt(2) + _ROUNDING
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


def _over_cells(squared):
    """Sums per-axis squares (2, n, Q) over the grid: (n * n, Q)."""
    both = squared[0][:, None, :] + squared[1][None, :, :]
    return both.reshape(-1, squared.shape[-1])
