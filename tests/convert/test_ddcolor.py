"""The key map of DDColor: exactly the release's names, all of them used."""

import dataclasses
import functools

import numpy as np
import pytest
from keras import ops

from keras_colorize.convert.checkpoint import RELEASES
from keras_colorize.convert.ddcolor import layers_of
from keras_colorize.convert.ddcolor import prepare_state
from keras_colorize.convert.release import load_release
from keras_colorize.models.registry import create_model
from tests.models.tiny import tiny_overrides
from tests.synthetic_weights import state_dict_shapes

TINY = tiny_overrides("ddcolor")
HEADS = TINY["num_heads"]


@pytest.fixture
def release():
    return dataclasses.replace(
        RELEASES["ddcolor_tiny"],
        layers=layers_of(TINY["encoder_depths"], TINY["num_layers"]),
        prepare=functools.partial(prepare_state, num_heads=HEADS),
    )


@pytest.fixture
def model():
    return create_model("ddcolor_tiny", **TINY)


@pytest.fixture
def state(model):
    """A checkpoint of the small model: the release's names, other shapes."""
    size, rng = TINY["decoder_filters"][-1], np.random.default_rng(0)
    filters = TINY["encoder_filters"]
    decoder = TINY["decoder_filters"]
    shapes = {}
    for key, shape in state_dict_shapes("ddcolor").items():
        parts = key.split(".")
        if ".stages." in key and int(parts[4]) >= 1:
            continue  # one block a stage
        if "transformer_" in key and int(parts[3]) >= TINY["num_layers"]:
            continue
        shapes[key] = _shrunk(key, shape, filters, decoder, size)
    return {
        key: rng.uniform(0.1, 1.0, shape).astype("float32")
        for key, shape in shapes.items()
    }


def _shrunk(key, shape, filters, decoder, size):
    """The shape of a tensor of ddcolor_tiny in the model for tests."""
    encoder = dict(zip((96, 192, 384, 768), filters, strict=True))
    if key.startswith("encoder."):
        small = encoder
        if "pwconv" in key:
            stage = int(key.split(".")[3])
            width = (96, 192, 384, 768)[stage]
            small = {width: filters[stage], 4 * width: 4 * filters[stage]}
        return tuple(small.get(n, n) for n in shape)
    if "color_decoder" in key:
        small = {256: size, 768: 3 * size, 100: TINY["num_queries"]}
        small[2048] = TINY["feedforward_size"]
        if "input_proj" in key and len(shape) == 4:
            return (size, decoder[int(key.split(".")[3])], 1, 1)
        return tuple(small.get(n, n) for n in shape)
    if key.startswith("refine_net"):
        return tuple({103: TINY["num_queries"] + 3}.get(n, n) for n in shape)
    if key.startswith("decoder.last_shuf"):
        return tuple({4096: 16 * size, 256: size}.get(n, n) for n in shape)
    if key.startswith("decoder.layers"):
        i = int(key.split(".")[2])
        inputs = (filters[-1], *decoder)[i]
        skip, out = filters[-2 - i], decoder[i]
        if ".shuf." in key:
            kernel = (4 * out, inputs, 1, 1)
            vector = (inputs,) if key.endswith("weight_v") else (4 * out,)
        elif ".bn." in key:
            kernel, vector = None, (skip,)
        else:
            kernel = (out, out + skip, 3, 3)
            vector = (out,)
            if key.endswith("weight_v"):
                vector = (9 * (out + skip),)
        return kernel if len(shape) == 4 else vector
    return shape


@pytest.mark.parametrize("name", ["ddcolor_tiny", "ddcolor_large"])
def test_the_map_has_a_row_for_each_module(name):
    release = RELEASES[name]
    assert len(set(release.layers.values())) == len(release.layers)
    assert release.license.startswith("Apache-2.0")


def test_the_release_is_recognized_and_no_other(release, state):
    assert release.recognizes(state)
    others = [r for r in RELEASES.values() if r.model != "ddcolor_tiny"]
    assert not any(other.recognizes(state) for other in others)
    eccv16 = state_dict_shapes("eccv16")
    assert not RELEASES["ddcolor_tiny"].recognizes(eccv16)


def test_every_tensor_arrives_once(release, model, state):
    load_release(model, state, release)
    total = sum(
        float(value.astype("float64").sum())
        for key, value in state.items()
        if key not in ("mean", "std")
    )
    arrived = sum(
        float(ops.convert_to_numpy(w).astype("float64").sum())
        for w in model.weights
    )
    assert arrived == pytest.approx(total, rel=1e-6)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("encoder.arch.norm.bias", r"Missing: encoder\.arch\.norm\.bias\."),
        ("refine_net.0.0.weight_u", r"Missing: refine_net\.0\.0\.weight_u\."),
        (
            "decoder.color_decoder.transformer_self_attention_layers.0."
            "self_attn.in_proj_bias",
            r"Missing: .*self_attn\.query\.bias, .*key\.bias, .*value\.bias\.",
        ),
    ],
)
def test_a_missing_tensor_is_named_and_nothing_changes(
    release, model, state, key, message
):
    before = [ops.convert_to_numpy(w).copy() for w in model.weights]
    state.pop(key)
    with pytest.raises(ValueError, match=message):
        load_release(model, state, release)
    for old, weight in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(weight), old)


def test_an_unknown_tensor_and_a_wrong_shape_are_refused(release, model, state):
    with pytest.raises(ValueError, match=r"Unexpected: head\.weight\."):
        extra = {**state, "head.weight": np.zeros(3, "float32")}
        load_release(model, extra, release)
    key = "decoder.last_shuf.conv.0.bias"
    with pytest.raises(ValueError, match=rf"{key} has the shape \(15,\)"):
        wrong = {**state, key: state[key][:15]}
        load_release(model, wrong, release)


def test_a_state_dict_below_params_is_read(tmp_path):
    torch = pytest.importorskip(
        "torch", reason="checkpoints are PyTorch files (extra: backends)"
    )
    from keras_colorize.convert.pytorch_file import read_state_dict

    path = tmp_path / "ddcolor.pth"
    torch.save({"params": {"std": torch.ones(2)}}, path)
    assert list(read_state_dict(path)) == ["std"]
