import keras
import numpy as np
import pytest

from training.run.averaging import WeightAverage
from training.run.averaging import calm_dead_channels
from training.run.averaging import measure_batch_statistics


def test_statistics_are_the_mean_over_the_batches():
    model = make_model()
    batches = [np.full((2, 3, 5, 1), v, "float32") for v in (1.0, 4.0, 7.0)]
    measure_batch_statistics(model, batches)
    norm = model.get_layer("norm")
    # The kernel is 2: batch means 2, 8, 14; each batch is constant.
    np.testing.assert_allclose(norm.moving_mean, [8.0], rtol=1e-6)
    np.testing.assert_allclose(norm.moving_variance, [0.0], atol=1e-6)
    assert norm.momentum == 0.9


@pytest.mark.parametrize("scale", [None, keras.optimizers.LossScaleOptimizer])
def test_average_is_in_the_model_inside_and_gone_outside(scale):
    model = make_model(use_ema=True)
    if scale:  # as under mixed_float16
        model.compile(scale(model.optimizer), "mse")
    data = np.random.default_rng(0).normal(size=(4, 3, 5, 1)).astype("float32")
    # Not `fit`: at its end it puts the average into the model itself.
    for _ in range(3):
        model.train_on_batch(data, 3 * data)
    before = [np.array(v) for v in model.weights]
    (average,) = [
        np.array(v)
        for v in model.optimizer.variables
        if "average" in v.path and "conv" in v.path
    ]
    weight_average = WeightAverage([data])
    with weight_average.applied(model):
        kernel = np.array(model.get_layer("conv").kernel)
        np.testing.assert_allclose(kernel, average)
        assert abs(kernel - before[0]).max() > 1e-4
        mean = np.array(model.get_layer("norm").moving_mean)
        expected = (data * kernel).mean()
        np.testing.assert_allclose(mean, [expected], rtol=1e-4, atol=1e-6)
    for a, b in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_dead_channels_are_calmed_and_living_ones_left_alone():
    L = keras.Input((None, None, 1))
    norm = keras.layers.BatchNormalization(name="norm")
    model = keras.Model(L, norm(keras.layers.Conv2D(5, 1)(L)))
    norm.moving_variance.assign([0.0, 1e-9, 4.0, 2.0, 3.0])
    calm_dead_channels(model)
    # The median of the five is 2: nothing stays below 0.002.
    np.testing.assert_allclose(
        norm.moving_variance, [0.002, 0.002, 4.0, 2.0, 3.0], rtol=1e-6
    )


def test_frozen_norms_are_not_calmed():
    L = keras.Input((None, None, 1))
    norm = keras.layers.BatchNormalization(name="norm")
    inner = keras.Model(L, norm(keras.layers.Conv2D(4, 1)(L)), name="encoder")
    inner.trainable = False
    model = keras.Model(L, inner(L))
    norm.moving_variance.assign([1.0, 1.0, 1.0, 1e-6])
    calm_dead_channels(model)
    np.testing.assert_allclose(
        norm.moving_variance, [1.0, 1.0, 1.0, 1e-6], rtol=1e-6
    )


def test_weights_come_back_when_the_block_raises():
    model = make_model(use_ema=True)
    data = np.ones((2, 3, 5, 1), "float32")
    model.fit(data, data, verbose=0)
    before = [np.array(v) for v in model.weights]
    with pytest.raises(RuntimeError):
        with WeightAverage([data]).applied(model):
            raise RuntimeError
    for a, b in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_model_without_average_is_left_alone():
    model = make_model()
    model.get_layer("norm").moving_mean.assign([5.0])
    with WeightAverage([]).applied(model):
        np.testing.assert_array_equal(
            model.get_layer("norm").moving_mean, [5.0]
        )


def make_model(use_ema=False):
    inputs = keras.Input((None, None, 1))
    x = keras.layers.Conv2D(
        1, 1, use_bias=False, kernel_initializer=constant(2.0), name="conv"
    )(inputs)
    outputs = keras.layers.BatchNormalization(momentum=0.9, name="norm")(x)
    model = keras.Model(inputs, outputs)
    optimizer = keras.optimizers.Adam(0.01, use_ema=use_ema, ema_momentum=0.5)
    model.compile(optimizer, loss="mse")
    return model


def constant(value):
    return keras.initializers.Constant(value)


def test_norms_of_a_model_inside_are_measured_too():
    inner_input = keras.Input((None, None, 1))
    norm = keras.layers.BatchNormalization(momentum=0.7, name="inner_norm")
    inner = keras.Model(inner_input, norm(inner_input), name="encoder")
    L = keras.Input((None, None, 1))
    model = keras.Model(L, inner(L))
    batches = [np.full((2, 3, 5, 1), v, "float32") for v in (1.0, 4.0)]
    measure_batch_statistics(model, batches)
    np.testing.assert_allclose(norm.moving_mean, [2.5], rtol=1e-6)
    assert norm.momentum == 0.7
