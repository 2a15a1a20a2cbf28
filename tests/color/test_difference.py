from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops
from skimage.color import deltaE_ciede2000

from keras_colorize.color import cielab_numpy
from keras_colorize.color import difference
from keras_colorize.color.difference import delta_e_2000

GOLDENS = Path(__file__).parents[1] / "goldens" / "ciede2000_pairs.csv"
PAIRS = np.loadtxt(GOLDENS, delimiter=",", skiprows=1)
# Pairs at which differences have no unique derivative.
CORNERS = {
    "identical": ([50.0, 20.0, -30.0], [50.0, 20.0, -30.0]),
    "identical grays": ([50.0, 0.0, 0.0], [50.0, 0.0, 0.0]),
    "black and white": ([0.0, 0.0, 0.0], [100.0, 0.0, 0.0]),
    "gray and color": ([50.0, 0.0, 0.0], [50.0, 40.0, -50.0]),
    "nearly gray": ([50.0, 1e-20, 1e-25], [50.0, -1e-30, 1e-8]),
    "opposite hues": ([50.0, 30.0, 0.0], [50.0, -30.0, 0.0]),
    "opposite blues": ([50.0, 0.0, 40.0], [50.0, 0.0, -40.0]),
    "nearly identical": ([50.0, 20.0, -30.0], [50.0, 20.0, -30.0001]),
}


def random_lab(shape, seed):
    rng = np.random.default_rng(seed)
    lab = rng.uniform([0, -86, -108], [100, 98, 94], (*shape, 3))
    return lab.astype("float32")


def numpy(x):
    return ops.convert_to_numpy(x)


def gradients(lab1, lab2):
    """d sum(delta E) / d (lab1, lab2), on the backend in use."""
    lab1, lab2 = (np.asarray(lab, "float32") for lab in (lab1, lab2))
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        x, y = tf.constant(lab1), tf.constant(lab2)
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            total = tf.reduce_sum(delta_e_2000(x, y))
        return [g.numpy() for g in tape.gradient(total, [x, y])]
    if backend == "torch":
        import torch

        x, y = (torch.tensor(v, requires_grad=True) for v in (lab1, lab2))
        delta_e_2000(x, y).sum().backward()
        return [x.grad.numpy(), y.grad.numpy()]
    import jax

    total = jax.grad(lambda x, y: delta_e_2000(x, y).sum(), argnums=(0, 1))
    return [np.asarray(g) for g in total(lab1, lab2)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ciede2000_equals_the_published_table(dtype):
    lab1, lab2 = PAIRS[:, :3].astype(dtype), PAIRS[:, 3:6].astype(dtype)
    assert PAIRS.shape == (34, 7)
    # The table has four digits.
    expected = PAIRS[:, 6]
    np.testing.assert_allclose(
        numpy(delta_e_2000(lab1, lab2)), expected, atol=6e-5
    )
    np.testing.assert_allclose(
        numpy(delta_e_2000(lab2, lab1)), expected, atol=6e-5
    )


@pytest.mark.parametrize("distance", [0.1, 2.0, 100.0])
def test_ciede2000_equals_scikit_image(distance):
    lab1 = random_lab((40, 60), seed=1)
    lab2 = lab1 + distance / 100.0 * (random_lab((40, 60), seed=2) - lab1)
    expected = deltaE_ciede2000(lab1.astype("float64"), lab2.astype("float64"))
    result = numpy(delta_e_2000(lab1, lab2))
    np.testing.assert_allclose(result, expected, atol=2e-4)


def test_identical_colors_differ_by_zero():
    lab = random_lab((3, 5), seed=3)
    assert (numpy(delta_e_2000(lab, lab)) == 0.0).all()


def test_gray_steps_have_the_lightness_difference_of_the_formula():
    # No chroma: delta L / S_L, at the mean L = 50 S_L is 1.
    result = numpy(delta_e_2000([45.0, 0.0, 0.0], [55.0, 0.0, 0.0]))
    np.testing.assert_allclose(result, 10.0, rtol=1e-6)


@pytest.mark.parametrize("pair", CORNERS.values(), ids=CORNERS)
def test_gradients_are_finite_at_corners(pair):
    for gradient in gradients(*pair):
        assert np.isfinite(gradient).all()


def test_gradients_are_the_slopes():
    lab1, lab2 = random_lab((50,), seed=4), random_lab((50,), seed=5)
    direction = np.random.default_rng(6).normal(size=lab1.shape)
    step = 1e-4 * direction
    lab1_64, lab2_64 = lab1.astype("float64"), lab2.astype("float64")
    slopes = deltaE_ciede2000(lab1_64 + step, lab2_64) - deltaE_ciede2000(
        lab1_64 - step, lab2_64
    )
    slopes = slopes / 2e-4
    result = (gradients(lab1, lab2)[0] * direction).sum(-1)
    np.testing.assert_allclose(result, slopes, rtol=2e-3, atol=2e-3)


def test_one_color_is_compared_with_a_whole_photo():
    photo = random_lab((2, 4, 6), seed=7)
    result = numpy(delta_e_2000(photo, [50.0, 10.0, 10.0]))
    assert result.shape == (2, 4, 6)
    one = numpy(delta_e_2000(photo[1, 2, 3], [50.0, 10.0, 10.0]))
    np.testing.assert_allclose(result[1, 2, 3], one, rtol=1e-6)


def test_numpy_gives_the_same_numbers():
    lab1, lab2 = random_lab((50, 30), seed=8), random_lab((50, 30), seed=9)
    np.testing.assert_allclose(
        cielab_numpy.delta_e_2000(lab1, lab2),
        numpy(delta_e_2000(lab1, lab2)),
        rtol=1e-4,
    )
    np.testing.assert_allclose(
        cielab_numpy.delta_e_2000(PAIRS[:, :3], PAIRS[:, 3:6]),
        PAIRS[:, 6],
        atol=1e-4,
    )


def test_half_precision_is_computed_in_single():
    lab = ops.cast([[50.0, 90.0, -100.0]], "bfloat16")
    result = difference.delta_e_2000(
        lab, ops.cast([[50.0, 92, -99]], "float32")
    )
    assert keras.backend.standardize_dtype(result.dtype) == "float32"


def test_misuse_is_refused():
    good = np.zeros((4, 6, 3), "float32")
    with pytest.raises(TypeError, match="`lab2` must be floating point"):
        delta_e_2000(good, good.astype("uint8"))
    with pytest.raises(ValueError, match=r"`lab1` must have 3 channel"):
        delta_e_2000(good[..., :2], good)
