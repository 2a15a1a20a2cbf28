"""The 313 bins are derived, and equal the published ones in order."""

import pathlib

import numpy as np
import pytest

from keras_colorize.color.gamut import AbGamut

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens"


def test_bins_equal_the_published_313_in_order():
    published = np.loadtxt(
        GOLDENS / "ab_bins_313.csv", delimiter=",", skiprows=1
    )
    np.testing.assert_array_equal(AbGamut().bins, published)


def test_neutral_is_bin_120():
    np.testing.assert_array_equal(AbGamut().bins[120], (0, 0))


def test_bins_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        AbGamut().bins[0] = 1.0


def test_coarser_grid_has_fewer_bins():
    assert AbGamut(grid_step=22.0).num_bins < 100


@pytest.mark.parametrize("num_neighbors", [1, 5, 10])
def test_candidates_hold_the_true_neighbors_of_every_cell(num_neighbors):
    gamut = AbGamut()
    table = gamut.neighbor_candidates(num_neighbors)
    rng = np.random.default_rng(num_neighbors)
    ab = rng.uniform(-110, 110, (3000, 2))
    cell = np.floor((ab + gamut.half_range) / gamut.cell_size).astype(int)
    rows = table[cell[:, 0] * gamut.cells_per_axis + cell[:, 1]]
    squared = ((ab[:, None] - gamut.bins) ** 2).sum(-1)
    nearest = np.argsort(squared, axis=1)[:, :num_neighbors]
    held = (rows[:, :, None] == nearest[:, None, :]).any(axis=1)
    assert held.all()


@pytest.mark.parametrize("num_neighbors", [0, 314])
def test_impossible_number_of_neighbors_is_refused(num_neighbors):
    with pytest.raises(ValueError, match=r"\[1, 313\]"):
        AbGamut().neighbor_candidates(num_neighbors)


@pytest.mark.parametrize("grid_step", [0.0, -10.0, 200.0])
def test_impossible_grid_is_refused(grid_step):
    with pytest.raises(ValueError, match="Received: grid_step"):
        AbGamut(grid_step=grid_step)
