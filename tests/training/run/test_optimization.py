import keras
import numpy as np
import pytest

from training.config import LossConfig
from training.config import OptimizerConfig
from training.config import ScheduleConfig
from training.run.optimization import add_coupled_decay
from training.run.optimization import build_learning_rate
from training.run.optimization import build_losses
from training.run.optimization import build_optimizer


def test_cosine_warms_up_and_ends_at_the_final_scale():
    schedule = ScheduleConfig(name="cosine", warmup_steps=10, final_scale=0.1)
    rate = build_learning_rate(0.5, schedule, total_steps=110)
    values = [float(rate(step)) for step in (0, 5, 10, 60, 110)]
    # Halfway down: 0.1 + 0.9 / 2 of the largest rate.
    np.testing.assert_allclose(values, [0, 0.25, 0.5, 0.275, 0.05], atol=1e-6)


def test_steps_schedule_decays_like_the_paper():
    schedule = ScheduleConfig(
        name="steps", decay_steps=215_000, decay_factor=0.316
    )
    rate = build_learning_rate(3.16e-5, schedule, total_steps=500_000)
    values = [float(rate(step)) for step in (0, 214_999, 215_000, 430_000)]
    np.testing.assert_allclose(
        values, [3.16e-5, 3.16e-5, 9.986e-6, 3.155e-6], rtol=1e-3
    )


def test_steps_can_start_later_than_they_are_long():
    schedule = ScheduleConfig(
        name="steps",
        decay_start=80_000,
        decay_steps=40_000,
        decay_factor=0.5,
    )
    rate = build_learning_rate(1.0, schedule, total_steps=400_000)
    rates = [float(rate(step)) for step in (0, 79_999, 80_000, 119_999)]
    assert rates == [1.0, 1.0, 0.5, 0.5]
    assert float(rate(120_000)) == 0.25
    assert float(rate(399_999)) == 0.5**8  # at 360,000 for the last time
    assert build_learning_rate(1.0, schedule, total_steps=80_000) == 1.0


def test_average_is_kept_only_when_asked_for():
    assert not optimizer_of().use_ema
    optimizer = optimizer_of(ema=0.9)
    assert optimizer.use_ema and optimizer.ema_momentum == 0.9


def test_decoupled_decay_spares_biases():
    model = make_model()
    optimizer = optimizer_of(name="adamw", weight_decay=0.5)
    optimizer.build(model.trainable_variables)
    zeros = [keras.ops.zeros(v.shape) for v in model.trainable_variables]
    optimizer.apply(zeros, model.trainable_variables)
    kernel, bias = model.trainable_variables
    # Adam does not move without gradient: w - rate * decay * w.
    np.testing.assert_allclose(kernel, np.full((3, 2), 1 - 1e-3 * 0.5))
    np.testing.assert_array_equal(bias, np.ones(2))


def test_coupled_decay_adds_its_multiple_of_each_kernel_to_the_gradient():
    model = make_model()
    add_coupled_decay(model, 0.3)
    # The penalty is 0.3 / 2 * w^2 summed over 6 weights of 1.
    assert float(sum(model.losses)) == pytest.approx(0.3 / 2 * 6)
    plain = make_model()
    add_coupled_decay(plain, 0.0)
    assert plain.losses == []


def test_rebalancing_changes_the_loss_and_needs_weights():
    ab = np.full((1, 2, 3, 2), 40.0, "float32")
    q_logits = np.zeros((1, 2, 3, 313), "float32")
    weights = np.full(313, 3.0)
    values = {
        name: float(loss_of(name, weights)(ab, q_logits))
        for name in ("crossentropy", "rebalanced_crossentropy")
    }
    # Uniform scores: log 313 nats, times the weight.
    assert values["crossentropy"] == pytest.approx(np.log(313), rel=1e-5)
    assert values["rebalanced_crossentropy"] == pytest.approx(
        3 * np.log(313), rel=1e-5
    )
    with pytest.raises(ValueError, match="needs rebalancing weights"):
        build_losses(LossConfig(), None)


