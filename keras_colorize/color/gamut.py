"""The ab bins that sRGB colors can reach, derived rather than copied."""

from functools import lru_cache

import numpy as np

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.neighbors import candidate_bins
from keras_colorize.color.neighbors import neighbor_order

# For more, other lines than those of `color.neighbors` count.
MAX_ORDERED_NEIGHBORS = 5
# 72 directions are too coarse (315 bins); from 360 on the result is stable.
_NUM_DIRECTIONS = 720
_RGB_LEVELS = np.linspace(0.0, 1.0, 16)
# With half a step the lines midway between grid points are borders of cells,
# which leaves few bins to tell apart in each.
_CELLS_PER_STEP = 2


class AbGamut:
    """Grid of ab bins over the colors of sRGB, in the order of ECCV16.

    A grid point p is a bin when the square of half-side `grid_step` around
    it meets the convex hull G of the (a, b) projection of the sRGB cube,
    that is when p lies in the Minkowski sum of G and that square:

        n . p <= max_{q in G} n . q + grid_step (|n_a| + |n_b|)  for every n

    With the default step of 10 this gives exactly the 313 bins of the
    original `pts_in_hull` array, sorted by a and then by b (the farthest
    bin is 9.73 from G, the nearest rejected point 10.07).

    Args:
        grid_step: float, distance between neighboring grid points, in CIE
            ab units.
        half_range: float, the grid covers [-half_range, half_range] along
            both axes, in CIE ab units.

    Attributes:
        bins: float32 array (Q, 2), CIE a and b of each bin center. Read only.
        num_bins: int, Q; 313 for the defaults.
        cell_size: float, side of a cell of the neighbor tables, ab units.
        cells_per_axis: int, cells along a and along b.
        num_steps: int, grid points on either side of 0 along both axes, in
            the tables of the order: one more than there can be bins.

    Raises:
        ValueError: If `grid_step` is not positive or the grid has no room
            for the gamut.

    Reference: Zhang et al., Colorful Image Colorization, ECCV 2016, 2.1.
    """

    def __init__(self, grid_step=10.0, half_range=110.0):
        if not 0.0 < grid_step <= half_range:
            raise ValueError(
                "`grid_step` must be positive and at most `half_range`. "
                f"Received: grid_step={grid_step}, half_range={half_range}."
            )
        self.grid_step = float(grid_step)
        self.half_range = float(half_range)
        self.bins = _bins_of_srgb(self.grid_step, self.half_range)
        self.num_bins = len(self.bins)
        self.cell_size = _cell_size(self.grid_step)
        self.cells_per_axis = _cells_per_axis(self.grid_step, self.half_range)
        self.num_steps = _num_steps(self.grid_step, self.half_range) + 1

    def neighbor_candidates(self, num_neighbors):
        """Returns the bins that can be among the nearest, for each cell.

        Args:
            num_neighbors: int in [1, Q].

        Returns:
            int32 array (cells, M): every bin that is one of the
            `num_neighbors` nearest for some color of the cell. Rows with
            fewer such bins are filled up with others. The cell of (a, b) is
            `i * cells_per_axis + j` with i and j the floors of
            `a / cell_size` and `b / cell_size`, plus `cells_per_axis / 2`.

        Raises:
            ValueError: If `num_neighbors` is not in [1, Q].
        """
        self._check_neighbors(num_neighbors)
        return _candidates(self.grid_step, self.half_range, num_neighbors)

    def neighbor_order(self, num_neighbors):
        """Returns the table that gives the nearest bins without a search.

        Args:
            num_neighbors: int in [1, 5].

        Returns:
            `color.neighbors.NeighborOrder` over the grid from
            `-num_steps * grid_step` to `num_steps * grid_step`.

        Raises:
            ValueError: If `num_neighbors` is not in [1, 5].
        """
        if not 1 <= num_neighbors <= MAX_ORDERED_NEIGHBORS:
            raise ValueError(
                "`num_neighbors` must be in [1, "
                f"{MAX_ORDERED_NEIGHBORS}] for a table of their order. "
                f"Received: num_neighbors={num_neighbors}."
            )
        self._check_neighbors(num_neighbors)
        return _order(self.grid_step, self.half_range, num_neighbors)

    def _check_neighbors(self, num_neighbors):
        if not 1 <= num_neighbors <= self.num_bins:
            raise ValueError(
                f"`num_neighbors` must be in [1, {self.num_bins}]. "
                f"Received: num_neighbors={num_neighbors}."
            )

    def __repr__(self):
        return (
            f"AbGamut(grid_step={self.grid_step}, "
            f"half_range={self.half_range}): {self.num_bins} bins"
        )


@lru_cache(maxsize=8)
def _bins_of_srgb(grid_step, half_range):
    steps = _num_steps(grid_step, half_range)
    axis = grid_step * np.arange(-steps, steps + 1)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1)
    points = points.reshape(-1, 2)  # (grid, 2), sorted by a, then b
    angles = np.linspace(0, 2 * np.pi, _NUM_DIRECTIONS, endpoint=False)
    normals = np.stack([np.cos(angles), np.sin(angles)])  # (2, directions)
    reach = (_srgb_ab() @ normals).max(axis=0)
    reach = reach + grid_step * np.abs(normals).sum(axis=0)
    bins = points[(points @ normals <= reach).all(axis=1)].astype("float32")
    bins.setflags(write=False)
    return bins


def _num_steps(grid_step, half_range):
    return int(np.floor(half_range / grid_step + 1e-9))


def _srgb_ab():
    levels = np.meshgrid(*[_RGB_LEVELS] * 3, indexing="ij")
    rgb = np.stack(levels, axis=-1).reshape(-1, 3)
    return rgb_to_lab(rgb)[:, 1:]


def _cell_size(grid_step):
    return grid_step / _CELLS_PER_STEP


def _cells_per_axis(grid_step, half_range):
    return 2 * int(np.ceil(half_range / _cell_size(grid_step) - 1e-9))


def _cells(grid_step, half_range):
    """Bins (Q, 2), lower cell edges along one axis (n,), side of a cell."""
    bins = _bins_of_srgb(grid_step, half_range).astype("float64")
    size = _cell_size(grid_step)
    count = _cells_per_axis(grid_step, half_range)
    return bins, size * (np.arange(count) - count // 2), size


@lru_cache(maxsize=16)
def _candidates(grid_step, half_range, num_neighbors):
    table = candidate_bins(*_cells(grid_step, half_range), num_neighbors)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=16)
def _order(grid_step, half_range, num_neighbors):
    bins = _bins_of_srgb(grid_step, half_range).astype("float64")
    steps = _num_steps(grid_step, half_range) + 1
    table = neighbor_order(bins, grid_step, steps, num_neighbors)
    for array in table:
        array.setflags(write=False)
    return table
