"""ab to distributions and back: goldens, brute force, properties, misuse."""

import json
import pathlib

import numpy as np
import pytest
from keras import ops

from keras_colorize.color import quantization
from keras_colorize.color.gamut import AbGamut

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens"
VECTORS = json.loads((GOLDENS / "color_vectors.json").read_text())
GAMUT = AbGamut()


@pytest.fixture
def ab():
    rng = np.random.default_rng(3)
    return rng.uniform(-80, 80, (2, 12, 20, 2)).astype("float32")


def squared_distances(ab):
    return ((ab[..., None, :] - GAMUT.bins) ** 2).sum(axis=-1)


def dense(indices, weights):
    """Sparse (..., K) to the (..., Q) distribution it stands for."""
    q_probs = np.zeros((*indices.shape[:-1], GAMUT.num_bins))
    np.put_along_axis(q_probs, indices, weights, axis=-1)
    return q_probs


def encode(ab, **arguments):
    indices, weights = quantization.encode_soft(ab, GAMUT, **arguments)
    return ops.convert_to_numpy(indices), ops.convert_to_numpy(weights)


# At (0, 0) and (98.2, -60.8) the tenth neighbor is one of several equally
# distant bins, so only the unambiguous vectors are compared for k = 10.
@pytest.mark.parametrize("num_neighbors", [5, 10])
@pytest.mark.parametrize("row", range(len(VECTORS["soft_encode"])))
def test_soft_encoding_equals_published_vectors(row, num_neighbors):
    vector = VECTORS["soft_encode"][row]
    expected = np.zeros(GAMUT.num_bins)
    for q, weight in vector[f"nn{num_neighbors}"].items():
        expected[int(q)] = weight
    got = dense(
        *encode(np.array(vector["ab"], "float32"), num_neighbors=num_neighbors)
    )
    np.testing.assert_allclose(np.sort(got), np.sort(expected), atol=1e-6)
    ambiguous = num_neighbors == 10 and row in (0, 4)
    if not ambiguous:
        np.testing.assert_allclose(got, expected, atol=1e-6)


@pytest.mark.parametrize("num_neighbors", [1, 3, 5, 10])
def test_soft_encoding_equals_brute_force(ab, num_neighbors):
    indices, weights = encode(ab, num_neighbors=num_neighbors, sigma=7.0)
    squared = squared_distances(ab)
    order = np.argsort(squared, axis=-1)[..., :num_neighbors]
    nearest = np.take_along_axis(squared, order, axis=-1)
    expected = np.exp(-nearest / (2 * 7.0**2))
    expected /= expected.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(
        dense(indices, weights), dense(order, expected), atol=1e-5
    )


def test_soft_encoding_of_colors_outside_the_grid_is_still_the_nearest():
    ab = np.array([[170.0, -180.0], [-128.0, 127.0]], "float32")
    indices, _ = encode(ab, num_neighbors=1)
    np.testing.assert_array_equal(
        indices[:, 0], squared_distances(ab).argmin(axis=-1)
    )


def test_one_color_outside_srgb_changes_none_of_the_others():
    inside = np.array([[3.0, -14.0], [41.3, 34.1], [0.4, 0.2]], "float32")
    both = np.concatenate([inside, [[-109.0, 109.0]]]).astype("float32")
    for of_inside, of_both in zip(encode(inside), encode(both), strict=True):
        np.testing.assert_allclose(of_both[:3], of_inside, atol=1e-6)


def test_soft_weights_sum_to_one_and_fall_with_distance(ab):
    _, weights = encode(ab)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-6)
    assert (np.diff(weights, axis=-1) <= 1e-7).all()


def test_smaller_sigma_approaches_the_nearest_bin(ab):
    _, sharp = encode(ab, sigma=1.0)
    _, broad = encode(ab, sigma=20.0)
    assert sharp[..., 0].mean() > broad[..., 0].mean()


def test_nearest_bin_of_in_gamut_colors_is_the_rounded_color():
    ab = np.array([[3.0, -14.0], [41.0, 34.0], [-21.0, 19.0]], "float32")
    q = ops.convert_to_numpy(quantization.encode_nearest(ab, GAMUT))
    np.testing.assert_array_equal(
        GAMUT.bins[q], [(0, -10), (40, 30), (-20, 20)]
    )


