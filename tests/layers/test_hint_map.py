import numpy as np
import pytest
from keras import ops

from keras_colorize.layers.hint_map import rasterize_hints

PHOTO = (20, 40)
MAP = (10, 20)  # pixel (i, j) has its center at x = 2j + 1, y = 2i + 1


def draw(rows, photo_size=PHOTO, map_size=MAP, padded_size=None):
    """ab_hint and hint_mask as arrays; `rows` are (N, 5) or (B, N, 5)."""
    hints = np.array(rows, np.float32)
    hints = hints[None] if hints.ndim == 2 else hints
    maps = rasterize_hints(
        ops.convert_to_tensor(hints), photo_size, map_size, padded_size
    )
    return [ops.convert_to_numpy(x) for x in maps]


def test_pixels_whose_center_is_in_the_disc_are_hinted():
    # Around the center of pixel (2, 5): its four neighbors are 2 away, the
    # diagonal ones 2.83.
    ab_hint, mask = draw([(11, 5, 2.5, 30, -40)])
    expected = np.zeros((*MAP, 1))
    expected[[1, 2, 2, 2, 3], [5, 4, 5, 6, 5]] = 1
    np.testing.assert_array_equal(mask[0], expected)
    np.testing.assert_array_equal(ab_hint[0], expected * [30, -40])
    assert ab_hint.dtype == mask.dtype == np.float32


def test_a_point_of_no_extent_hints_the_pixel_that_holds_it():
    # 4.9 / 2 = 2.45 and 39.9 / 2 = 19.95: pixel (2, 19), off its center.
    for radius in (0.0, 0.01):
        _, mask = draw([(39.9, 4.9, radius, 30, -40)])
        assert np.argwhere(mask[0, ..., 0]).tolist() == [[2, 19]]


def test_rows_of_negative_radius_are_no_hints():
    ab_hint, mask = draw([(11, 5, -1, 30, -40), (0, 0, -9, 1, 1)])
    assert not ab_hint.any() and not mask.any()


def test_the_last_of_overlapping_hints_wins():
    rows = [(11, 5, 2.5, 30, -40), (13, 5, 2.5, 5, 6), (11, 5, -1, 7, 7)]
    ab_hint, mask = draw(rows)
    np.testing.assert_array_equal(ab_hint[0, 2, 5], [5, 6])
    np.testing.assert_array_equal(ab_hint[0, 2, 4], [30, -40])
    assert mask.max() == 1 and mask.sum() == 5 + 5 - 2
    swapped, _ = draw(rows[1::-1])
    np.testing.assert_array_equal(swapped[0, 2, 5], [30, -40])


def test_maps_equal_a_loop_over_pixels_at_any_scale():
    rng = np.random.default_rng(0)
    for photo, size in (((31, 50), (24, 39)), ((13, 9), (24, 16))):
        rows = np.stack(
            [
                *rng.uniform(0, photo[1], (1, 5)),
                *rng.uniform(0, photo[0], (1, 5)),
                *rng.uniform(0.1, 9, (1, 5)),
                *rng.uniform(-60, 60, (2, 5)),
            ],
            axis=-1,
        )
        expected = np.zeros((*size, 2))
        for x, y, radius, a, b in rows:
            for i, j in np.ndindex(size):
                down = (i + 0.5) * photo[0] / size[0] - y
                across = (j + 0.5) * photo[1] / size[1] - x
                holds = (
                    i == y * size[0] // photo[0]
                    and j == x * size[1] // photo[1]
                )
                if holds or np.hypot(down, across) <= radius:
                    expected[i, j] = a, b
        ab_hint, mask = draw(rows, photo, size)
        np.testing.assert_allclose(ab_hint[0], expected, atol=1e-4)
        np.testing.assert_array_equal(mask[0], expected[..., :1] != 0)


def test_padding_repeats_the_last_row_and_column():
    ab_hint, mask = draw([(39.5, 19.5, 3, 30, -40)], padded_size=(12, 24))
    inner_ab, inner_mask = draw([(39.5, 19.5, 3, 30, -40)])
    padding = ((0, 0), (0, 2), (0, 4), (0, 0))
    np.testing.assert_array_equal(mask, np.pad(inner_mask, padding, "edge"))
    np.testing.assert_array_equal(ab_hint, np.pad(inner_ab, padding, "edge"))


def test_each_photo_of_a_batch_has_its_own_hints():
    _, mask = draw([[(11, 5, 1, 9, 9)], [(21, 15, 1, 9, 9)]])
    places = [np.argwhere(m[..., 0]).tolist() for m in mask]
    assert places == [[[2, 5]], [[7, 10]]]


@pytest.mark.parametrize("shape", [(4, 5), (1, 4, 4)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(batch, points, 5\). Received"):
        rasterize_hints(ops.zeros(shape), PHOTO, MAP)
