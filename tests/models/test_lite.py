"""Lite: encoders, levels, temperature, pretrained weights, misuse."""

import json

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.color.vividness import focus_chroma
from keras_colorize.layers.resize import resize_bilinear
from keras_colorize.layers.resize import shrink_antialiased
from keras_colorize.models import registry
from keras_colorize.models.lite.colorizer import LiteColorizer
from tests.encoders.test_lite_encoders import file_arrays

TINY = {"encoder_width": 0.1, "decoder_filters": (8, 8, 6, 4)}
ENCODERS = (
    "resnet18",
    "resnet18_norms",
    "efficientnet_lite0",
    "mobilenet_v1",
)
VARIANTS = [n for n in registry.model_names() if n.startswith("lite")]


def lightness(height, width, batch=1):
    rng = np.random.default_rng(height * width)
    return rng.uniform(0, 100, (batch, height, width, 1)).astype("float32")


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_stay_below_8_million_parameters(name):
    assert registry.get_spec(name).params <= 8_000_000


@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_level_of_the_encoder_is_used(encoder):
    model = LiteColorizer(encoder, **TINY)
    strides = {
        "decoder32_relu": 32,
        "decoder16_lateral": 16,
        "decoder8_lateral": 8,
        "decoder4_lateral": 4,
    }
    levels = keras.Model(
        model.input, [model.get_layer(name).output for name in strides]
    )
    for x, stride in zip(
        levels(lightness(64, 96)), strides.values(), strict=True
    ):
        assert x.shape[1:3] == (64 // stride, 96 // stride)


@pytest.mark.parametrize("encoder", ["resnet18", "mobilenet_v1"])
def test_the_semantic_encoder_joins_at_its_two_deepest_levels(encoder):
    model = LiteColorizer(encoder, "efficientnet_lite0", **TINY)
    paths = [variable.path for variable in model.weights]
    assert len({*paths}) == len(paths)
    inputs = [
        model.get_layer(name).input
        for name in ("luma", "decoder16_semantic", "decoder32_in_conv")
    ]
    L = lightness(64, 96)
    _, middle, deepest = keras.Model(model.input, inputs)(L)
    luma = model.get_layer("luma")(L)
    *_, stride16, stride32 = model.get_layer("semantic")(luma)
    np.testing.assert_allclose(middle, stride16, rtol=1e-5)
    np.testing.assert_allclose(
        deepest[..., -stride32.shape[-1] :], stride32, rtol=1e-5
    )


def semantic_pair(size):
    """Makes two models; the second one's semantic encoder sees all pixels."""
    models = [
        LiteColorizer("mobilenet_v1", "efficientnet_lite0", bound, **TINY)
        for bound in (size, None)
    ]
    weights = {weight.path: weight for weight in models[0].weights}
    for weight in models[1].weights:
        weight.assign(weights[weight.path])
    return models


def test_up_to_its_size_the_semantic_encoder_sees_all_pixels():
    bounded, free = semantic_pair(64)
    for size in ((64, 64), (64, 160), (96, 32)):
        L = lightness(*size)
        np.testing.assert_array_equal(bounded(L), free(L))


def test_above_its_size_the_semantic_encoder_sees_a_smaller_picture():
    bounded, free = semantic_pair(64)
    L = lightness(128, 192)
    names = ("semantic16", "semantic32", "decoder4_relu")
    outputs = [bounded.get_layer(name).output for name in names]
    *maps, last = keras.Model(bounded.input, outputs)(L)
    seen = shrink_antialiased(free.get_layer("luma")(L), (64, 96))
    meanings = free.get_layer("semantic")(seen)[-2:]
    for resized, features, size in zip(
        maps, meanings, ((8, 12), (4, 6)), strict=True
    ):
        np.testing.assert_allclose(
            resized, resize_bilinear(features, size), rtol=1e-5, atol=1e-6
        )
    assert last.shape[1:3] == (32, 48)


def test_a_size_without_semantic_encoder_is_refused():
    with pytest.raises(ValueError, match="semantic_size=64, semantic_enc"):
        LiteColorizer(semantic_size=64, **TINY)


def test_semantic_weights_reach_their_encoder_alone(tmp_path):
    model = LiteColorizer("resnet18", "efficientnet_lite0", **TINY)
    semantic = model.get_layer("semantic")
    np.savez(tmp_path / "w.npz", **file_arrays("efficientnet_lite0", semantic))
    encoder = model.get_layer("encoder").get_weights()
    before = semantic.get_weights()
    model.load_semantic_weights(tmp_path / "w.npz")
    assert all(
        np.abs(old - new).max() > 0
        for old, new in zip(before, semantic.get_weights(), strict=True)
    )
    for old, new in zip(
        encoder, model.get_layer("encoder").get_weights(), strict=True
    ):
        np.testing.assert_array_equal(old, new)


def test_an_encoder_that_starts_from_random_weights_loads_none(tmp_path):
    model = LiteColorizer("resnet18_norms", **TINY)
    before = model.get_layer("encoder").get_weights()
    with pytest.raises(ValueError, match="learns from random weights"):
        model.load_encoder_weights(tmp_path / "w.npz")
    for old, new in zip(
        before, model.get_layer("encoder").get_weights(), strict=True
    ):
        np.testing.assert_array_equal(old, new)


def test_semantic_weights_need_a_semantic_encoder(tmp_path):
    with pytest.raises(ValueError, match="has no semantic encoder"):
        LiteColorizer(**TINY).load_semantic_weights(tmp_path / "w.npz")


def hinted_lite(seed=0):
    """A model without and one with the branch for hints, else the same."""
    keras.utils.set_random_seed(seed)
    plain = LiteColorizer("resnet18", "efficientnet_lite0", **TINY)
    hinted = LiteColorizer(
        "resnet18", "efficientnet_lite0", takes_hints=True, **TINY
    )
    values = {variable.path: variable for variable in plain.weights}
    for variable in hinted.weights:
        if variable.path in values:
            variable.assign(values[variable.path])
    change = hinted.get_layer("hint_change")
    rng = np.random.default_rng(seed)
    change.kernel.assign(rng.normal(size=change.kernel.shape))
    return plain, hinted


def hint_maps(height, width):
    ab_hint = np.zeros((1, height, width, 2), "float32")
    hint_mask = np.zeros((1, height, width, 1), "float32")
    ab_hint[:, 20:26, 40:46] = (50, -30)
    hint_mask[:, 20:26, 40:46] = 1
    return {"ab_hint": ab_hint, "hint_mask": hint_mask}


def test_without_hints_the_branch_for_them_changes_no_bit():
    plain, hinted = hinted_lite()
    L = lightness(50, 70)  # padded on the way
    expected = ops.convert_to_numpy(plain.predict_ab(L))
    found = ops.convert_to_numpy(hinted.predict_ab(L))
    np.testing.assert_array_equal(found, expected)
    assert expected.std() > 0


def test_hints_change_colors():
    _, hinted = hinted_lite()
    L = lightness(64, 96)
    without = ops.convert_to_numpy(hinted.predict_ab(L))
    found = ops.convert_to_numpy(hinted.predict_ab(L, **hint_maps(64, 96)))
    assert np.abs(found - without)[0, 20:26, 40:46].min() > 0


def test_a_branch_that_has_learned_nothing_changes_nothing():
    model = LiteColorizer(takes_hints=True, **TINY)
    L = lightness(64, 96)
    hinted = model.network_inputs(L, **hint_maps(64, 96))
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model(hinted)), ops.convert_to_numpy(model(L))
    )


