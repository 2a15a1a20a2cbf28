"""Colors that hints ask for, where they lie and near what looks alike."""

import numpy as np
from keras import ops

from keras_colorize.layers.hint_keeping import keep_hints
from tests.layers.test_hint_spread import maps

# Cells of 8 pixels, an eighth of the short side: one reach from cell to cell.
HEIGHT, WIDTH = 64, 96
PREDICTED = (5.0, -5.0)
CELL = (0, 0, 8)  # row, column, side of a hint that fills the first cell


def kept(*patches, ab=None, L=None):
    if ab is None:
        ab = np.full((1, HEIGHT // 4, WIDTH // 4, 2), PREDICTED, np.float32)
    if L is None:
        L = np.full((1, HEIGHT, WIDTH, 1), 50, np.float32)
    inputs = (ab, L, *maps(HEIGHT, WIDTH, patches))
    return ops.convert_to_numpy(
        keep_hints(*(ops.convert_to_tensor(x) for x in inputs))
    )


def test_without_hints_every_color_stays_exactly():
    rng = np.random.default_rng(0)
    ab = rng.normal(0, 30, (1, 16, 24, 2)).astype("float32")
    L = rng.uniform(0, 100, (1, HEIGHT, WIDTH, 1)).astype("float32")
    np.testing.assert_array_equal(kept(ab=ab, L=L), ab)


def test_a_hint_comes_out_at_its_place_and_fades_with_the_distance():
    # One color everywhere, so that weights are those of the distance alone;
    # at the corner, enlarging does not mix cells.
    at_hint = kept((*CELL, 26.0, 16.0))[0, 0, 0]
    np.testing.assert_allclose(
        at_hint, (5 + 21 / 1.05, -5 + 21 / 1.05), rtol=1e-5
    )
    # Two cells away: exp(-2**2 / 2) = 0.135335.
    two_away = kept((0, 16, 8, 26.0, 16.0))[0, 0, 0]
    share = 0.135335 / (0.05 + 0.135335)
    np.testing.assert_allclose(
        two_away, (5 + 21 * share, -5 + 21 * share), rtol=1e-5
    )
    far = kept((*CELL, 26.0, 16.0))[0, -1, -1]
    np.testing.assert_allclose(far, PREDICTED, atol=1e-4)


def test_a_hint_stays_on_its_side_of_an_edge():
    L = np.full((1, HEIGHT, WIDTH, 1), 20, np.float32)
    L[:, :, 16:] = 80  # the cells from the third on
    colors = kept((0, 8, 8, 40.0, 0.0), L=L)[0, 0]
    assert colors[3, 0] > 30  # the hint's own cell
    np.testing.assert_allclose(colors[5], PREDICTED, atol=1e-4)


def test_a_hint_stays_with_what_was_predicted_alike():
    ab = np.full((1, HEIGHT // 4, WIDTH // 4, 2), PREDICTED, np.float32)
    ab[:, :, 4:] = (45.0, 40.0)
    colors = kept((0, 8, 8, -20.0, -20.0), ab=ab)[0, 0]
    assert colors[2, 0] < -15
    np.testing.assert_allclose(colors[5], (45, 40), atol=1e-4)


def test_a_hint_that_fills_a_part_of_a_cell_counts_in_full():
    whole = kept((*CELL, 26.0, 16.0))
    part = kept((1, 2, 2, 26.0, 16.0))
    np.testing.assert_allclose(part, whole, rtol=1e-4)


def test_each_of_several_hints_comes_out_at_its_place():
    colors = kept((0, 0, 8, 40.0, 0.0), (0, 88, 8, 0.0, -40.0))[0]
    np.testing.assert_allclose(colors[0, 0], (40, 0), atol=2.5)
    np.testing.assert_allclose(colors[0, -1], (0, -40), atol=2.5)
