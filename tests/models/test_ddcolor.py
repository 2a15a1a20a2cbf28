"""DDColor: parity with the release's goldens, the traps, learning, misuse."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.convert import RELEASES
from keras_colorize.convert.release import load_release
from keras_colorize.layers.blur import blur
from keras_colorize.layers.pixel_shuffle import PixelShuffle
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
