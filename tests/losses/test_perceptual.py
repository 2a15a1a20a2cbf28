"""The perceptual loss: its layers and weights, its file, its gradient."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.encoders.vgg16 import build_judging_vgg16
from keras_colorize.losses.perceptual import LAYER_WEIGHTS
from keras_colorize.losses.perceptual import PerceptualLoss

TINY = (2, 3, 4, 5, 6)


def to_numpy(x):
    return ops.convert_to_numpy(x)


@pytest.fixture
def photos():
    rng = np.random.default_rng(0)
    return rng.uniform(size=(2, 2, 32, 48, 3)).astype("float32")


def test_equal_photos_cost_nothing(photos):
    loss = PerceptualLoss(None, filters=TINY)
    assert float(loss(photos[0], photos[0])) == 0.0


def test_sums_the_weighted_distances_of_five_convolutions(photos):
    loss = PerceptualLoss(None, filters=TINY)
    truth, photo = (loss.network(x) for x in photos)
    distances = [
        np.abs(to_numpy(a) - to_numpy(b)).mean()
        for a, b in zip(truth, photo, strict=True)
    ]
    weights = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]
    assert list(LAYER_WEIGHTS) == weights
    expected = np.dot(weights, distances)
    assert float(loss(*photos)) == pytest.approx(expected, rel=1e-5)


def test_features_are_before_relu_and_of_photos_of_0_to_255(photos):
    network = build_judging_vgg16(TINY)
    features = network(photos[0])
    assert [tuple(x.shape) for x in features] == [
        (2, 32, 48, 2),
        (2, 16, 24, 3),
        (2, 8, 12, 4),
        (2, 4, 6, 5),
        (2, 2, 3, 6),
    ]
    assert all(to_numpy(x).min() < 0 for x in features)
    conv = network.get_layer("block1_conv1")
    bgr = 255 * photos[0][..., ::-1] - [103.939, 116.779, 123.68]
    expected = to_numpy(conv(bgr.astype("float32"))) / 57.6
    np.testing.assert_allclose(to_numpy(features[0]), expected, atol=1e-4)


def test_weights_of_a_file_are_loaded_and_asked_for_again(tmp_path, photos):
    keras.utils.set_random_seed(1)
    arrays = {
        "__".join(w.path.split("/")[-2:]): np.array(to_numpy(w))
        for w in build_judging_vgg16(TINY).weights
    }
    np.savez(tmp_path / "vgg.npz", **arrays)
    loss = PerceptualLoss(tmp_path / "vgg.npz", filters=TINY)
    again = PerceptualLoss.from_config(loss.get_config())
    assert float(again(*photos)) == float(loss(*photos))
    arrays.pop("block5_conv1__bias")
    np.savez(tmp_path / "short.npz", **arrays)
    with pytest.raises(ValueError, match="lacks 'block5_conv1__bias'"):
        PerceptualLoss(tmp_path / "short.npz", filters=TINY)
    with pytest.raises(FileNotFoundError, match="path of an .npz file"):
        PerceptualLoss(tmp_path / "absent.npz", filters=TINY)


def test_one_weight_per_layer_is_asked_for():
    with pytest.raises(ValueError, match="must be 5 floats"):
        PerceptualLoss(None, layer_weights=(1.0,), filters=TINY)


def test_nothing_of_the_network_is_trained():
    loss = PerceptualLoss(None, filters=TINY)
    assert loss.network.trainable_weights == []
