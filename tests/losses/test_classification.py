"""Soft cross-entropy: hand-computed, rebalanced, masked, differentiable."""

import json
import pathlib

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.color.gamut import AbGamut
from keras_colorize.losses.classification import HybridCrossentropy
from keras_colorize.losses.classification import RebalancedCrossentropy
from keras_colorize.losses.classification import color_photo_mask
from keras_colorize.losses.classification import soft_crossentropy

GAMUT = AbGamut()
GOLDENS = pathlib.Path(__file__).parents[1] / "goldens"


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    ab = rng.uniform(-60, 60, (2, 6, 10, 2)).astype("float32")
    q_logits = rng.normal(size=(2, 6, 10, GAMUT.num_bins)).astype("float32")
    return ab, q_logits


def value(tensor):
    return ops.convert_to_numpy(tensor)


def test_uniform_scores_cost_the_logarithm_of_the_number_of_bins(batch):
    ab, q_logits = batch
    loss = value(soft_crossentropy(ab, np.zeros_like(q_logits), GAMUT))
    # -sum_k w_k log(1/313) = log 313 = 5.7462, since the weights sum to 1.
    np.testing.assert_allclose(loss, np.log(313), rtol=1e-6)
    assert loss.shape == ab.shape[:-1]


def test_equals_the_cross_entropy_with_the_published_soft_target(batch):
    vectors = json.loads((GOLDENS / "color_vectors.json").read_text())
    vector = vectors["soft_encode"][1]
    q_logits = batch[1][0, 0, 0]
    log_probs = q_logits - np.log(np.exp(q_logits.astype("float64")).sum())
    expected = -sum(w * log_probs[int(q)] for q, w in vector["nn5"].items())
    ab = np.array(vector["ab"], "float32")
    loss = value(soft_crossentropy(ab[None], q_logits[None], GAMUT))
    assert loss[0] == pytest.approx(expected, rel=1e-5)


def test_smoothing_moves_a_share_of_the_target_to_all_bins(batch):
    ab, q_logits = batch
    plain = value(soft_crossentropy(ab, q_logits, GAMUT))
    smooth = value(soft_crossentropy(ab, q_logits, GAMUT, smoothing=0.2))
    norm = np.log(np.exp(q_logits.astype("float64")).sum(-1))
    even = norm - q_logits.mean(-1)  # -mean log softmax
    np.testing.assert_allclose(smooth, 0.8 * plain + 0.2 * even, rtol=1e-4)


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_smoothing_is_a_share(smoothing):
    with pytest.raises(ValueError, match="Received: smoothing="):
        RebalancedCrossentropy(smoothing=smoothing)


def test_perfect_scores_cost_only_the_entropy_of_the_soft_target():
    # At a bin center: weights .6488 and four of .0878, entropy 1.1348.
    ab = np.zeros((1, 2, 3, 2), "float32")
    q_probs = np.full(GAMUT.num_bins, 1e-12)
    q_probs[[120, 139, 119, 121, 102]] = [0.648786, *[0.0878036] * 4]
    q_logits = np.broadcast_to(np.log(q_probs), (1, 2, 3, GAMUT.num_bins))
    loss = value(soft_crossentropy(ab, q_logits.astype("float32"), GAMUT))
    entropy = -(0.648786 * np.log(0.648786) + 4 * 0.0878036 * np.log(0.0878036))
    np.testing.assert_allclose(loss, entropy, rtol=1e-4)


def test_rebalancing_weighs_each_pixel_by_the_bin_of_its_truth(batch):
    ab, q_logits = batch
    plain = value(soft_crossentropy(ab, q_logits, GAMUT))
    weights = np.linspace(0.5, 3.0, GAMUT.num_bins).astype("float32")
    rebalanced = value(soft_crossentropy(ab, q_logits, GAMUT, weights))
    squared = ((ab[..., None, :] - GAMUT.bins) ** 2).sum(axis=-1)
    np.testing.assert_allclose(
        rebalanced, plain * weights[squared.argmin(axis=-1)], rtol=1e-5
    )
    assert np.abs(rebalanced - plain).max() > 0.1


def test_each_option_changes_the_result(batch):
    ab, q_logits = batch[0], 4 * batch[1]
    default = float(RebalancedCrossentropy()(ab, q_logits))
    weights = np.linspace(0.5, 3.0, GAMUT.num_bins)
    for option in (
        {"bin_weights": weights},
        {"num_neighbors": 10},
        {"sigma": 2.0},
    ):
        other = float(RebalancedCrossentropy(**option)(ab, q_logits))
        assert other != pytest.approx(default, rel=1e-4), option


