"""Pretrained arrays: batch norm folded exactly, files that must fit."""

import keras
import numpy as np
import pytest
from keras import layers
from keras import ops

from keras_colorize.encoders import mobilenet_v1
from keras_colorize.encoders import vgg16
from keras_colorize.encoders.pretrained import assign_arrays
from keras_colorize.encoders.pretrained import fold_batch_norm
from keras_colorize.encoders.pretrained import read_npz
from keras_colorize.encoders.pretrained import take_array


def statistics(channels, seed=0):
    """gamma, beta, moving mean and moving variance."""
    rng = np.random.default_rng(seed)
    gamma, beta, mean = rng.normal(size=(3, channels)).astype("float32")
    variance = rng.uniform(0.1, 2, channels).astype("float32")
    return gamma, beta, mean, variance


@pytest.mark.parametrize("kind", ["plain", "depthwise"])
def test_folded_convolution_equals_convolution_and_batch_norm(kind):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 7, 5, 3)).astype("float32")
    if kind == "plain":
        conv = layers.Conv2D(4, 3, use_bias=False)
    else:
        conv = layers.DepthwiseConv2D(3, use_bias=False)
    norm = layers.BatchNormalization(epsilon=1e-3)
    channels = conv(x).shape[-1]
    norm.build((None, None, None, channels))
    gamma, beta, mean, variance = statistics(channels)
    norm.set_weights([gamma, beta, mean, variance])
    expected = ops.convert_to_numpy(norm(conv(x), training=False))

    kernel, bias = fold_batch_norm(
        conv.get_weights()[0], gamma, beta, mean, variance, 1e-3
    )
    conv.set_weights([kernel])
    found = ops.convert_to_numpy(conv(x)) + bias
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_folding_by_hand():
    # 2 (k x - 3) / sqrt(3 + 1) + 5 = k x + 2
    kernel, bias = fold_batch_norm(
        np.full((1, 1, 1, 1), 7.0),
        *(np.array([value]) for value in (2.0, 5.0, 3.0, 3.0)),
        epsilon=1.0,
    )
    assert kernel.item() == 7.0
    assert bias.item() == 2.0


def dense_model():
    inputs = keras.Input((2,))
    return keras.Model(inputs, layers.Dense(3, name="dense")(inputs))


def test_arrays_are_assigned_by_layer_and_variable():
    model = dense_model()
    kernel = np.arange(6, dtype="float16").reshape(2, 3)
    arrays = {"dense__kernel": kernel, "dense__bias": np.ones(3), "other": 0}
    assign_arrays(model, arrays, "a test")
    np.testing.assert_array_equal(model.get_weights()[0], kernel)


@pytest.mark.parametrize(
    "bias, message",
    [
        (None, "a test does not hold .* lacks 'dense__bias'"),
        (np.ones(4), r"'dense__bias' should have the shape \(3,\)"),
    ],
)
def test_arrays_that_do_not_fit_change_nothing(bias, message):
    model = dense_model()
    before = model.get_weights()
    arrays = {"dense__kernel": np.ones((2, 3))}
    if bias is not None:
        arrays["dense__bias"] = bias
    with pytest.raises(ValueError, match=message):
        assign_arrays(model, arrays, "a test")
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_taken_arrays_are_float32():
    assert take_array({"x": np.ones(2, "float16")}, "x", "f").dtype == "float32"


def test_unreadable_files_are_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match="path of an .npz file"):
        read_npz(tmp_path / "missing.npz")
    whole = tmp_path / "whole.npz"
    np.savez(whole, x=np.ones(1000))
    assert read_npz(whole)["x"].shape == (1000,)
    cut = tmp_path / "cut.npz"
    cut.write_bytes(whole.read_bytes()[:500])
    with pytest.raises(ValueError, match="may be truncated"):
        read_npz(cut)
    changed = bytearray(whole.read_bytes())
    changed[500] ^= 1  # zip files have a checksum of each array
    cut.write_bytes(changed)
    with pytest.raises(ValueError, match="cannot be read.*CRC"):
        read_npz(cut)


@pytest.fixture
def keras_cache(tmp_path, monkeypatch):
    """Folder in which Keras looks before it downloads; empty."""
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def test_download_that_is_not_the_published_file_is_refused(
    keras_cache, monkeypatch
):
    wrong = keras_cache / "wrong.h5"
    wrong.write_bytes(b"not what was published")
    monkeypatch.setattr(
        "keras.src.applications.vgg16.WEIGHTS_PATH_NO_TOP", wrong.as_uri()
    )
    model = vgg16.build_vgg16(filters=(2, 2, 2, 2))
    with pytest.raises(ValueError, match="weights of VGG16.*hash.*Delete its"):
        vgg16.load_vgg16_weights(model)


def test_download_without_a_checksum_is_refused_if_cut_off(keras_cache):
    whole = keras_cache / "whole.weights.h5"
    dense_model().save_weights(whole)
    cut = keras_cache / "mobilenet_7_5_224_tf_no_top.h5"
    cut.write_bytes(whole.read_bytes()[:2000])
    model = mobilenet_v1.build_mobilenet_v1(width=0.1)
    with pytest.raises(ValueError, match="MobileNet.*truncated.*Delete its"):
        mobilenet_v1.load_mobilenet_v1_weights(model)