@pytest.mark.parametrize("look", ["natural", "vivid"])
def test_a_hint_comes_out_as_asked_where_it_lies(look, monkeypatch):
    _, hinted = hinted_lite()
    monkeypatch.setattr(hinted, "looks", {"vivid": {"vividness": 1.5}})
    L = np.full((1, 64, 96, 1), 60, "float32")

    def distance():
        ab = hinted.predict_ab(L, **hint_maps(64, 96), look=look)
        return np.abs(ops.convert_to_numpy(ab)[0, 23, 43] - (50, -30)).max()

    kept = distance()
    monkeypatch.setattr(hinted, "keeps_hints", False)
    assert kept < 5 < distance()


@pytest.mark.parametrize("given", ["ab_hint", "hint_mask"])
def test_half_a_hint_is_refused(given):
    _, hinted = hinted_lite()
    half = {given: hint_maps(64, 96)[given]}
    with pytest.raises(ValueError, match="belong together"):
        hinted.predict_ab(lightness(64, 96), **half)


def test_lite_without_the_branch_refuses_hints():
    with pytest.raises(ValueError, match="takes no color hints"):
        LiteColorizer(**TINY).predict_ab(lightness(64, 96), **hint_maps(64, 96))


def test_lower_temperatures_move_towards_the_likeliest_bin():
    model = LiteColorizer(**TINY)
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(1, 2, 3, 313)).astype("float32")
    bins = np.array(model.ab_decoder.bins)
    mode = bins[logits.argmax(-1)]
    mean = ops.convert_to_numpy(model.decode_ab(logits, None, 1.0))
    probs = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    np.testing.assert_allclose(mean, probs @ bins, atol=1e-3)
    far, near = (
        np.abs(ops.convert_to_numpy(model.decode_ab(logits, None, t)) - mode)
        for t in (1.0, 0.001)
    )
    assert near.max() < 1e-2 < far.max()