def test_gray_photos_weigh_nothing_unless_asked(batch):
    ab, q_logits = batch
    ab = ab.copy()
    ab[0] = 4.9  # the first photo is gray by the rule of 5 units
    mask = value(color_photo_mask(ab))
    np.testing.assert_array_equal(mask.ravel(), [0.0, 1.0])
    masked = float(RebalancedCrossentropy()(ab, q_logits))
    color_only = value(soft_crossentropy(ab[1:], q_logits[1:], GAMUT)).mean()
    assert masked == pytest.approx(color_only / 2, rel=1e-5)
    everything = RebalancedCrossentropy(mask_gray=False)(ab, q_logits)
    assert float(everything) > masked


def test_loss_is_the_mean_over_pixels_whatever_the_batch(batch):
    ab, q_logits = batch
    loss = RebalancedCrossentropy()
    once = float(loss(ab, q_logits))
    twice = float(loss(np.repeat(ab, 2, 0), np.repeat(q_logits, 2, 0)))
    assert once == pytest.approx(twice, rel=1e-5)


def test_half_precision_scores_are_summed_in_float32(batch):
    ab, q_logits = batch
    half = ops.cast(q_logits, "bfloat16")
    loss = soft_crossentropy(ab, half, GAMUT)
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="uses tf.GradientTape"
)
def test_gradient_is_the_weighted_difference_of_distributions(batch):
    import tensorflow as tf

    ab, q_logits = batch
    weights = np.linspace(0.5, 3.0, GAMUT.num_bins).astype("float32")
    scores = tf.constant(q_logits[:1, :1, :1])
    with tf.GradientTape() as tape:
        tape.watch(scores)
        loss = soft_crossentropy(ab[:1, :1, :1], scores, GAMUT, weights)
    gradient = tape.gradient(loss, scores).numpy().ravel()
    # d/dz of v * CE(w, softmax z) = v * (softmax z - w): sums to zero.
    squared = ((ab[0, 0, 0] - GAMUT.bins) ** 2).sum(axis=-1)
    v = weights[squared.argmin()]
    nearest = np.argsort(squared)[:5]
    target = np.zeros(GAMUT.num_bins)
    target[nearest] = np.exp(-squared[nearest] / 50)
    target /= target.sum()
    probs = np.exp(q_logits[0, 0, 0].astype("float64"))
    probs /= probs.sum()
    np.testing.assert_allclose(gradient, v * (probs - target), atol=1e-5)


def test_configuration_round_trip():
    loss = RebalancedCrossentropy(np.ones(313), num_neighbors=7, sigma=3.0)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()


def test_wrong_number_of_weights_is_refused():
    with pytest.raises(ValueError, match="313 weights. Received: 12"):
        RebalancedCrossentropy(np.ones(12))


def test_hybrid_adds_the_error_of_the_mean_color():
    # All mass on two bins with equal scores: the mean is halfway.
    bins = np.asarray(GAMUT.bins)
    q_logits = np.full((1, 1, 1, GAMUT.num_bins), -1e4, "float32")
    q_logits[..., [3, 40]] = 0
    mean = (bins[3] + bins[40]) / 2
    truth = (mean + [4.0, -30.0]).reshape(1, 1, 1, 2).astype("float32")
    classification = value(RebalancedCrossentropy(None)(truth, q_logits))
    hybrid = HybridCrossentropy(bin_weights=None, regression_weight=0.5)
    # 4 lies below delta = 10: 4^2 / 20 = 0.8; 30 above it: 30 - 10 / 2 = 25.
    assert value(hybrid(truth, q_logits)) - classification == pytest.approx(
        0.5 * 25.8, rel=1e-4
    )


def test_hybrid_without_regression_is_the_classification(batch):
    weights = np.linspace(0.5, 2, GAMUT.num_bins)
    hybrid = HybridCrossentropy(bin_weights=weights, regression_weight=0)
    plain = RebalancedCrossentropy(weights)
    assert value(hybrid(*batch)) == pytest.approx(value(plain(*batch)))


def test_hybrid_is_restored_from_its_config():
    loss = HybridCrossentropy(
        regression_weight=0.3, delta=5.0, sigma=7.0, smoothing=0.1
    )
    copy = HybridCrossentropy.from_config(loss.get_config())
    assert copy.get_config() == loss.get_config()


@pytest.mark.parametrize("wrong", [{"regression_weight": -1}, {"delta": 0}])
def test_hybrid_refuses_values_that_cannot_work(wrong):
    with pytest.raises(ValueError, match="Received: regression_weight="):
        HybridCrossentropy(**wrong)
