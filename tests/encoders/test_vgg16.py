"""VGG16 features: sizes, preprocessing, and weights that must fit."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.encoders.vgg16 import build_vgg16
from keras_colorize.encoders.vgg16 import load_vgg16_weights

TINY = (2, 3, 4, 5)


def arrays_of(model, seed=0):
    """Random weights by the keys of a file."""
    rng = np.random.default_rng(seed)
    return {
        "__".join(w.path.split("/")[-2:]): rng.normal(size=w.shape).astype(
            "float16"
        )
        for w in model.weights
    }


def test_parameters_are_those_of_vgg16_up_to_its_fourth_block():
    assert build_vgg16().count_params() == 7_635_264


def test_features_are_the_last_convolutions_of_the_blocks():
    model = build_vgg16(TINY)
    features = model(np.full((2, 24, 40, 1), 0.5, "float32"))
    assert [tuple(x.shape) for x in features] == [
        (2, 24, 40, 2),
        (2, 12, 20, 3),
        (2, 6, 10, 4),
        (2, 3, 5, 5),
    ]
    for x in features:  # after ReLU
        assert ops.convert_to_numpy(x).min() >= 0


def test_gray_becomes_bgr_of_0_to_255_minus_the_mean():
    model = build_vgg16(TINY)
    preprocess = keras.Model(model.input, model.get_layer("preprocess").output)
    bgr = ops.convert_to_numpy(preprocess(np.full((1, 1, 1, 1), 0.4, "f")))
    expected = 102 - np.array([103.939, 116.779, 123.68])
    np.testing.assert_allclose(bgr[0, 0, 0], expected, rtol=1e-5)


def test_weights_of_a_file_are_loaded_and_others_left_alone(tmp_path):
    model = build_vgg16(TINY)
    arrays = arrays_of(model)
    np.savez(tmp_path / "w.npz", **arrays, block5_conv1__bias=np.zeros(3))
    load_vgg16_weights(model, tmp_path / "w.npz")
    kernel = ops.convert_to_numpy(model.get_layer("block3_conv2").kernel)
    np.testing.assert_array_equal(kernel, arrays["block3_conv2__kernel"])


def test_file_that_does_not_fit_changes_nothing(tmp_path):
    model = build_vgg16(TINY)
    before = model.get_weights()
    arrays = arrays_of(model)
    arrays.pop("block4_conv3__bias")
    np.savez(tmp_path / "short.npz", **arrays)
    with pytest.raises(ValueError, match="lacks 'block4_conv3__bias'"):
        load_vgg16_weights(model, tmp_path / "short.npz")
    np.savez(tmp_path / "other.npz", **arrays_of(build_vgg16((2, 3, 4, 6))))
    with pytest.raises(ValueError, match="should have the shape"):
        load_vgg16_weights(model, tmp_path / "other.npz")
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_unreadable_files_are_explained(tmp_path):
    model = build_vgg16(TINY)
    with pytest.raises(FileNotFoundError, match="path of an .npz file"):
        load_vgg16_weights(model, tmp_path / "missing.npz")
    np.savez(tmp_path / "whole.npz", **arrays_of(model))
    cut = tmp_path / "cut.npz"
    cut.write_bytes((tmp_path / "whole.npz").read_bytes()[:500])
    with pytest.raises(ValueError, match="may be truncated"):
        load_vgg16_weights(model, cut)


def test_filters_must_be_four():
    with pytest.raises(ValueError, match="one per block"):
        build_vgg16((64, 128, 256))
