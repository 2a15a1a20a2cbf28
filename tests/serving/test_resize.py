import tracemalloc

import numpy as np
import pytest
from PIL import Image

from keras_colorize.serving import resize


def test_bilinear_uses_half_pixel_centers():
    x = np.array([[0.0, 10.0]], np.float32)[..., None]  # (1, 2, 1)
    resized = resize.resize_bilinear(x, 2, 4)
    # Centers at -0.25, 0.25, 0.75, 1.25: weights of the second pixel 0, 1/4,
    # 3/4, 1.
    np.testing.assert_allclose(resized[..., 0], [[0, 2.5, 7.5, 10]] * 2)


@pytest.mark.parametrize("size", [(7, 11), (24, 40), (25, 13), (90, 101)])
def test_antialiased_resize_is_that_of_pillow(size):
    x = np.random.default_rng(2).uniform(0, 100, (24, 40)).astype(np.float32)
    expected = Image.fromarray(x).resize(size[::-1], Image.Resampling.BILINEAR)
    resized = resize.resize_antialiased(x[..., None], *size)
    np.testing.assert_allclose(resized[..., 0], np.asarray(expected), atol=1e-3)


def test_enlarging_needs_no_antialiasing():
    x = np.random.default_rng(3).normal(size=(5, 8, 2)).astype(np.float32)
    np.testing.assert_allclose(
        resize.resize_antialiased(x, 13, 16),
        resize.resize_bilinear(x, 13, 16),
        atol=1e-5,
    )


def test_antialiasing_averages_fine_stripes():
    x = np.tile(np.array([0.0, 100.0], np.float32), 20)[None, :, None]
    x = np.repeat(x, 6, axis=0)  # (6, 40, 1)
    shrunk = resize.resize_antialiased(x, 3, 5)
    np.testing.assert_allclose(shrunk, 50.0, atol=2.0)


def test_weights_of_an_axis_are_kept_for_the_next_photo_of_its_size():
    axis = resize.antialiased_axis(40, 7)
    assert resize.antialiased_axis(40, 7) is axis
    results, weights = axis.weights(8, 23)
    assert axis.weights(8, 23)[1] is weights
    fresh_results, fresh = resize.AntialiasedAxis(40, 7).weights(8, 23)
    assert results == fresh_results
    np.testing.assert_array_equal(weights, fresh)
    with pytest.raises(ValueError, match="read-only"):
        weights *= 2.0


def test_weights_of_pieces_of_many_lengths_leave_a_megabyte_at_most():
    # Strips of narrow photos of one height, each width in others.
    axis = resize.AntialiasedAxis(5000, 1024)
    tracemalloc.start()
    try:
        for stop in (*range(200, 400), 2500):
            results, weights = axis.weights(0, stop)
            assert weights.shape == (results.stop, stop)
        del weights
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept <= 1.05 * 2**20
    weights = axis.weights(0, 250)[1]
    assert axis.weights(0, 250)[1] is weights


@pytest.mark.parametrize(
    ("photo", "network"),
    [
        ((512, 768), (256, 384)),
        ((100, 101), (256, 259)),  # 258.56 rounds up
        ((300, 301), (256, 257)),  # 256.85
        ((512, 513), (256, 257)),  # 256.5: halves round up
        ((1, 1), (256, 256)),
        ((5000, 1), (1024, 256)),  # at most four short sides
    ],
)
def test_short_side_of_the_network_image_is_fixed(photo, network):
    assert resize.network_input_size(*photo, 256) == network
