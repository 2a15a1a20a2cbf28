"""Regression on ab: hand-computed, with the published Huber values."""

import json
import pathlib

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.losses.regression import AbL1
from keras_colorize.losses.regression import AbL2
from keras_colorize.losses.regression import ab_absolute_error
from keras_colorize.losses.regression import ab_huber_error
from keras_colorize.losses.regression import ab_squared_error

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens"
TRUTH = np.array([[[[0.0, 0.0], [10.0, -5.0]]]], "float32")
PREDICTED = np.array([[[[3.0, 4.0], [10.0, -7.0]]]], "float32")

every_loss = pytest.mark.parametrize("loss", [AbL2(), AbL1()])


def value(tensor):
    return ops.convert_to_numpy(tensor)


def test_squared_error_is_half_the_squared_distance():
    # (9 + 16) / 2 = 12.5 and (0 + 4) / 2 = 2
    error = value(ab_squared_error(TRUTH, PREDICTED))
    np.testing.assert_allclose(error, [[[12.5, 2.0]]])
    assert float(AbL2()(TRUTH, PREDICTED)) == pytest.approx(7.25)


def test_absolute_error_is_summed_over_a_and_b_alone():
    # 3 + 4 and 0 + 2; mean over the pixels 4.5
    error = value(ab_absolute_error(TRUTH, PREDICTED))
    np.testing.assert_allclose(error, [[[7.0, 2.0]]])
    assert float(AbL1()(TRUTH, PREDICTED)) == pytest.approx(4.5)


def test_huber_error_is_squared_near_zero_and_absolute_beyond():
    # delta 3.5: 9 / 7 + (4 - 1.75) = 3.5357; 0 + 4 / 7 = 0.5714
    error = value(ab_huber_error(TRUTH, PREDICTED, delta=3.5))
    np.testing.assert_allclose(error, [[[3.535714, 0.571429]]], rtol=1e-5)


def test_huber_error_is_that_of_the_training_code():
    vectors = json.loads((GOLDENS / "siggraph17_losses.json").read_text())
    vector = vectors["huber_delta_1_110"]
    predicted = np.array(vector["abs_err"], "float32")[:, None] * [1.0, -1.0]
    error = ab_huber_error(np.zeros_like(predicted), predicted, 1 / 110)
    expected = 2 * np.array(vector["loss"])  # the same error in a and in b
    np.testing.assert_allclose(value(error), expected, rtol=1e-5)


def test_small_delta_makes_the_huber_loss_absolute():
    huber = value(ab_huber_error(TRUTH, PREDICTED, delta=1e-6))
    absolute = value(ab_absolute_error(TRUTH, PREDICTED))
    np.testing.assert_allclose(huber, absolute, rtol=1e-5)


@every_loss
def test_perfect_prediction_costs_nothing(loss):
    ab = np.random.default_rng(0).normal(size=(2, 3, 5, 2)).astype("float32")
    assert float(loss(ab, ab)) == 0.0


@every_loss
def test_loss_is_the_mean_over_pixels_whatever_the_batch(loss):
    rng = np.random.default_rng(0)
    ab, predicted = rng.uniform(-60, 60, (2, 2, 3, 5, 2)).astype("float32")
    once = float(loss(ab, predicted))
    twice = float(loss(np.repeat(ab, 2, 0), np.repeat(predicted, 2, 0)))
    assert once == pytest.approx(twice, rel=1e-5)


@every_loss
def test_half_precision_is_compared_in_float32(loss):
    ab = np.full((1, 2, 3, 2), 96.0, "float32")
    predicted = ops.cast(ab, "bfloat16")  # exact; steps are 0.5 there
    difference = float(loss(ab + 0.125, predicted))
    assert difference == pytest.approx(float(loss(ab + 0.125, ab)))
    assert difference > 0


def test_best_constant_is_the_mean_color():
    ab = np.array([[[[0.0, 0.0], [30.0, 60.0]]]], "float32")
    losses = {
        share: float(AbL2()(ab, np.full_like(ab, (30.0, 60.0)) * share))
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    }
    assert min(losses, key=losses.get) == 0.5


def test_best_constant_for_the_absolute_error_is_the_median_color():
    ab = np.array([[[[0.0, 0.0], [0.0, 0.0], [30.0, 60.0]]]], "float32")
    losses = {
        share: float(AbL1()(ab, np.full_like(ab, (30.0, 60.0)) * share))
        for share in (0.0, 0.33, 1.0)
    }
    assert min(losses, key=losses.get) == 0.0


@every_loss
def test_configuration_round_trip(loss):
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()
