import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.losses.adversarial import KINDS
from keras_colorize.losses.adversarial import adversarial_loss
from keras_colorize.losses.adversarial import check_kind

LOGITS = np.array([[-2.0, 0.0, 0.5, 3.0]], "float32")


def loss_of(y_true, kind, for_generator=False):
    loss = adversarial_loss(y_true, LOGITS, kind, for_generator)
    return ops.convert_to_numpy(loss)[0]


@pytest.mark.parametrize(
    ("kind", "real", "fake", "generator"),
    [
        (
            # log(1 + e^2), log 2, log(1 + e^-0.5), log(1 + e^-3), and with
            # the other sign.
            "vanilla",
            [2.126928, 0.693147, 0.474077, 0.048587],
            [0.126928, 0.693147, 0.974077, 3.048587],
            [2.126928, 0.693147, 0.474077, 0.048587],
        ),
        (
            "least_squares",
            [9.0, 1.0, 0.25, 4.0],
            [4.0, 0.0, 0.25, 9.0],
            [9.0, 1.0, 0.25, 4.0],
        ),
        (
            "hinge",
            [3.0, 1.0, 0.5, 0.0],
            [0.0, 1.0, 1.5, 4.0],
            [2.0, 0.0, -0.5, -3.0],
        ),
    ],
)
def test_values_by_hand(kind, real, fake, generator):
    np.testing.assert_allclose(loss_of(1, kind), real, rtol=1e-5)
    np.testing.assert_allclose(loss_of(0, kind), fake, rtol=1e-5)
    np.testing.assert_allclose(loss_of(1, kind, True), generator, rtol=1e-5)


def test_vanilla_is_the_cross_entropy_of_keras():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 3, 5, 1)).astype("float32")
    y_true = rng.integers(0, 2, logits.shape).astype("float32")
    reference = keras.losses.BinaryCrossentropy(from_logits=True)
    ours = float(ops.mean(adversarial_loss(y_true, logits)))
    assert ours == pytest.approx(float(reference(y_true, logits)), rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_large_logits_stay_finite(kind):
    logits = np.array([-1e4, 1e4], "float32")
    for y_true in (0, 1):
        loss = adversarial_loss(y_true, logits, kind)
        assert np.isfinite(ops.convert_to_numpy(loss)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_half_precision_logits_are_judged_in_float32(kind):
    loss = adversarial_loss(1, ops.cast(LOGITS, "bfloat16"), kind)
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"


def test_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="Received: 'wasserstein'"):
        adversarial_loss(1, LOGITS, "wasserstein")
    with pytest.raises(ValueError, match="vanilla, least_squares, hinge"):
        check_kind("lsgan")
