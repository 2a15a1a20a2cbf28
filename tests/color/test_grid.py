"""The 529-bin grid: published indices, borders, misuse."""

import json
import pathlib

import numpy as np
import pytest
from keras import ops

from keras_colorize.color.grid import NUM_GRID_BINS
from keras_colorize.color.grid import encode_grid

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens"


def encoded(ab):
    return ops.convert_to_numpy(encode_grid(np.asarray(ab, "float32")))


def test_bins_are_those_of_the_training_code():
    vectors = json.loads((GOLDENS / "siggraph17_losses.json").read_text())
    ab = [vector["ab"] for vector in vectors["encode_529"]]
    expected = [vector["index"] for vector in vectors["encode_529"]]
    np.testing.assert_array_equal(encoded(ab), expected)


def test_every_grid_point_is_its_own_bin_sorted_by_a_then_b():
    axis = np.arange(-110, 111, 10)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    np.testing.assert_array_equal(
        encoded(points), np.arange(NUM_GRID_BINS).reshape(23, 23)
    )


def test_colors_beyond_the_grid_belong_to_its_border():
    # (-300, 4): row 0, column 11; (0, 200): row 11, column 22.
    np.testing.assert_array_equal(
        encoded([(-300, 4), (0, 200), (127, 128)]), [11, 275, 528]
    )


def test_colors_of_one_cell_share_a_bin():
    rng = np.random.default_rng(0)
    ab = np.array([20.0, -40.0]) + rng.uniform(-4.99, 4.99, (3, 5, 2))
    # 23 * 13 + 7 = 306
    np.testing.assert_array_equal(encoded(ab), np.full((3, 5), 306))


def test_misuse_is_refused():
    with pytest.raises(TypeError, match="Received: dtype=int"):
        encode_grid(np.zeros((2, 2), "int32"))
    with pytest.raises(ValueError, match=r"Received: shape=\(2, 3\)"):
        encode_grid(np.zeros((2, 3), "float32"))