@pytest.mark.parametrize("name", ["crossentropy", "hybrid"])
def test_pages_of_text_teach_only_where_gray_is_not_masked(name):
    page = np.zeros((1, 2, 3, 2), "float32")
    q_logits = np.zeros((1, 2, 3, 313), "float32")
    settings = {"regression_weight": 0.0} if name == "hybrid" else {}
    masked, plain = (
        float(
            loss_of(name, np.ones(313), mask_gray=mask_gray, **settings)(
                page, q_logits
            )
        )
        for mask_gray in (True, False)
    )
    assert masked == 0.0
    assert plain == pytest.approx(np.log(313), rel=1e-5)


def test_regression_losses_are_means_in_their_own_units():
    truth = np.zeros((1, 2, 3, 2), "float32")
    prediction = np.full((1, 2, 3, 2), 2.0, "float32")
    values = {
        name: float(loss_of(name)(truth, prediction))
        for name in ("ab_l1", "ab_l2", "uv_mse", "rgb_mse")
    }
    # Both channels are 2 off: |2| + |2|, (4 + 4) / 2, and means of 4.
    assert values == {"ab_l1": 4.0, "ab_l2": 4.0, "uv_mse": 4.0, "rgb_mse": 4.0}


def test_accuracy_of_rgb_is_what_keras_makes_of_the_word():
    truth = np.array([[9, 1, 2], [1, 9, 2], [1, 2, 9], [5, 5, 5]], "float32")
    predicted = np.array(
        [[3, 2, 2], [7, 7, 1], [5, 5, 5], [9, 8, 8]], "float32"
    )
    truth, predicted = truth.reshape(1, 2, 2, 3), predicted.reshape(1, 2, 2, 3)
    (ours,) = build_losses(LossConfig(name="rgb_mse", prior=None), None)[
        "metrics"
    ]
    ours.update_state(truth, predicted)
    # Red is right; green and blue lose to red, which equal channels count
    # as, so that the last one is right as well.
    assert float(ours.result()) == 0.5
    model = keras.Sequential([keras.Input((2, 2, 3)), keras.layers.Identity()])
    model.compile(loss="mse", metrics=["accuracy"])
    report = model.evaluate(predicted, truth, verbose=0, return_dict=True)
    assert report["accuracy"] == 0.5
    assert ours.name == "accuracy"


def test_two_heads_get_the_weights_of_the_siggraph17_total():
    losses = build_losses(LossConfig(name="siggraph17"), None)
    assert set(losses["loss"]) == {"ab", "q_logits"}
    # 10 times the L1 error in units of 110, plus the cross-entropy.
    assert losses["loss_weights"]["ab"] == pytest.approx(10 / 110)
    assert losses["loss_weights"]["q_logits"] == 1.0


def test_hybrid_weighs_its_regression_as_configured():
    ab = np.full((1, 2, 3, 2), 40.0, "float32")
    q_logits = np.zeros((1, 2, 3, 313), "float32")
    ones = np.ones(313)
    values = [
        float(loss_of("hybrid", ones, regression_weight=w)(ab, q_logits))
        for w in (0.0, 0.1, 0.2)
    ]
    assert values[0] == pytest.approx(np.log(313), rel=1e-5)
    assert values[2] - values[0] == pytest.approx(
        2 * (values[1] - values[0]), rel=1e-4
    )
    assert values[1] > values[0]
    with pytest.raises(ValueError, match='loss "hybrid" needs rebalancing'):
        build_losses(LossConfig(name="hybrid"), None)


def optimizer_of(**settings):
    return build_optimizer(OptimizerConfig(**settings), ScheduleConfig(), 10)


def loss_of(name, weights=None, **settings):
    return build_losses(LossConfig(name=name, **settings), weights)["loss"]


def make_model():
    inputs = keras.Input((3,))
    outputs = keras.layers.Dense(
        2, kernel_initializer="ones", bias_initializer="ones"
    )(inputs)
    return keras.Model(inputs, outputs)
