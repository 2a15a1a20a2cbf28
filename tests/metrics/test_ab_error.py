import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.color.gamut import AbGamut
from keras_colorize.metrics import ab_error
from keras_colorize.metrics import fidelity
from keras_colorize.metrics.ab_error import AbAuC
from keras_colorize.metrics.ab_error import AbRMSE

METRICS = {AbRMSE: fidelity.ab_rmse, AbAuC: fidelity.ab_auc}


def random_ab(seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(-90, 90, (3, 4, 6, 2)).astype("float32")


def test_functions_by_hand():
    truth = np.array([[[10.0, 20.0], [0.0, 0.0]]], "float32")
    result = np.array([[[13.0, 24.0], [120.0, 160.0]]], "float32")
    # Distances 5 and 200: squared per channel (9 + 16) / 2, 40000 / 2;
    # 1 - 5 / 150, and 1 - 150 / 150.
    error = ops.convert_to_numpy(ab_error.ab_mean_squared_error(truth, result))
    np.testing.assert_allclose(error, [[12.5, 20000.0]])
    accuracy = ops.convert_to_numpy(ab_error.ab_accuracy(truth, result))
    np.testing.assert_allclose(accuracy, [[29 / 30, 0.0]], atol=1e-7)


@pytest.mark.parametrize("cls", METRICS)
def test_metric_over_batches_equals_the_score_of_all_pixels(cls):
    truth, result = random_ab(0), random_ab(1)
    metric = cls()
    metric.update_state(truth[:2], result[:2])
    metric.update_state(truth[2:], result[2:])
    expected = METRICS[cls](truth, result)
    assert float(metric.result()) == pytest.approx(expected, rel=1e-5)
    metric.reset_state()
    metric.update_state(truth[:1], result[:1])
    expected = METRICS[cls](truth[:1], result[:1])
    assert float(metric.result()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("cls", "optimum"), [(AbRMSE, 0.0), (AbAuC, 1.0)])
def test_a_perfect_prediction_scores_the_optimum(cls, optimum):
    metric = cls()
    metric.update_state(random_ab(0), random_ab(0))
    assert float(metric.result()) == optimum


@pytest.mark.parametrize("cls", METRICS)
def test_weights_select_photos(cls):
    truth, result = random_ab(0), random_ab(1)
    metric = cls()
    metric.update_state(truth, result, sample_weight=np.array([0.0, 0.0, 1.0]))
    expected = METRICS[cls](truth[2:], result[2:])
    assert float(metric.result()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("cls", METRICS)
def test_temperature_decodes_scores_over_bins(cls):
    # All mass on one bin per pixel: its center is the prediction.
    bins = AbGamut().bins
    index = np.random.default_rng(2).integers(0, len(bins), (3, 4, 6))
    scores = 100.0 * np.eye(len(bins), dtype="float32")[index]
    truth = random_ab(0)
    metric = cls(temperature=0.38)
    metric.update_state(truth, scores)
    expected = METRICS[cls](truth, bins[index])
    assert float(metric.result()) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("cls", METRICS)
def test_config_round_trip_is_exact(cls):
    metric = cls(temperature=0.5, name="error")
    copy = keras.metrics.deserialize(keras.metrics.serialize(metric))
    assert type(copy) is cls
    assert copy.get_config() == metric.get_config()


def test_fit_reports_the_metrics():
    model = keras.Sequential(
        [keras.Input((4, 6, 1)), keras.layers.Conv2D(2, 1)]
    )
    model.compile("sgd", "mse", metrics=[AbRMSE(), AbAuC()])
    history = model.fit(
        np.ones((3, 4, 6, 1), "float32"), random_ab(0), verbose=0
    ).history
    assert {"ab_rmse", "ab_auc"} <= set(history)
    assert np.isfinite(history["ab_rmse"]).all()


def test_scores_without_a_temperature_are_refused():
    with pytest.raises(ValueError, match="give the metric a `temperature`"):
        AbAuC().update_state(random_ab(0), np.zeros((3, 4, 6, 313), "float32"))
