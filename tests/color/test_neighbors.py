"""The order table gives exactly what a search over all bins gives."""

import numpy as np
import pytest

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.gamut import AbGamut


def place_of(gamut, ab):
    """Keys of `NeighborOrder`, from its formulas."""
    step, steps = gamut.grid_step, gamut.num_steps
    grid = np.clip(np.rint(ab / step), -steps, steps).astype(int)
    offset = ab - step * grid
    x, y = np.abs(offset).max(axis=1), np.abs(offset).min(axis=1)
    region = 48 * (offset[:, 0] < 0) + 24 * (offset[:, 1] < 0)
    region += 12 * (np.abs(offset[:, 0]) < np.abs(offset[:, 1]))
    region += (2 * x + y > step / 2).astype(int) + (x + 2 * y > step / 2)
    region += (3 * x + y > step).astype(int) + (x + 3 * y > step)
    region += 4 * (2 * x - y > step / 2) + 3 * (3 * x - y > step)
    i, j = (grid + steps).T
    return (i * (2 * steps + 1) + j) * 96 + region, grid


def srgb_colors(count):
    rgb = np.random.default_rng(4).uniform(0, 1, (count, 3))
    rgb[::3] = np.rint(rgb[::3])  # corners of the cube: the gamut's border
    rgb[1::3, 0] = 1.0
    return rgb_to_lab(rgb.astype("float32"))[:, 1:]


# 7 and 23 do not divide the range; 23 leaves few bins and odd borders.
@pytest.mark.parametrize("grid_step", [7.0, 10.0, 23.0])
@pytest.mark.parametrize("num_neighbors", [1, 4, 5])
def test_table_equals_a_search_over_all_bins(grid_step, num_neighbors):
    gamut = AbGamut(grid_step=grid_step)
    ab = srgb_colors(6000)
    table = gamut.neighbor_order(num_neighbors)
    key, grid = place_of(gamut, ab)
    inside = table.row[key] >= 0
    # But for those beyond the last points of the grid.
    assert inside.sum() > (5000 if grid_step > 10 else 5999)
    ab, grid, row = ab[inside], grid[inside], table.row[key[inside]]
    got = table.neighbors[row]
    squared = ((ab[:, None] - gamut.bins) ** 2).sum(-1)
    expected = np.sort(squared, axis=1)[:, :num_neighbors]
    np.testing.assert_allclose(
        np.take_along_axis(squared, got, axis=1), expected, atol=1e-3
    )
    np.testing.assert_array_equal(grid_step * grid, gamut.bins[got[:, 0]])
    steps = table.steps.view("uint32")[row]
    for k in range(1, num_neighbors):
        pair = steps >> 8 * (k - 1)
        offset = np.stack([pair % 16, pair // 16 % 16], -1).astype(int) - 8
        np.testing.assert_array_equal(
            grid_step * (grid + offset), gamut.bins[got[:, k]]
        )


# With few bins nearly all of them are at the border of the gamut.
@pytest.mark.parametrize(
    ("grid_step", "half_range"),
    [(7.0, 110.0), (10.0, 110.0), (13.7, 110.0), (45.0, 110.0), (20.0, 45.0)],
)
@pytest.mark.parametrize("num_neighbors", [1, 2, 3, 4, 5])
def test_order_is_known_in_every_region_of_every_bin(
    grid_step, half_range, num_neighbors
):
    gamut = AbGamut(grid_step, half_range)
    known = gamut.neighbor_order(num_neighbors).row >= 0
    assert known.sum() == 96 * gamut.num_bins


def test_table_of_five_neighbors_is_small():
    assert len(AbGamut().neighbor_order(5).neighbors) < 8000


def test_colors_that_no_srgb_color_is_near_are_told():
    gamut = AbGamut()
    ab = np.array([[100, 100], [-110, 0], [300, -500], [0, 0]], np.float32)
    rows = gamut.neighbor_order(5).row[place_of(gamut, ab)[0]]
    assert (rows[:3] == -1).all()
    assert rows[3] >= 0


def test_more_neighbors_have_no_table_of_their_order():
    with pytest.raises(ValueError, match="num_neighbors=6"):
        AbGamut().neighbor_order(6)


def test_table_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        AbGamut().neighbor_order(5).row[0] = 0
