"""ECCV16: parity with the release's goldens, the traps, learning, misuse."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.color.gamut import AbGamut
from keras_colorize.convert.eccv16 import RELEASE
from keras_colorize.convert.release import load_release
from keras_colorize.losses.classification import RebalancedCrossentropy
from keras_colorize.models.eccv16.colorizer import ECCV16Colorizer
from keras_colorize.models.registry import create_model
from tests.synthetic_weights import GOLDENS
from tests.synthetic_weights import synthetic_state_dict

TINY = (4, 6, 8, 10, 10, 10, 10, 8)


def to_numpy(x):
    return ops.convert_to_numpy(x)


def test_base_equals_the_release_under_synthetic_weights():
    model = create_model("eccv16_base", **RELEASE.overrides)
    load_release(model, synthetic_state_dict("eccv16"), RELEASE)
    golden = np.load(GOLDENS / "eccv16.npz")
    L = golden["L"].transpose(0, 2, 3, 1)  # (1, 64, 64, 1)

    logits = to_numpy(model(L)).transpose(0, 3, 1, 2)[:, ::25, ::4, ::4]
    scale = np.abs(golden["logits_sub"]).max()
    assert np.abs(logits - golden["logits_sub"]).max() / scale <= 1e-5

    ab = to_numpy(model.predict_ab(L)).transpose(0, 3, 1, 2)
    scale = np.abs(golden["ab"]).max()
    assert np.abs(ab - golden["ab"]).max() / scale <= 1e-5


def test_strided_convolutions_pad_both_sides():
    # Keras' "same" would pad an even size at the end only and shift by one.
    model = create_model("eccv16_small", stackwise_filters=TINY)
    for stack in (1, 2, 3):
        pad = model.get_layer(f"stack{stack}_conv{2 + (stack == 3)}_pad")
        assert pad.padding == ((1, 1), (1, 1))


def test_norms_follow_the_rectified_stack_with_the_release_s_constants():
    model = create_model("eccv16_small", stackwise_filters=TINY)
    norms = [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert [layer.name for layer in norms] == [
        f"stack{i}_norm" for i in range(1, 8)
    ]
    assert {(layer.epsilon, layer.momentum) for layer in norms} == {(1e-5, 0.9)}


def test_stacks_5_and_6_are_dilated_and_no_other():
    model = create_model("eccv16_small", stackwise_filters=TINY)
    dilated = {
        layer.name.split("_")[0]
        for layer in model.layers
        if getattr(layer, "dilation_rate", (1, 1)) not in (1, (1, 1))
    }
    assert dilated == {"stack5", "stack6"}


def test_decoder_starts_at_the_bin_centers():
    model = create_model("eccv16_small", stackwise_filters=TINY)
    np.testing.assert_array_equal(
        to_numpy(model.ab_decoder.kernel), AbGamut().bins
    )


def test_temperature_changes_the_colors_and_defaults_to_the_model_s():
    model = ECCV16Colorizer(TINY, temperature=0.5)
    head = model.get_layer("q_logits")
    head.set_weights([w * 100 for w in head.get_weights()])
    L = np.random.default_rng(0).uniform(0, 100, (1, 16, 24, 1))
    default = to_numpy(model.predict_ab(L))
    np.testing.assert_array_equal(default, to_numpy(model.predict_ab(L, 0.5)))
    assert np.abs(default - to_numpy(model.predict_ab(L, 0.1))).max() > 1e-3


def test_regression_variant_has_no_temperature():
    model = create_model("eccv16_l2_small", stackwise_filters=TINY)
    with pytest.raises(ValueError, match="has no temperature"):
        model.predict_ab(np.zeros((1, 8, 16, 1), "float32"), temperature=0.4)


@pytest.mark.parametrize(
    "arguments",
    [
        {"stackwise_filters": (4,) * 7},
        {"stackwise_filters": (4,) * 7 + (0,)},
        {"stackwise_filters": TINY, "output_kind": "rgb"},
        {"stackwise_filters": TINY, "temperature": 0.0},
        {"stackwise_filters": TINY, "temperature": 1.5},
    ],
)
def test_impossible_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received: "):
        ECCV16Colorizer(**arguments)


def test_overfits_one_photo():
    keras.utils.set_random_seed(0)
    rows, columns = np.mgrid[0:32, 0:48].astype("float32")
    L = (40 + columns)[None, ..., None]  # (1, 32, 48, 1)
    ab = np.where((rows < 16)[..., None], (-20.0, -30.0), (-40.0, 40.0))
    ab = ab[None, ::4, ::4].astype("float32")  # (1, 8, 12, 2)
    # The upper half is darker, so that lightness tells the halves apart.
    L[:, :16] *= 0.5
    model = ECCV16Colorizer((8, 12, 16, 24, 24, 24, 24, 16))
    model.ab_decoder.trainable = False
    model.compile(
        optimizer=keras.optimizers.Adam(3e-3), loss=RebalancedCrossentropy()
    )
    history = model.fit(
        np.repeat(L, 4, axis=0),
        np.repeat(ab, 4, axis=0),
        batch_size=4,
        epochs=40,
        verbose=0,
    )
    losses = history.history["loss"]
    assert losses[-1] < 0.5 * losses[0]
    predicted = to_numpy(model.decode_ab(model(L), L))
    assert np.abs(predicted - ab).mean() < 12  # gray would be off by 32.5
