"""Cross-entropy over the 529-bin grid: hand-computed, differentiable."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.losses.grid import GridCrossentropy
from keras_colorize.losses.grid import grid_crossentropy


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    ab = rng.uniform(-80, 80, (2, 3, 5, 2)).astype("float32")
    q_logits = rng.normal(size=(2, 3, 5, 529)).astype("float32")
    return ab, q_logits


def value(tensor):
    return ops.convert_to_numpy(tensor)


def test_uniform_scores_cost_the_logarithm_of_the_number_of_bins(batch):
    ab, q_logits = batch
    loss = value(grid_crossentropy(ab, np.zeros_like(q_logits)))
    # log 529 = 6.2710
    np.testing.assert_allclose(loss, np.log(529), rtol=1e-6)
    assert loss.shape == ab.shape[:-1]


def test_score_counts_only_at_the_bin_of_the_color():
    # (14, -27): row round(12.4) = 12, column round(8.3) = 8, bin 284.
    ab = np.array([[[[14.0, -27.0]]]], "float32")
    q_logits = np.zeros((1, 1, 1, 529), "float32")
    q_logits[..., 284] = 5.0
    # log(528 + e^5) - 5 = log 676.41 - 5 = 1.5168
    loss = float(GridCrossentropy()(ab, q_logits))
    assert loss == pytest.approx(np.log(528 + np.exp(5.0)) - 5.0, rel=1e-5)
    q_logits = np.roll(q_logits, 1, axis=-1)
    # log(528 + e^5) = 6.5168
    loss = float(GridCrossentropy()(ab, q_logits))
    assert loss == pytest.approx(np.log(528 + np.exp(5.0)), rel=1e-5)


def test_perfect_scores_cost_nothing(batch):
    ab, _ = batch
    steps = np.round((ab + 110) / 10).astype(int)
    truth = 23 * steps[..., 0] + steps[..., 1]
    q_logits = 50 * np.eye(529, dtype="float32")[truth]
    assert float(GridCrossentropy()(ab, q_logits)) < 1e-6


def test_loss_is_the_mean_over_pixels_whatever_the_batch(batch):
    ab, q_logits = batch
    loss = GridCrossentropy()
    once = float(loss(ab, q_logits))
    twice = float(loss(np.repeat(ab, 2, 0), np.repeat(q_logits, 2, 0)))
    assert once == pytest.approx(twice, rel=1e-5)
    pixels = value(grid_crossentropy(ab, q_logits))
    assert once == pytest.approx(pixels.mean(), rel=1e-5)


def test_half_precision_scores_are_summed_in_float32(batch):
    ab, q_logits = batch
    loss = grid_crossentropy(ab, ops.cast(q_logits, "bfloat16"))
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="uses tf.GradientTape"
)
def test_gradient_is_the_difference_of_distributions(batch):
    import tensorflow as tf

    ab, q_logits = batch[0][0, 0], batch[1][0, 0]
    scores = tf.constant(q_logits)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        loss = grid_crossentropy(ab, scores)
    steps = np.round((ab + 110) / 10).astype(int)
    truth = np.eye(529)[23 * steps[:, 0] + steps[:, 1]]
    probs = np.exp(q_logits.astype("float64"))
    probs /= probs.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(
        tape.gradient(loss, scores), probs - truth, atol=1e-6
    )


def test_wrong_number_of_bins_is_refused(batch):
    ab, q_logits = batch
    with pytest.raises(ValueError, match="529 channel.*Received: .*313"):
        grid_crossentropy(ab, q_logits[..., :313])


def test_configuration_round_trip():
    loss = GridCrossentropy(name="coarse")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(again) is GridCrossentropy
    assert again.get_config() == loss.get_config()