def test_pretrained_weights_reach_the_encoder(tmp_path):
    model = LiteColorizer(**TINY)
    encoder = model.get_layer("encoder")
    arrays = file_arrays("resnet18", encoder)
    np.savez(tmp_path / "w.npz", **arrays)
    before = model.get_layer("q_logits").get_weights()[0]
    model.load_encoder_weights(tmp_path / "w.npz")
    kernel = encoder.get_layer("layer2_0_downsample_0").get_weights()[0]
    expected = arrays["layer2.0.downsample.0.weight"].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(kernel, expected)
    after = model.get_layer("q_logits").get_weights()[0]
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"encoder": "resnet50"}, "one of .*resnet18"),
        ({"semantic_encoder": "mobilenet_v1"}, "must be None or one of"),
        (
            {
                "encoder": "efficientnet_lite0",
                "semantic_encoder": "efficientnet_lite0",
            },
            "not the encoder itself",
        ),
        ({"encoder_width": 0}, "above 0"),
        ({"decoder_filters": (8, 8)}, "4 positive ints"),
        ({"temperature": 0}, r"in \(0, 1\]"),
        ({"temperature": 1.5}, "Received: temperature=1.5"),
    ],
)
def test_wrong_arguments_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        LiteColorizer(**arguments)


LOOKS = {
    "natural": {"temperature": 0.8, "vividness": 1.5, "focus": 0.5},
    "calm": {"focus": 0.25},
}


def test_looks_are_applied_to_what_is_predicted():
    plain = LiteColorizer("mobilenet_v1", **TINY)
    model = LiteColorizer("mobilenet_v1", looks=LOOKS, **TINY)
    model.set_weights(plain.get_weights())
    L = lightness(40, 64)
    predicted = ops.convert_to_numpy(
        plain.decode_ab(plain(lightness(64, 96)), None, 0.8)
    )
    assert np.hypot(*np.moveaxis(predicted, -1, 0)).max() > 0.1
    # Enlarging follows the look: compare where nothing is enlarged.
    ab = ops.convert_to_numpy(focus_chroma(predicted, 1.5, 0.5))
    found = model.predict_ab(lightness(64, 96))
    enlarged = resize_bilinear(ops.convert_to_tensor(ab), (64, 96))
    np.testing.assert_allclose(found, enlarged, atol=1e-4)
    natural, calm = (
        ops.convert_to_numpy(model.predict_ab(L, look=look)) for look in LOOKS
    )
    assert np.abs(natural - calm).max() > 1e-3
    assert model.settings_of_look("calm") == {
        "temperature": 0.6,
        "vividness": 1.0,
        "focus": 0.25,
    }
    assert plain.settings_of_look() == {"temperature": 0.6}


def test_looks_survive_a_configuration_of_json():
    model = LiteColorizer("mobilenet_v1", looks=LOOKS, **TINY)
    config = json.loads(json.dumps(model.get_config()))
    assert LiteColorizer.from_config(config).looks == LOOKS


def test_looks_of_another_kind_are_refused():
    model = LiteColorizer("mobilenet_v1", **TINY)
    with pytest.raises(ValueError, match="'natural'.*Received: look='vivid'"):
        model.predict_ab(lightness(32, 64), look="vivid")
    for looks in (
        {"vivid": {}},
        {"natural": {"temperature": 0.0}},
        {"natural": {"vividness": -1.0}},
        {"natural": {"focus": float("nan")}},
        {"natural": {"strength": 1.0}},
    ):
        with pytest.raises(ValueError, match="Received: looks="):
            LiteColorizer("mobilenet_v1", looks=looks, **TINY)
