"""The L2 baseline on ab: hand-computed."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.losses.regression import AbL2
from keras_colorize.losses.regression import ab_squared_error


def test_error_is_half_the_squared_distance():
    truth = np.array([[[[0.0, 0.0], [10.0, -5.0]]]], "float32")
    predicted = np.array([[[[3.0, 4.0], [10.0, -7.0]]]], "float32")
    # (9 + 16) / 2 = 12.5 and (0 + 4) / 2 = 2
    error = ops.convert_to_numpy(ab_squared_error(truth, predicted))
    np.testing.assert_allclose(error, [[[12.5, 2.0]]])
    assert float(AbL2()(truth, predicted)) == pytest.approx(7.25)


def test_perfect_prediction_costs_nothing():
    ab = np.random.default_rng(0).normal(size=(2, 3, 5, 2)).astype("float32")
    assert float(AbL2()(ab, ab)) == 0.0


def test_best_constant_is_the_mean_color():
    ab = np.array([[[[0.0, 0.0], [30.0, 60.0]]]], "float32")
    losses = {
        share: float(AbL2()(ab, np.full_like(ab, (30.0, 60.0)) * share))
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    }
    assert min(losses, key=losses.get) == 0.5


def test_configuration_round_trip():
    again = keras.losses.deserialize(keras.losses.serialize(AbL2()))
    assert again.get_config() == AbL2().get_config()
