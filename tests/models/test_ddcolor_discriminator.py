"""The discriminator of DDColor against the goldens of the release."""

import zlib

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.models.ddcolor.discriminator import (
    build_ddcolor_discriminator,
)
from tests.synthetic_weights import GOLDENS
from tests.synthetic_weights import synthetic_state_dict

_LEAVES = {"kernel": "weight_orig", "u": "weight_u", "v": "weight_v"}


def to_numpy(x):
    return ops.convert_to_numpy(x)


def module_of(path):
    """Name in the release of the layer of a variable."""
    if path.startswith("attention/"):
        return "layers.2.2" + "".join(f".{x}" for x in path.split("/")[1:-1])
    layer = path.split("/")[0]
    index = 8 if layer == "logits" else int(layer.removeprefix("conv"))
    return f"layers.{index}.0"


def load(model, state):
    """Assigns the state dict of the release, all of it."""
    used = set()
    for variable in model.weights:
        module = module_of(variable.path)
        key = f"{module}.{_LEAVES.get(variable.name, variable.name)}"
        value = state[key]
        if variable.name == "kernel":
            value = value.reshape(*value.shape[:2], *variable.shape[:2])
            value = value.transpose(2, 3, 1, 0)
        if variable.name == "v":
            height, width = model_kernel_size(model, variable.path)
            value = value.reshape(-1, height, width)
            value = value.transpose(1, 2, 0).ravel()
        variable.assign(value)
        used.add(key)
    assert used == set(state)


def model_kernel_size(model, path):
    *_, layer, _ = path.split("/")
    return (1, 1) if "attention" in path else model.get_layer(layer).kernel_size


def test_equals_the_release_under_synthetic_weights():
    model = build_ddcolor_discriminator()
    load(model, synthetic_state_dict("ddcolor_discriminator"))
    rng = np.random.default_rng(zlib.crc32(b"input:dddisc"))
    photo = rng.random((1, 3, 128, 128)).astype("float32")
    network = keras.Model(model.get_layer("rgb").output, model.output)
    logits = to_numpy(network(photo.transpose(0, 2, 3, 1)))
    golden = np.load(GOLDENS / "ddcolor_discriminator.npz")["logits"]
    assert logits.shape == (1, 5, 5, 1)
    np.testing.assert_allclose(
        logits.ravel(), golden.ravel(), atol=2e-5 * np.abs(golden).max()
    )


def test_parameters_are_those_of_the_paper():
    model = build_ddcolor_discriminator()
    counted = sum(np.prod(w.shape) for w in model.trainable_weights)
    assert counted == 5_919_617


def test_judges_the_photo_of_lightness_and_color():
    model = build_ddcolor_discriminator(filters=8)
    rng = np.random.default_rng(0)
    L = rng.uniform(20, 80, (2, 64, 96, 1)).astype("float32")
    ab = rng.normal(0, 15, (2, 64, 96, 2)).astype("float32")
    seen = keras.Model(model.input, model.get_layer("rgb").output)
    expected = lab_to_rgb(np.concatenate([L, ab], -1))
    rgb = seen({"L": L, "ab": ab})
    np.testing.assert_allclose(to_numpy(rgb), to_numpy(expected), atol=1e-6)
    assert model({"L": L, "ab": ab}).shape == (2, 1, 3, 1)


@pytest.mark.parametrize("filters", [0, 2, 10])
def test_filters_that_attention_cannot_take_are_refused(filters):
    with pytest.raises(ValueError, match=f"Received: filters={filters}"):
        build_ddcolor_discriminator(filters)
