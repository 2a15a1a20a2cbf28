"""Hypercolumn: frozen encoder, counts, equality with the naive network."""

import keras
import numpy as np
import pytest
from keras import layers
from keras import ops

from keras_colorize.layers.bilinear_upsampling import BilinearUpsampling
from keras_colorize.models.hypercolumn.colorizer import HypercolumnColorizer
from keras_colorize.models.registry import create_model

TINY = {"shallow_filters": (6, 4), "encoder_filters": (4, 6, 8, 8)}


def lightness(height, width, batch=2):
    rng = np.random.default_rng(height * width)
    return rng.uniform(0, 100, (batch, height, width, 1)).astype("float32")


def naive_output(model, L):
    """What the source describes: 960 channels at full size, convolved."""
    levels = model.encoder(model.get_layer("luma")(L))
    hypercolumn = ops.concatenate(
        [
            scale * (BilinearUpsampling(2**i)(x) if i else x)
            for i, (x, scale) in enumerate(
                zip(levels, model.level_scales, strict=True)
            )
        ],
        axis=-1,
    )
    first = layers.Conv2D(
        model.shallow_filters[0], 3, padding="same", activation="relu"
    )
    first.build(hypercolumn.shape)
    first.set_weights(model.get_layer("shallow_conv1").get_weights())
    x = first(hypercolumn)
    for name in ("shallow_conv2", "uv_scaled", "uv"):
        x = model.get_layer(name)(x)
    return ops.convert_to_numpy(x)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("size", [(8, 24), (40, 16)])
def test_equals_the_naive_network(size, training):
    model = HypercolumnColorizer(**TINY)
    L = lightness(*size)
    expected = naive_output(model, L)
    found = ops.convert_to_numpy(model(L, training=training))
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


def test_full_width_equals_the_naive_network():
    model = create_model("hypercolumn_vgg16")
    L = lightness(32, 48, batch=1)
    expected = naive_output(model, L)
    found = ops.convert_to_numpy(model(L))
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


def test_head_of_one_pixel_has_the_published_count():
    model = create_model("hypercolumn_vgg16", head_kernel_size=1)
    trainable = sum(np.prod(w.shape) for w in model.trainable_weights)
    assert trainable == 1_179_970


def test_encoder_stays_frozen_through_saving_and_config(tmp_path):
    model = HypercolumnColorizer(**TINY)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    again = HypercolumnColorizer.from_config(model.get_config())
    for one in (model, loaded, again):
        for _ in range(2):
            assert not one.encoder.trainable_weights
            assert len(one.trainable_weights) == 6
            one.trainable = False
            one.trainable = True


def test_training_leaves_the_encoder_as_it_is():
    model = HypercolumnColorizer(**TINY)
    before = model.encoder.get_weights()
    model.compile(optimizer="adam", loss="mse")
    model.fit(lightness(16, 24), np.zeros((2, 16, 24, 2)), verbose=0)
    for old, new in zip(before, model.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_overfits_one_photo():
    keras.utils.set_random_seed(0)
    rows = np.mgrid[0:32, 0:48][0]
    L = np.where(rows < 16, 30.0, 70.0)[None, ..., None].astype("float32")
    uv = np.where((rows < 16)[..., None], (0.2, -0.1), (-0.2, 0.3))[None]
    model = HypercolumnColorizer(
        (12, 8), encoder_filters=(4, 6, 8, 8), level_scales=(1 / 64,) * 4
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse")
    history = model.fit(L, uv, epochs=60, verbose=0).history["loss"]
    assert history[-1] < 0.1 * np.mean(uv**2)  # gray predicts zeros


@pytest.mark.parametrize(
    "arguments",
    [
        {"shallow_filters": (128,)},
        {"head_kernel_size": 5},
        {"encoder_filters": (64, 128)},
        {"level_scales": (1.0, 1.0, 1.0, 0.0)},
    ],
)
def test_impossible_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received: "):
        HypercolumnColorizer(**arguments)