def test_annealed_mean_equals_published_values():
    golden = VECTORS["annealed_mean"]
    q_probs = np.full(GAMUT.num_bins, 1e-30)
    for q, mass in golden["nonzero"].items():
        q_probs[int(q)] = mass
    q_logits = np.log(q_probs).astype("float32")
    for temperature, expected in golden["results"].items():
        ab = quantization.decode_annealed_mean(
            ops.convert_to_tensor(q_logits), GAMUT.bins, float(temperature)
        )
        np.testing.assert_allclose(
            ops.convert_to_numpy(ab), expected, atol=1e-4
        )


def test_uniform_scores_decode_to_the_mean_bin_at_any_temperature():
    q_logits = ops.zeros((2, GAMUT.num_bins))
    for temperature in (0.1, 0.38, 1.0):
        ab = quantization.decode_annealed_mean(
            q_logits, GAMUT.bins, temperature
        )
        np.testing.assert_allclose(
            ops.convert_to_numpy(ab), [(15.686901, 6.677316)] * 2, atol=1e-4
        )


def test_annealed_mean_at_one_is_the_mean_and_near_zero_the_mode():
    rng = np.random.default_rng(5)
    q_logits = ops.convert_to_tensor(
        rng.normal(size=(3, 7, GAMUT.num_bins)).astype("float32") * 4
    )
    probs = np.exp(ops.convert_to_numpy(q_logits).astype("float64"))
    probs /= probs.sum(axis=-1, keepdims=True)
    mean = quantization.decode_annealed_mean(q_logits, GAMUT.bins, 1.0)
    np.testing.assert_allclose(
        ops.convert_to_numpy(mean), probs @ GAMUT.bins, atol=1e-4
    )
    mode = GAMUT.bins[probs.argmax(axis=-1)]
    cold = quantization.decode_annealed_mean(q_logits, GAMUT.bins, 0.001)
    np.testing.assert_allclose(ops.convert_to_numpy(cold), mode, atol=1e-2)


def test_soft_histogram_counts_pixels_and_weighs_like_the_encoding(ab):
    histogram = ops.convert_to_numpy(quantization.soft_histogram(ab, GAMUT))
    assert histogram.sum() == pytest.approx(ab[..., 0].size, rel=1e-5)
    expected = dense(*encode(ab)).sum(axis=(0, 1, 2))
    np.testing.assert_allclose(histogram, expected, atol=1e-3)


def test_rebalancing_weights_equal_the_hand_computed_ones():
    toy = VECTORS["class_weights_toy"]
    weights = quantization.rebalancing_weights(toy["p"], toy["lambda"])
    np.testing.assert_allclose(weights, toy["w_uniform_over_all_Q"], rtol=1e-6)


def test_rebalancing_weights_average_to_one_and_lift_rare_colors():
    prior = np.random.default_rng(1).random(GAMUT.num_bins) ** 4
    prior /= prior.sum()
    weights = quantization.rebalancing_weights(prior)
    assert (prior * weights).sum() == pytest.approx(1.0, abs=1e-6)
    order = np.argsort(prior)
    assert (np.diff(weights[order]) <= 0).all()


def test_full_uniform_mix_is_no_rebalancing():
    prior = np.random.default_rng(1).random(20)
    weights = quantization.rebalancing_weights(prior, uniform_mix=1.0)
    np.testing.assert_allclose(weights, 1.0, rtol=1e-6)


def test_prior_of_any_scale_gives_the_same_weights():
    prior = np.random.default_rng(1).random(20)
    np.testing.assert_allclose(
        quantization.rebalancing_weights(prior),
        quantization.rebalancing_weights(prior * 1000),
        rtol=1e-6,
    )


def test_misuse_is_refused_with_the_reason():
    with pytest.raises(ValueError, match="2 channels"):
        quantization.encode_nearest(np.zeros((4, 3), "float32"), GAMUT)
    with pytest.raises(ValueError, match="`sigma` must be positive"):
        quantization.encode_soft(np.zeros((4, 2), "f4"), GAMUT, sigma=0.0)
    with pytest.raises(ValueError, match="non-negative"):
        quantization.rebalancing_weights([0.5, -0.1])
    with pytest.raises(ValueError, match="uniform_mix"):
        quantization.rebalancing_weights([0.5, 0.5], uniform_mix=0.0)
