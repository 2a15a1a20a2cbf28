"""Autoencoders: the report's table, the fixed size, learning, misuse."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.color.cielab import L_to_luma
from keras_colorize.color.cielab import rgb_to_lab
from keras_colorize.losses.regression import AbL2
from keras_colorize.models.autoencoder.convolutional import (
    ConvAutoencoderColorizer,
)
from keras_colorize.models.autoencoder.dense import AutoencoderColorizer
from keras_colorize.models.registry import create_model
from tests.helpers import textured_photo

# The summary that the report prints: layer, output shape, parameters.
ENCODER = (
    ("encoder_input", (None, 64, 64, 1), 0),
    ("conv2d", (None, 32, 32, 64), 640),
    ("conv2d_1", (None, 16, 16, 128), 73_856),
    ("conv2d_2", (None, 8, 8, 256), 295_168),
    ("conv2d_3", (None, 4, 4, 512), 1_180_160),
    ("Flatten", (None, 8192), 0),
    ("latent_vector", (None, 512), 4_194_816),
)
DECODER = (
    ("decoder_input", (None, 512), 0),
    ("dense", (None, 8192), 4_202_496),
    ("reshape", (None, 4, 4, 512), 0),
    ("conv2d_transpose", (None, 8, 8, 512), 2_359_808),
    ("conv2d_transpose_1", (None, 16, 16, 256), 1_179_904),
    ("conv2d_transpose_2", (None, 32, 32, 128), 295_040),
    ("conv2d_transpose_3", (None, 64, 64, 64), 73_792),
    ("decoder_output", (None, 64, 64, 3), 1_731),
)
TINY = {"image_size": 16, "stackwise_filters": (8, 16), "latent_size": 24}


def to_numpy(x):
    return ops.convert_to_numpy(x)


def one_photo(size):
    """float32 L (1, size, size, 1) and RGB (1, size, size, 3) of a photo."""
    rgb = textured_photo(size, size)[None].astype("float32") / 255
    return to_numpy(rgb_to_lab(rgb))[..., :1], rgb


def repeat_fit(model, L, truth, steps):
    """Trains on the same photo again and again; one epoch costs least."""
    L, truth = (np.repeat(x, steps, axis=0) for x in (L, truth))
    model.fit(L, truth, batch_size=1, verbose=0)


def test_layers_are_those_of_the_report_s_table():
    model = create_model("autoencoder_64")
    for block, expected in (("encoder", ENCODER), ("decoder", DECODER)):
        table = tuple(
            (layer.name, tuple(layer.output.shape), layer.count_params())
            for layer in model.get_layer(block).layers
        )
        assert table == expected


def test_blocks_have_the_report_s_parameters():
    model = create_model("autoencoder_64")
    assert model.get_layer("encoder").count_params() == 5_744_640
    assert model.get_layer("decoder").count_params() == 8_112_771
    assert model.count_params() == 13_857_411


def test_textbook_s_cifar_model_is_the_small_one_with_half_the_latent_size():
    model = create_model("autoencoder_32", latent_size=256)
    assert model.get_layer("encoder").count_params() == 1_418_496
    assert model.get_layer("decoder").count_params() == 2_013_315
    assert model.count_params() == 3_431_811


def test_encoder_sees_neutral_gray():
    model = AutoencoderColorizer(**TINY)
    L, _ = one_photo(16)
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    np.testing.assert_allclose(
        to_numpy(model(L)), to_numpy(decoder(encoder(L_to_luma(L)))), atol=1e-6
    )


def test_another_size_is_refused_by_the_network_but_not_by_predict_ab():
    model = AutoencoderColorizer(**TINY, name="tiny")
    L = np.full((1, 24, 40, 1), 50.0, "float32")
    with pytest.raises(ValueError, match="tiny.*16 x 16 .*24 x 40"):
        model(L)
    assert model.predict_ab(L).shape == (1, 24, 40, 2)


def test_predicted_ab_is_that_of_the_predicted_rgb():
    model = AutoencoderColorizer(**TINY)
    L, _ = one_photo(16)
    np.testing.assert_allclose(
        to_numpy(model.predict_ab(L)),
        to_numpy(rgb_to_lab(model(L)))[..., 1:],
        atol=1e-3,
    )


@pytest.mark.parametrize(
    "changes", [{"latent_size": 25}, {"stackwise_filters": (8, 16, 16)}]
)
def test_weights_of_another_shape_are_refused(changes, tmp_path):
    path = tmp_path / "model.weights.h5"
    AutoencoderColorizer(**TINY).save_weights(path)
    other = AutoencoderColorizer(**{**TINY, **changes})
    with pytest.raises(ValueError, match="does not hold weights"):
        other.load_weights(path)


def test_stages_of_the_convolutional_one_are_convolution_norm_relu():
    model = create_model("autoencoder_bn")
    kinds = [type(layer).__name__ for layer in model.layers[2:-2]]
    down = ["Conv2D", "BatchNormalization", "ReLU"] * 4
    up = ["Conv2DTranspose", "BatchNormalization", "ReLU"] * 4
    assert kinds == down + up
    filters = [layer.filters for layer in model.layers[2:-2:3]]
    assert filters == [64, 128, 256, 512, 512, 256, 128, 64]
    assert not any(layer.use_bias for layer in model.layers[2:-2:3])


def test_the_convolutional_one_cannot_leave_its_range():
    model = ConvAutoencoderColorizer((4, 6))
    head = model.get_layer("ab_scaled")
    head.set_weights([w * 1e4 for w in head.get_weights()])
    L = np.random.default_rng(0).uniform(0, 100, (2, 12, 20, 1))
    largest = np.abs(to_numpy(model(L.astype("float32")))).max()
    assert 109 < largest <= 110


@pytest.mark.parametrize(
    "changes",
    [
        {"image_size": 18},
        {"image_size": 0},
        {"stackwise_filters": ()},
        {"stackwise_filters": (4, 0)},
        {"latent_size": 0},
    ],
)
def test_impossible_arguments_are_refused(changes):
    with pytest.raises(ValueError, match="Received: "):
        AutoencoderColorizer(**{**TINY, **changes})


@pytest.mark.parametrize("filters", [(), (4, 0)])
def test_impossible_filters_of_the_convolutional_one_are_refused(filters):
    with pytest.raises(ValueError, match="Received: stackwise_filters"):
        ConvAutoencoderColorizer(filters)


def test_overfits_one_photo():
    keras.utils.set_random_seed(0)
    L, rgb = one_photo(16)
    model = AutoencoderColorizer(**TINY)
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
    repeat_fit(model, L, rgb, steps=200)
    ab = to_numpy(rgb_to_lab(rgb))[..., 1:]
    error = np.abs(to_numpy(model.predict_ab(L)) - ab).mean()
    assert error < 0.3 * np.abs(ab).mean()


def test_the_convolutional_one_overfits_one_photo():
    keras.utils.set_random_seed(0)
    L, rgb = one_photo(16)
    ab = to_numpy(rgb_to_lab(rgb))[..., 1:]
    model = ConvAutoencoderColorizer((16, 24))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=AbL2())
    repeat_fit(model, L, ab, steps=60)
    error = np.abs(to_numpy(model.predict_ab(L)) - ab).mean()
    assert error < 0.3 * np.abs(ab).mean()
