"""SIGGRAPH17: parity with the release's goldens, hints, the two heads."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.convert.release import load_release
from keras_colorize.convert.siggraph17 import RELEASE
from keras_colorize.losses.grid import GridCrossentropy
from keras_colorize.models.registry import create_model
from keras_colorize.models.siggraph17.colorizer import SIGGRAPH17Colorizer
from tests.synthetic_weights import GOLDENS
from tests.synthetic_weights import synthetic_state_dict

TINY = (4, 6, 8, 10, 10, 10, 10, 8, 6, 6)
OWN_LAYERS = {
    "ab": ("stack9", "stack10", "ab_scaled"),
    "q_logits": ("q_logits",),
}


def to_numpy(x):
    return ops.convert_to_numpy(x)


def photo(height=32, width=48):
    """L (1, H, W, 1) and ab (1, H, W, 2): two halves of one color each."""
    rows, columns = np.mgrid[0:height, 0:width].astype("float32")
    upper = (rows < height // 2)[..., None]
    # The upper half is darker, so that lightness tells the halves apart.
    L = np.where(upper, 0.5, 1.0) * (40 + columns)[..., None]
    ab = np.where(upper, (-20.0, -30.0), (-40.0, 40.0))
    return L[None].astype("float32"), ab[None].astype("float32")


def no_hint(L):
    mask = np.zeros_like(L)
    return np.concatenate([mask, mask], axis=-1), mask


def count(layers):
    weights = [w for layer in layers for w in layer.trainable_weights]
    return sum(int(np.prod(w.shape)) for w in weights)


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    return SIGGRAPH17Colorizer(TINY)


def test_base_equals_the_release_under_synthetic_weights():
    model = create_model("siggraph17_base")
    load_release(model, synthetic_state_dict("siggraph17"), RELEASE)
    with np.load(GOLDENS / "siggraph17.npz") as file:
        golden = {key: file[key].transpose(0, 2, 3, 1) for key in file}
    names = ("L", "ab_hint", "hint_mask")
    outputs = model({name: golden[name] for name in names})
    ab = to_numpy(outputs["ab"])
    logits = to_numpy(outputs["q_logits"])[:, ::4, ::4, ::40]
    for output, name in ((ab, "ab"), (logits, "q_logits_sub")):
        scale = np.abs(golden[name]).max()
        assert np.abs(output - golden[name]).max() / scale <= 1e-5, name


def test_base_has_the_published_number_of_parameters():
    model = create_model("siggraph17_base")
    assert count(model.layers) == 34_187_027
    without_classes = [x for x in model.layers if x.name != "q_logits"]
    assert count(without_classes) == 34_051_074
    statistics = [int(np.prod(w.shape)) for w in model.non_trainable_weights]
    assert sum(statistics) == 5_760


def test_norms_end_every_stack_but_the_last_with_the_release_s_constants(
    model,
):
    norms = [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert sorted(norm.name for norm in norms) == sorted(
        f"stack{i}_norm" for i in range(1, 10)
    )
    assert {(norm.epsilon, norm.momentum) for norm in norms} == {(1e-5, 0.9)}
    assert model.get_layer("stack10_leaky_relu").negative_slope == 0.2


def test_stacks_5_and_6_are_dilated_and_no_other(model):
    dilated = {
        layer.name.split("_")[0]
        for layer in model.layers
        if getattr(layer, "dilation_rate", (1, 1)) not in (1, (1, 1))
    }
    assert dilated == {"stack5", "stack6"}


def test_halving_keeps_even_pixels_of_the_normed_stack(model):
    L, _ = photo(16, 24)
    ab_hint, hint_mask = no_hint(L)
    stages = keras.Model(
        model.input,
        [
            model.get_layer("stack1_norm").output,
            model.get_layer("stack2_conv1").input,
        ],
    )
    before, after = stages({"L": L, "ab_hint": ab_hint, "hint_mask": hint_mask})
    np.testing.assert_array_equal(
        to_numpy(before)[:, ::2, ::2], to_numpy(after)
    )


def test_a_hint_changes_the_colors_most_where_it_is(model):
    L, _ = photo(64, 96)
    ab_hint, hint_mask = no_hint(L)
    without = to_numpy(model.predict_ab(L))
    ab_hint[:, 40:46, 20:26] = (60.0, -50.0)
    hint_mask[:, 40:46, 20:26] = 1.0
    hinted = model.predict_ab(L, ab_hint=ab_hint, hint_mask=hint_mask)
    change = np.abs(to_numpy(hinted) - without).mean(axis=(0, 3))
    near = change[40:46, 20:26].mean()
    assert near > 3 * change[:24, 48:].mean()
    assert near > 0.01


def test_a_gray_hint_differs_from_no_hint(model):
    L, _ = photo()
    ab_hint, hint_mask = no_hint(L)
    without = to_numpy(model.predict_ab(L))
    hint_mask[:, 8:14, 20:26] = 1.0
    gray = model.predict_ab(L, ab_hint=ab_hint, hint_mask=hint_mask)
    assert np.abs(to_numpy(gray) - without).max() > 0.01


def test_hints_are_padded_with_the_photo(model):
    L, _ = photo(21, 37)
    ab_hint, hint_mask = no_hint(L)
    ab_hint[:, -1:, -1:] = (60.0, -50.0)
    hint_mask[:, -1:, -1:] = 1.0
    ab = model.predict_ab(L, ab_hint=ab_hint, hint_mask=hint_mask)

    def pad(x):
        return np.pad(x, ((0, 0), (0, 3), (0, 3), (0, 0)), mode="edge")

    padded = model.predict_ab(
        pad(L), ab_hint=pad(ab_hint), hint_mask=pad(hint_mask)
    )
    np.testing.assert_allclose(
        to_numpy(ab), to_numpy(padded)[:, :21, :37], atol=1e-4
    )


@pytest.mark.parametrize("gradient_from", ["ab", "q_logits"])
@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_one_head_trains_the_shared_layers_and_each_trains_its_own(
    gradient_from, weights
):
    keras.utils.set_random_seed(0)
    model = SIGGRAPH17Colorizer(TINY, gradient_from=gradient_from)
    loss_weights = dict(zip(OWN_LAYERS, weights, strict=True))
    model.compile(
        optimizer=keras.optimizers.SGD(0.1),
        loss={"ab": "mean_squared_error", "q_logits": GridCrossentropy()},
        loss_weights=loss_weights,
        run_eagerly=True,  # one step is sooner run than compiled
    )
    L, ab = photo()
    inputs = {"L": L, "ab_hint": 0.5 * ab, "hint_mask": np.ones_like(L)}
    before = [to_numpy(w).copy() for w in model.trainable_weights]
    model.train_on_batch(inputs, {"ab": ab, "q_logits": ab[:, ::4, ::4]})
    for old, weight in zip(before, model.trainable_weights, strict=True):
        head = gradient_from
        for owner, layers in OWN_LAYERS.items():
            if weight.path.startswith(layers):
                head = owner
        changed = np.abs(to_numpy(weight) - old).max() > 0
        assert changed == (loss_weights[head] > 0), weight.path


def test_weights_move_between_the_two_routings(model, tmp_path):
    # Keras files weights by layer order, not by name.
    path = tmp_path / "model.weights.h5"
    model.save_weights(path)
    other = SIGGRAPH17Colorizer(TINY, gradient_from="q_logits")
    other.load_weights(path)
    L, _ = photo()
    inputs = model.network_inputs(L)
    expected, outputs = model(inputs), other(inputs)
    for head in ("ab", "q_logits"):
        np.testing.assert_array_equal(
            to_numpy(outputs[head]), to_numpy(expected[head])
        )


def test_config_keeps_the_routing():
    model = SIGGRAPH17Colorizer(TINY, gradient_from="q_logits")
    again = SIGGRAPH17Colorizer.from_config(model.get_config())
    assert again.gradient_from == "q_logits"
    assert again.stackwise_filters == TINY


def test_the_classification_head_gives_no_temperature_to_the_colors(model):
    with pytest.raises(ValueError, match="has no temperature"):
        model.predict_ab(photo()[0], temperature=0.4)


@pytest.mark.parametrize(
    "arguments",
    [
        {"stackwise_filters": (4,) * 8},
        {"stackwise_filters": (4,) * 9 + (0,)},
        {"stackwise_filters": TINY, "gradient_from": "both"},
    ],
)
def test_impossible_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received: "):
        SIGGRAPH17Colorizer(**arguments)


def test_overfits_one_photo_with_both_heads():
    # At this rate a bad start is not made good; 1 starts well on each backend.
    keras.utils.set_random_seed(1)
    model = SIGGRAPH17Colorizer(
        (8, 8, 12, 16, 16, 16, 16, 12, 8, 8), gradient_from="q_logits"
    )
    model.compile(
        optimizer=keras.optimizers.Adam(3e-2),
        loss={"ab": "mean_absolute_error", "q_logits": GridCrossentropy()},
        jit_compile=False,  # compiling would take longer than the steps
    )
    L, ab = photo()
    ab_hint, hint_mask = no_hint(L)
    history = model.fit(
        {"L": L, "ab_hint": ab_hint, "hint_mask": hint_mask},
        {"ab": ab, "q_logits": ab[:, ::4, ::4]},
        epochs=40,
        verbose=0,
    )
    assert history.history["q_logits_loss"][-1] < 0.5  # log(529) = 6.3 at first
    predicted = to_numpy(model.predict_ab(L))
    assert np.abs(predicted - ab).mean() < 12  # gray would be off by 32.5
