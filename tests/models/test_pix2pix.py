"""pix2pix generator: parity with the release's golden, norms, dropout."""

import zlib

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.models.pix2pix.colorizer import Pix2PixColorizer
from keras_colorize.models.registry import create_model
from tests.synthetic_weights import GOLDENS
from tests.synthetic_weights import assign_state
from tests.synthetic_weights import synthetic_state_dict

TINY = (4, 5, 6, 7, 8, 9)


def to_numpy(x):
    return ops.convert_to_numpy(x)


def lightness(height, width, batch=2):
    rng = np.random.default_rng(0)
    return rng.uniform(0, 100, (batch, height, width, 1)).astype("float32")


def module_of(layer):
    """The release nests each level in the one above it."""
    level, part = layer.split("_")
    i = int(level.removeprefix("down").removeprefix("up"))
    prefix = "model.model"
    if i > 0:
        prefix += ".1.model" + ".3.model" * (i - 1)
    if level.startswith("down"):
        return f"{prefix}.{'0' if i == 0 else {'conv': 1, 'norm': 2}[part]}"
    places = {0: {"conv": 3}, 7: {"conv": 3, "norm": 4}}
    return f"{prefix}.{places.get(i, {'conv': 5, 'norm': 6})[part]}"


def test_base_equals_the_release_under_synthetic_weights():
    model = create_model("pix2pix_base")
    assign_state(model, synthetic_state_dict("pix2pix"), module_of)
    golden = np.load(GOLDENS / "pix2pix.npz")
    rng = np.random.default_rng(zlib.crc32(b"input:unet"))
    L = 100 * rng.random((1, 256, 256, 1)).astype("float32")
    outputs = {
        "pretanh_sub16": model.get_layer("up0_conv").output,
        "y_sub16": model.get_layer("ab_scaled").output,
    }
    for key, x in keras.Model(model.input, outputs)(L).items():
        ours = to_numpy(x).transpose(0, 3, 1, 2)[:, :, ::16, ::16]
        error = np.abs(ours - golden[key]).max() / np.abs(golden[key]).max()
        assert error <= 1e-5, key


def test_only_the_deep_levels_of_the_way_up_have_dropout():
    model = create_model("pix2pix_base")
    names = [layer.name for layer in model.layers]
    dropouts = [name for name in names if name.endswith("_dropout")]
    assert dropouts == ["up6_dropout", "up5_dropout", "up4_dropout"]


def test_outermost_and_innermost_levels_have_no_norm_on_the_way_down():
    names = [layer.name for layer in Pix2PixColorizer(TINY).layers]
    norms = [name for name in names if name.endswith("_norm")]
    downs = [f"down{i}_norm" for i in range(1, 5)]
    assert norms == [*downs, *(f"up{i}_norm" for i in range(5, 0, -1))]


@pytest.mark.parametrize("norm", ["batch", "instance"])
def test_only_batch_norm_replaces_the_bias(norm):
    model = Pix2PixColorizer(TINY, norm=norm)
    convs = [layer for layer in model.layers if hasattr(layer, "use_bias")]
    biased = [layer.name for layer in convs if layer.use_bias]
    everything = [layer.name for layer in convs]
    assert biased == (everything if norm == "instance" else ["up0_conv"])


def test_dropout_is_off_in_inference_and_on_in_training():
    model = Pix2PixColorizer(TINY, norm="instance")
    L = lightness(64, 128)
    calm = to_numpy(model(L, training=False))
    np.testing.assert_array_equal(calm, to_numpy(model(L, training=False)))
    assert np.abs(calm - to_numpy(model(L, training=True))).max() > 1e-5


def test_instance_norm_looks_at_one_photo_in_training_as_in_inference():
    model = Pix2PixColorizer(TINY, norm="instance", dropout_rate=0.0)
    L = lightness(64, 128)
    together = to_numpy(model(L, training=True))
    alone = to_numpy(model(L[1:], training=False))
    np.testing.assert_allclose(together[1:], alone, atol=1e-4)


def test_batch_norm_learns_statistics_only_in_training():
    model = Pix2PixColorizer(TINY)
    before = [to_numpy(w) for w in model.non_trainable_weights]
    model(lightness(64, 128), training=False)
    for old, new in zip(before, model.non_trainable_weights, strict=True):
        np.testing.assert_array_equal(old, to_numpy(new))
    model(lightness(64, 128), training=True)
    moved = [
        np.abs(old - to_numpy(new)).max()
        for old, new in zip(before, model.non_trainable_weights, strict=True)
        if "moving_" in new.path
    ]
    assert moved and min(moved) > 0


def test_color_cannot_leave_the_range_of_tanh():
    model = Pix2PixColorizer((4, 6))
    head = model.get_layer("up0_conv")
    head.set_weights([w * 1e6 for w in head.get_weights()])
    largest = np.abs(to_numpy(model(lightness(12, 20)))).max()
    assert largest == pytest.approx(110.0, rel=1e-5)


def test_weights_start_as_the_paper_says():
    keras.utils.set_random_seed(0)
    model = Pix2PixColorizer((32, 64, 64))
    values = {
        name: np.concatenate(
            [to_numpy(w).ravel() for w in model.weights if w.name == name]
        )
        for name in ("kernel", "gamma", "beta", "bias")
    }
    assert np.std(values["kernel"]) == pytest.approx(0.02, rel=0.02)
    assert np.mean(values["gamma"]) == pytest.approx(1.0, abs=0.01)
    assert np.std(values["gamma"]) == pytest.approx(0.02, rel=0.2)
    assert not values["beta"].any() and not values["bias"].any()


@pytest.mark.parametrize(
    "arguments",
    [
        {"stackwise_filters": (4,)},
        {"stackwise_filters": (4, 0)},
        {"stackwise_filters": TINY, "norm": "layer"},
        {"stackwise_filters": TINY, "dropout_rate": 1.0},
    ],
)
def test_impossible_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received: "):
        Pix2PixColorizer(**arguments)
