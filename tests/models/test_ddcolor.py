"""DDColor: parity with the release's goldens, the traps, learning, misuse."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.convert.checkpoint import RELEASES
from keras_colorize.convert.release import load_release
from keras_colorize.encoders.convnext import arrays_of_applications
from keras_colorize.encoders.convnext import build_convnext
from keras_colorize.encoders.convnext import gelu
from keras_colorize.encoders.pretrained import assign_arrays
from keras_colorize.layers.blur import blur
from keras_colorize.layers.pixel_shuffle import PixelShuffle
from keras_colorize.models.ddcolor.colorizer import DDColorColorizer
from keras_colorize.models.registry import create_model
from tests.models.tiny import tiny_overrides
from tests.synthetic_weights import GOLDENS
from tests.synthetic_weights import synthetic_state_dict

TINY = tiny_overrides("ddcolor")


def to_numpy(x):
    return ops.convert_to_numpy(x)


def channels_first(x):
    return to_numpy(x).transpose(0, 3, 1, 2)


def assert_close(ours, golden, tolerance=2e-5):
    assert ours.shape == golden.shape
    assert np.abs(ours - golden).max() <= tolerance * np.abs(golden).max()


@pytest.fixture(scope="module")
def released():
    """ddcolor_tiny with the synthetic weights of the goldens."""
    release = RELEASES["ddcolor_tiny"]
    model = create_model("ddcolor_tiny")
    load_release(model, synthetic_state_dict("ddcolor"), release)
    return model


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDENS / "ddcolor.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def outputs(released, golden):
    """What the layers give for the golden photo, which is not gray."""
    names = ["decoder0_norm", "decoder1_norm", "decoder2_norm"]
    names += ["last_up_conv", "color_decoder", "ab"]
    rgb = released.get_layer("rgb").output
    tensors = {name: released.get_layer(name).output for name in names}
    network = keras.Model(rgb, tensors)
    photo = golden["rgb"].transpose(0, 2, 3, 1)
    normalized = released.get_layer("normalized")(photo)
    features = released.get_layer("encoder")(normalized)
    return {**network(photo), "encoder": features}


def test_tiny_equals_the_release_under_synthetic_weights(outputs, golden):
    assert np.abs(golden["ab"]).max() > 1
    np.testing.assert_allclose(
        channels_first(outputs["ab"]), golden["ab"], atol=1e-4
    )


def test_features_and_stages_equal_those_of_the_release(outputs, golden):
    for i, feature in enumerate(outputs["encoder"]):
        assert_close(channels_first(feature)[:, ::16], golden[f"feat{i}_sub"])
    for i in range(3):
        stage = channels_first(outputs[f"decoder{i}_norm"])
        assert_close(stage[:, ::32, ::2, ::2], golden[f"out{i}_sub"])


def test_queries_meet_pixels_as_in_the_release(outputs, golden):
    # The product that the model itself never builds.
    pixels = blur(PixelShuffle(4)(outputs["last_up_conv"]))
    assert_close(channels_first(pixels)[:, ::32, ::8, ::8], golden["out3_sub"])
    maps = ops.einsum("bqc,bhwc->bhwq", outputs["color_decoder"], pixels)
    maps = channels_first(maps)[:, ::10, ::8, ::8]
    assert_close(maps, golden["queries_out_sub"])


def test_norms_have_the_constants_of_the_release():
    model = create_model("ddcolor_nano", **TINY)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            assert (layer.epsilon, layer.momentum) == (1e-5, 0.9), layer.name
    encoder = model.get_layer("encoder")
    norms = [x for x in encoder.layers if "norm" in x.name]
    assert len(norms) == 4 + 4 + 4 * 1  # patches, features, blocks
    assert {layer.epsilon for layer in norms} == {1e-6}
    colors = model.get_layer("color_decoder")
    norms = [colors.norm]
    for block in colors.blocks:
        norms += [block.cross_norm, block.self_norm, block.feedforward_norm]
    assert {layer.epsilon for layer in norms} == {1e-5}


def test_gelu_is_the_exact_one():
    x = ops.convert_to_tensor([-3.0, -0.7, 0.0, 0.5, 2.0], "float32")
    # x times the normal cumulative distribution, from a table.
    expected = [-0.00405, -0.16937, 0.0, 0.34573, 1.9545]
    np.testing.assert_allclose(to_numpy(gelu(x)), expected, atol=1e-4)
    exact = keras.activations.gelu(x, approximate=False)
    np.testing.assert_allclose(to_numpy(gelu(x)), to_numpy(exact), atol=1e-6)


def fresh_norms(encoder):
    return {
        "__".join(w.path.split("/")[-2:]): to_numpy(w)
        for w in encoder.weights
        if w.path.startswith("norm")
    }


@pytest.mark.slow
def test_encoder_takes_the_weights_of_keras_applications():
    published = keras.applications.ConvNeXtTiny(
        include_top=False, include_preprocessing=False, weights=None
    )
    encoder = build_convnext((3, 3, 9, 3), (96, 192, 384, 768))
    arrays = arrays_of_applications(published)
    ours = {
        "__".join(w.path.split("/")[-2:]): tuple(w.shape)
        for w in encoder.weights
        if not w.path.startswith("norm")
    }
    shapes = {name: array.shape for name, array in arrays.items()}
    extra = {n: s for n, s in shapes.items() if n not in ours}
    assert {n: shapes[n] for n in ours} == ours
    # The norm that only its classifier reads.
    assert list(extra.values()) == [(768,), (768,)]
    # And they do the same: its last norm is as fresh as ours.
    assign_arrays(encoder, {**arrays, **fresh_norms(encoder)}, "published")
    photo = np.random.default_rng(0).normal(size=(1, 64, 96, 3)).astype("f")
    np.testing.assert_allclose(
        to_numpy(encoder(photo)[-1]), to_numpy(published(photo)), atol=1e-4
    )


def test_encoder_weights_of_a_file_are_loaded_strictly(tmp_path):
    model = create_model("ddcolor_nano", **TINY)
    encoder = model.get_layer("encoder")
    rng = np.random.default_rng(0)
    arrays = {
        "__".join(w.path.split("/")[-2:]): rng.normal(size=w.shape)
        for w in encoder.weights
        if not w.path.startswith("norm")
    }
    np.savez(tmp_path / "encoder.npz", **arrays)
    model.load_encoder_weights(tmp_path / "encoder.npz")
    kernel = to_numpy(encoder.get_layer("stem_conv").kernel)
    np.testing.assert_allclose(kernel, arrays["stem_conv__kernel"], rtol=1e-6)
    arrays.pop("stage1_block0_layer_scale__gamma")
    np.savez(tmp_path / "short.npz", **arrays)
    with pytest.raises(ValueError, match="lacks 'stage1_block0_layer_scale"):
        model.load_encoder_weights(tmp_path / "short.npz")
    with pytest.raises(ValueError, match="Received: 4 filters"):
        model.load_encoder_weights("imagenet")


@pytest.mark.parametrize(
    "change",
    [
        {"encoder_depths": (1, 1, 1)},
        {"encoder_filters": (4, 6, 8, 0)},
        {"decoder_filters": (8, 8)},
        {"decoder_filters": (8, 8, 6)},
        {"num_heads": 3},
        {"num_queries": 0},
        {"num_layers": 0},
    ],
)
def test_impossible_arguments_are_refused(change):
    with pytest.raises(ValueError, match="Received: "):
        DDColorColorizer(**{**TINY, **change})


def test_more_queries_and_layers_change_the_colors():
    L = np.random.default_rng(0).uniform(0, 100, (1, 32, 64, 1)).astype("f")
    predictions = []
    for change in ({}, {"num_queries": 6}, {"num_layers": 4}):
        keras.utils.set_random_seed(0)
        model = create_model("ddcolor_nano", **{**TINY, **change})
        predictions.append(to_numpy(model(L)))
    assert np.abs(predictions[1] - predictions[0]).max() > 1e-4
    assert np.abs(predictions[2] - predictions[0]).max() > 1e-4
