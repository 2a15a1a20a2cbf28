"""The order table gives exactly what a search over all bins gives."""

import numpy as np
import pytest

from keras_colorize.color.gamut import AbGamut


def neighbors_by_table(gamut, ab, num_neighbors):
    table = gamut.neighbor_order(num_neighbors)
    i, j = np.floor(ab / gamut.cell_size).astype(int).T
    half = gamut.cells_per_axis // 2
    cell = (i + half) * gamut.cells_per_axis + j + half
    u, v, w = np.moveaxis(table.lines[..., cell], 1, 0)  # (N, P) each
    above = u * ab[:, 0] + v * ab[:, 1] > w
    bits = (above.T * 2 ** np.arange(len(above))).sum(axis=1)
    return table.bins[table.first_row[cell] + bits]


# 7 and 23 do not divide the range; 23 leaves few bins and odd borders.
@pytest.mark.parametrize("grid_step", [7.0, 10.0, 23.0])
@pytest.mark.parametrize("num_neighbors", [1, 4, 5])
def test_table_equals_a_search_over_all_bins(grid_step, num_neighbors):
    gamut = AbGamut(grid_step=grid_step)
    ab = np.random.default_rng(4).uniform(-110, 110, (4000, 2))
    got = neighbors_by_table(gamut, ab, num_neighbors)
    squared = ((ab[:, None] - gamut.bins) ** 2).sum(-1)
    expected = np.sort(squared, axis=1)[:, :num_neighbors]
    np.testing.assert_allclose(
        np.take_along_axis(squared, got, axis=1), expected, atol=1e-3
    )


def test_table_of_five_neighbors_is_small():
    table = AbGamut().neighbor_order(5)
    assert len(table.lines) == 7
    assert table.bins.nbytes < 300_000


def test_table_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        AbGamut().neighbor_order(5).bins[0] = 0
