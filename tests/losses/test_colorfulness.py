"""The colorfulness loss: by hand, gray photos, gradients."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.losses.colorfulness import ColorfulnessLoss
from keras_colorize.losses.colorfulness import colorfulness_loss


def to_numpy(x):
    return ops.convert_to_numpy(x)


def test_two_pixels_computed_by_hand():
    # rg = |R - G|: 0.5, 0.1; yb = |(R + G) / 2 - B|: 0.25, 0.45.
    photo = np.array([[[0.5, 0.0, 0.5], [0.2, 0.3, 0.7]]], "float32")
    # Unbiased variances 0.08 and 0.02, means 0.3 and 0.35.
    spread, center = np.sqrt(0.1), np.sqrt(0.3**2 + 0.35**2)
    expected = 1 - (spread + 0.3 * center)
    loss = to_numpy(colorfulness_loss(photo[None]))
    np.testing.assert_allclose(loss, [expected], rtol=1e-5)


def test_photos_are_judged_one_by_one_and_averaged():
    rng = np.random.default_rng(0)
    photos = rng.uniform(size=(3, 4, 6, 3)).astype("float32")
    alone = [float(colorfulness_loss(x[None])[0]) for x in photos]
    assert to_numpy(colorfulness_loss(photos)) == pytest.approx(alone)
    loss = float(ColorfulnessLoss()(photos, photos))
    assert loss == pytest.approx(np.mean(alone))
    summed = float(ColorfulnessLoss(reduction="sum")(photos, photos))
    assert summed == pytest.approx(np.sum(alone))


def test_gray_costs_most_and_has_a_finite_slope():
    gray = np.full((1, 4, 6, 3), 0.4, "float32")
    assert float(colorfulness_loss(gray)[0]) == pytest.approx(1.0, abs=1e-4)
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    x = tf.constant(gray)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = colorfulness_loss(x)
    assert np.isfinite(tape.gradient(loss, x)).all()


def test_config_round_trip():
    loss = ColorfulnessLoss(reduction="sum")
    again = ColorfulnessLoss.from_config(loss.get_config())
    assert again.reduction == "sum"
