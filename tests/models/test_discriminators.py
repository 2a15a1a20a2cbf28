"""PatchGAN: parity with the release's golden, patch, misuse."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.models.discriminators import build_patchgan
from tests.synthetic_weights import GOLDENS
from tests.synthetic_weights import assign_state
from tests.synthetic_weights import synthetic_state_dict

MODULES = {
    "conv0": "model.0",
    "conv1": "model.2",
    "norm1": "model.3",
    "conv2": "model.5",
    "norm2": "model.6",
    "conv3": "model.8",
    "norm3": "model.9",
    "logits": "model.11",
}


def to_numpy(x):
    return ops.convert_to_numpy(x)


def trainable_parameters(model):
    return sum(np.prod(w.shape) for w in model.trainable_weights)


def photo(height, width, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "L": rng.uniform(0, 100, (1, height, width, 1)).astype("float32"),
        "ab": rng.uniform(-60, 60, (1, height, width, 2)).astype("float32"),
    }


def test_equals_the_release_under_synthetic_weights():
    model = build_patchgan()
    assign_state(model, synthetic_state_dict("patchgan"), MODULES.get)
    golden = np.load(GOLDENS / "patchgan.npz")
    x = golden["x"].transpose(0, 2, 3, 1)
    logits = model({"L": 50 * (x[..., :1] + 1), "ab": 110 * x[..., 1:]})
    expected = golden["y"].transpose(0, 2, 3, 1)
    error = np.abs(to_numpy(logits) - expected).max() / np.abs(expected).max()
    assert error <= 1e-5


@pytest.mark.parametrize(
    ("norm", "parameters", "statistics"),
    [("batch", 2_765_633, 1_792), ("instance", 2_764_737, 0)],
)
def test_parameters_are_the_published_number(norm, parameters, statistics):
    model = build_patchgan(norm=norm)
    assert trainable_parameters(model) == parameters
    assert model.count_params() - parameters == statistics


@pytest.mark.parametrize(
    ("filters", "patch"),
    [((4, 6, 8, 8), 70), ((4, 6, 8), 34), ((4, 6), 16)],
)
def test_a_logit_sees_a_patch_of_the_size_it_is_named_after(filters, patch):
    # The norms of inference do not mix pixels.
    model = build_patchgan(filters)
    size = 160
    here = photo(size, size)
    row = to_numpy(model(here)).shape[1] // 2
    logit = to_numpy(model(here))[0, row, row, 0]
    changes = []
    for pixel in range(size):
        other = {key: x.copy() for key, x in here.items()}
        other["L"][:, pixel] += 30.0
        if to_numpy(model(other))[0, row, row, 0] != logit:
            changes.append(pixel)
    assert changes == list(range(changes[0], changes[0] + patch))


def test_photos_of_256_pixels_get_30_by_30_logits():
    model = build_patchgan((4, 6, 8, 8))
    assert model(photo(256, 128)).shape == (1, 30, 14, 1)


def test_lightness_and_both_colors_count():
    model = build_patchgan((4, 6))
    here = photo(32, 48)
    logits = to_numpy(model(here))
    for key, channel in (("L", 0), ("ab", 0), ("ab", 1)):
        other = {name: x.copy() for name, x in here.items()}
        other[key][..., channel] += 20.0
        assert np.abs(to_numpy(model(other)) - logits).max() > 1e-6


def test_logits_are_float32_under_mixed_precision():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model = build_patchgan((4, 6))
    finally:
        keras.mixed_precision.set_global_policy("float32")
    logits = model(photo(32, 48))
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"


@pytest.mark.parametrize(
    "arguments",
    [
        {"stackwise_filters": (4,)},
        {"stackwise_filters": (4, 0)},
        {"norm": "layer"},
    ],
)
def test_impossible_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received: "):
        build_patchgan(**arguments)
