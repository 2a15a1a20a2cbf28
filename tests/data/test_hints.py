"""Simulated hints: number, size, place and color; the same with XLA."""

import numpy as np
import pytest
import tensorflow as tf

from keras_colorize.data.hints import simulate_hints
from keras_colorize.data.pipeline_config import HintSimulation


def random_ab(batch, height=24, width=40):
    rng = np.random.default_rng(batch)
    ab = rng.uniform(-80, 80, (batch, height, width, 2))
    return tf.constant(ab, tf.float32)


def seeds_from(start, count):
    index = tf.range(start, start + count, dtype=tf.int64)
    return tf.stack([tf.fill([count], tf.constant(3, tf.int64)), index], 1)


def draw(ab, settings, start=0):
    # A graph, as in the pipeline: much faster for the large batches here.
    simulate = tf.function(lambda *inputs: simulate_hints(*inputs, settings))
    ab_hint, mask = simulate(ab, seeds_from(start, len(ab)))
    return ab_hint.numpy(), mask.numpy()


def one_patch(**options):
    return HintSimulation(num_patches=1, **options)


def boxes(mask):
    """Corner (B, 2) and size (B, 2) of what is masked, one patch each."""
    places = [np.argwhere(photo[..., 0]) for photo in mask]
    corners = np.array([place.min(axis=0) for place in places])
    ends = np.array([place.max(axis=0) for place in places])
    return corners, ends - corners + 1


def test_hint_is_the_mean_color_of_its_patch_and_zero_elsewhere():
    ab = random_ab(6)
    ab_hint, mask = draw(ab, one_patch(smallest_patch=3, largest_patch=7))
    assert ab_hint.shape == (6, 24, 40, 2) and mask.shape == (6, 24, 40, 1)
    for photo in range(6):
        inside = mask[photo, ..., 0] == 1
        expected = ab.numpy()[photo][inside].mean(axis=0)
        hints = ab_hint[photo][inside]
        np.testing.assert_allclose(
            hints, np.tile(expected, (len(hints), 1)), atol=1e-4
        )
        assert (ab_hint[photo][~inside] == 0).all()


def test_patches_are_full_squares_inside_the_photo():
    _, mask = draw(random_ab(300, 20, 32), one_patch())
    _, size = boxes(mask)
    np.testing.assert_array_equal(size[:, 0], size[:, 1])
    np.testing.assert_array_equal(mask.sum(axis=(1, 2, 3)), size[:, 0] ** 2)


def test_every_size_is_equally_likely():
    _, mask = draw(tf.zeros((1800, 12, 16, 2)), one_patch())
    _, size = boxes(mask)
    counts = np.bincount(size[:, 0], minlength=10)[1:]
    assert counts.size == 9
    assert np.abs(counts - 200).max() < 60  # more than 4 deviations of 13.3


def test_centers_are_gaussian_around_that_of_the_photo():
    settings = one_patch(smallest_patch=1, largest_patch=1)
    _, mask = draw(tf.zeros((1500, 24, 40, 2)), settings)
    corner, _ = boxes(mask)
    # N(mean, side / 4) clipped at 2 deviations: deviation 0.96 * side / 4.
    np.testing.assert_allclose(corner.mean(axis=0), [11.5, 19.5], atol=0.8)
    np.testing.assert_allclose(corner.std(axis=0), [5.77, 9.6], rtol=0.06)
    assert corner.min() == 0 and (corner.max(axis=0) == [23, 39]).all()


def test_uniform_placement_reaches_every_place_alike():
    settings = one_patch(largest_patch=1, placement="uniform")
    _, mask = draw(tf.zeros((2400, 4, 6, 2)), settings)
    counts = mask.sum(axis=0).ravel()  # 24 places, 100 each
    assert 55 < counts.min() and counts.max() < 145


def test_number_of_patches_is_geometric():
    settings = HintSimulation(
        stop_probability=0.5, largest_patch=1, placement="uniform"
    )
    _, mask = draw(tf.zeros((1000, 60, 90, 2)), settings)
    number = mask.sum(axis=(1, 2, 3))  # two hardly ever meet on 5,400 pixels
    # P(0) = 1/2, P(1) = 1/4, P(2) = 1/8
    share = np.bincount(number.astype(int), minlength=3)[:3] / 1000
    np.testing.assert_allclose(share, [0.5, 0.25, 0.125], atol=0.05)


