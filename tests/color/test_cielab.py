"""CIELAB: against scikit-image, round trips, gradients, graphs, misuse."""

import json
import pathlib

import keras
import numpy as np
import pytest
from keras import ops
from skimage import color

from keras_colorize.color import cielab
from keras_colorize.color import cielab_numpy

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens"
VECTORS = json.loads((GOLDENS / "color_vectors.json").read_text())
NAMED_RGB = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "white": (255, 255, 255),
    "gray128": (128, 128, 128),
}


@pytest.fixture
def rgb():
    return np.random.default_rng(0).random((2, 24, 40, 3)).astype("float32")


def to_numpy(x):
    return ops.convert_to_numpy(x)


def test_lab_equals_scikit_image(rgb):
    expected = color.rgb2lab(rgb.astype("float64"))
    assert np.abs(to_numpy(cielab.rgb_to_lab(rgb)) - expected).max() < 1e-3


@pytest.mark.parametrize("name", NAMED_RGB)
def test_lab_of_named_colors(name):
    rgb = np.array(NAMED_RGB[name], "float32") / 255
    lab = to_numpy(cielab.rgb_to_lab(rgb))
    np.testing.assert_allclose(lab, VECTORS["lab_skimage"][name], atol=1e-3)


def test_rgb_equals_scikit_image_inside_the_gamut(rgb):
    lab = color.rgb2lab(rgb).astype("float32")
    expected = color.lab2rgb(lab)
    assert np.abs(to_numpy(cielab.lab_to_rgb(lab)) - expected).max() < 1e-4


def test_round_trip_returns_the_photo(rgb):
    back = to_numpy(cielab.lab_to_rgb(cielab.rgb_to_lab(rgb)))
    assert np.abs(back - rgb).max() < 1e-4


def test_colors_outside_srgb_are_clipped():
    lab = np.array([[50.0, 120.0, -120.0], [0.0, 40.0, 0.0]], "float32")
    rgb = to_numpy(cielab.lab_to_rgb(lab))
    assert rgb.min() >= 0.0 and rgb.max() <= 1.0


def test_every_gray_level_has_no_chroma_and_its_own_lightness():
    gray = np.arange(256, dtype="float32")[:, None] / 255
    lab = to_numpy(cielab.rgb_to_lab(np.repeat(gray, 3, axis=-1)))
    L = to_numpy(cielab.luma_to_L(gray))
    np.testing.assert_allclose(lab[:, :1], L, atol=1e-3)
    assert np.abs(lab[:, 1:]).max() < 0.01  # the matrix's own rounding
    np.testing.assert_allclose(to_numpy(cielab.L_to_luma(L)), gray, atol=1e-5)


def test_gray_value_is_not_lightness():
    # L* = 50 is linear light 0.1842, encoded 0.4663.
    luma = to_numpy(cielab.L_to_luma(np.array([[50.0]], "float32")))
    assert luma[0, 0] == pytest.approx(0.4663, abs=1e-4)


def test_numpy_twin_computes_the_same(rgb):
    lab = to_numpy(cielab.rgb_to_lab(rgb))
    np.testing.assert_allclose(cielab_numpy.rgb_to_lab(rgb), lab, atol=1e-3)
    np.testing.assert_allclose(
        cielab_numpy.lab_to_rgb(lab),
        to_numpy(cielab.lab_to_rgb(lab)),
        atol=1e-5,
    )
    gray = rgb[..., :1]
    L = cielab_numpy.luma_to_L(gray)
    np.testing.assert_allclose(L, to_numpy(cielab.luma_to_L(gray)), atol=1e-3)
    np.testing.assert_allclose(cielab_numpy.L_to_luma(L), gray, atol=1e-4)


def test_linear_light_enters_behind_the_curve(rgb):
    linear = np.where(
        rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92
    ).astype("float32")
    np.testing.assert_allclose(
        to_numpy(cielab.linear_to_lab(linear)),
        to_numpy(cielab.rgb_to_lab(rgb)),
        atol=1e-3,
    )


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="uses tf.GradientTape"
)
@pytest.mark.parametrize("level", [0.0, 1e-6, 0.04045, 0.5, 1.0])
def test_gradients_are_finite_from_black_to_white(level):
    import tensorflow as tf

    rgb = tf.fill((1, 3), level)
    with tf.GradientTape() as tape:
        tape.watch(rgb)
        lab = cielab.rgb_to_lab(rgb)
    assert np.isfinite(tape.gradient(lab, rgb)).all()
    lab = tf.constant([[0.0, 0.0, 0.0], [100.0, 0.0, 0.0], [8.0, 90.0, 99.0]])
    with tf.GradientTape() as tape:
        tape.watch(lab)
        rgb = cielab.lab_to_rgb(lab)
    assert np.isfinite(tape.gradient(rgb, lab)).all()


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="uses tf.data"
)
def test_same_numbers_inside_tf_data_and_eager(rgb):
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices(rgb).map(cielab.rgb_to_lab)
    mapped = np.stack([lab.numpy() for lab in dataset])
    np.testing.assert_allclose(
        mapped, to_numpy(cielab.rgb_to_lab(rgb)), atol=1e-4
    )


def test_half_precision_is_computed_in_float32():
    rgb = ops.cast(np.full((2, 3), 0.25, "float32"), "bfloat16")
    lab = cielab.rgb_to_lab(rgb)
    assert keras.backend.standardize_dtype(lab.dtype) == "float32"


def test_uint8_photo_is_refused_with_the_fix():
    with pytest.raises(TypeError, match="divide by 255"):
        cielab.rgb_to_lab(np.zeros((4, 6, 3), "uint8"))


def test_wrong_channel_count_is_refused():
    with pytest.raises(ValueError, match=r"3 channel.*Received: shape=\(4, 4"):
        cielab.lab_to_rgb(np.zeros((4, 4), "float32"))
    with pytest.raises(ValueError, match="1 channel"):
        cielab.luma_to_L(np.zeros((4, 3), "float32"))


def test_clipped_ab_is_the_box_around_all_colors():
    levels = np.linspace(0, 1, 9, dtype="float32")
    rgb = np.stack(np.meshgrid(levels, levels, levels), axis=-1)
    ab = ops.convert_to_numpy(cielab.rgb_to_lab(rgb))[..., 1:]
    clipped = ops.convert_to_numpy(cielab.clip_ab(ab))
    np.testing.assert_allclose(clipped, ab, atol=2e-3)
    # Corners of the cube are where the colors touch the box.
    lowest, highest = ab.min(axis=(0, 1, 2)), ab.max(axis=(0, 1, 2))
    np.testing.assert_allclose(lowest, cielab.AB_MIN, atol=0.01)
    np.testing.assert_allclose(highest, cielab.AB_MAX, atol=0.01)
    wild = np.array([[-300.0, 300.0], [300.0, -300.0]], "float32")
    np.testing.assert_allclose(
        ops.convert_to_numpy(cielab.clip_ab(wild)),
        [[-86.183, 94.478], [98.233, -107.857]],
        rtol=1e-6,
    )
