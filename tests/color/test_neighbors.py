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
    region = 12 * (offset[:, 0] < 0) + 6 * (offset[:, 1] < 0)
    region += 3 * (np.abs(offset[:, 0]) < np.abs(offset[:, 1]))
    region += (2 * x + y > step / 2).astype(int) + (x + 2 * y > step / 2)
    i, j = (grid + steps).T
    return (i * (2 * steps + 1) + j) * 24 + region, grid


def neighbors_by_table(gamut, ab, num_neighbors):
    table = gamut.neighbor_order(num_neighbors)
    key, grid = place_of(gamut, ab)
    u, v, w = np.moveaxis(table.lines[..., key], 1, 0)  # (N, P) each
    above = u * ab[:, 0] + v * ab[:, 1] > w
    bits = (above.T * 2 ** np.arange(len(above))).sum(axis=1).astype(int)
    return table.packed[table.first_row[key] + bits], grid


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
    inside = gamut.neighbor_order(num_neighbors).first_row[
        place_of(gamut, ab)[0]
    ]
    ab = ab[inside >= 0]
    # But for those beyond the last points of the grid.
    assert len(ab) > (5000 if grid_step > 10 else 5999)
    packed, grid = neighbors_by_table(gamut, ab, num_neighbors)
    got = packed % 4096
    squared = ((ab[:, None] - gamut.bins) ** 2).sum(-1)
    expected = np.sort(squared, axis=1)[:, :num_neighbors]
    np.testing.assert_allclose(
        np.take_along_axis(squared, got, axis=1), expected, atol=1e-3
    )
    offsets = np.stack([packed // 4096 % 16 - 8, packed // 65536 - 8], -1)
    np.testing.assert_array_equal(
        grid_step * (grid[:, None] + offsets), gamut.bins[got]
    )


def test_table_of_five_neighbors_is_small():
    table = AbGamut().neighbor_order(5)
    assert len(table.lines) == 1
    assert len(table.packed) < 8000


def test_colors_that_no_srgb_color_is_near_are_told():
    gamut = AbGamut()
    ab = np.array([[100, 100], [-110, 0], [300, -500], [0, 0]], np.float32)
    rows = gamut.neighbor_order(5).first_row[place_of(gamut, ab)[0]]
    assert (rows[:3] == -1).all()
    assert rows[3] >= 0


def test_more_neighbors_have_no_table_of_their_order():
    with pytest.raises(ValueError, match="num_neighbors=6"):
        AbGamut().neighbor_order(6)


def test_table_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        AbGamut().neighbor_order(5).packed[0] = 0