def test_usual_mean_is_seven_patches_and_one_in_a_million_is_cut_off():
    settings = HintSimulation(largest_patch=1, placement="uniform")
    _, mask = draw(tf.zeros((600, 60, 90, 2)), settings)
    assert mask.sum() / 600 == pytest.approx(7.0, abs=1.0)
    assert settings.max_patches == 103  # 0.875^103 = 1.06e-6


def test_stopping_at_once_gives_no_hints():
    for settings in (
        HintSimulation(stop_probability=1.0),
        HintSimulation(num_patches=0),
    ):
        ab_hint, mask = draw(random_ab(3), settings)
        assert not ab_hint.any() and not mask.any()
        assert ab_hint.shape == (3, 24, 40, 2) and mask.shape == (3, 24, 40, 1)


def test_later_patches_lie_on_top_of_earlier_ones():
    # The first n patches are the same whatever their number: the last one
    # of n + 1 must be visible as a whole.
    ab = random_ab(40, 12, 16)
    options = {"smallest_patch": 6, "largest_patch": 6}
    before, mask_before = draw(ab, HintSimulation(num_patches=2, **options))
    after, mask_after = draw(ab, HintSimulation(num_patches=3, **options))
    assert (mask_after >= mask_before).all()
    changed = (before != after).any(axis=-1)
    np.testing.assert_array_equal(changed.sum(axis=(1, 2)), 36)
    assert (changed & (mask_before[..., 0] == 1)).any()


def test_hints_depend_on_the_own_seed_and_not_on_the_batch():
    ab, settings = random_ab(5), HintSimulation()
    together = draw(ab, settings)
    for i in range(5):
        alone = draw(ab[i : i + 1], settings, start=i)
        np.testing.assert_array_equal(together[1][i], alone[1][0])
        np.testing.assert_allclose(together[0][i], alone[0][0], atol=1e-5)
    other_photos = draw(ab, settings, start=100)
    assert (together[1] != other_photos[1]).any(axis=(1, 2, 3)).all()


def test_same_hints_with_and_without_xla():
    ab, seeds, settings = random_ab(8), seeds_from(0, 8), HintSimulation()
    eager = simulate_hints(ab, seeds, settings)

    def simulate(ab, seeds):
        return simulate_hints(ab, seeds, settings)

    compiled = tf.function(simulate, jit_compile=True)(ab, seeds)
    np.testing.assert_array_equal(eager[1], compiled[1])
    np.testing.assert_allclose(eager[0], compiled[0], atol=1e-5)


def test_batches_of_unknown_size_in_a_dataset():
    ab, seeds, settings = random_ab(5), seeds_from(0, 5), HintSimulation()
    dataset = tf.data.Dataset.from_tensor_slices((ab, seeds)).batch(3)
    dataset = dataset.map(lambda ab, seeds: simulate_hints(ab, seeds, settings))
    masks = np.concatenate([mask for _, mask in dataset.as_numpy_iterator()])
    np.testing.assert_array_equal(masks, draw(ab, settings)[1])


@pytest.mark.parametrize(
    "options",
    [
        {"stop_probability": 0.0},
        {"stop_probability": 1.1},
        {"smallest_patch": 0},
        {"smallest_patch": 5, "largest_patch": 4},
        {"num_patches": -1},
        {"placement": "corner"},
    ],
)
def test_impossible_settings_are_refused(options):
    with pytest.raises(ValueError, match="Received: "):
        HintSimulation(**options)


def test_photo_smaller_than_the_largest_patch_is_refused():
    with pytest.raises(ValueError, match=r"shape=\(2, 8, 40, 2\)"):
        draw(random_ab(2, 8, 40), HintSimulation())
    _, mask = draw(random_ab(2, 8, 40), HintSimulation(num_patches=0))
    assert not mask.any()
