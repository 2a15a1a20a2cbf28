"""UNet++: the triangle of nodes, heads, dropout, learning, misuse."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.color.cielab import rgb_to_lab
from keras_colorize.color.yuv import rgb_to_yuv
from keras_colorize.models.registry import create_model
from keras_colorize.models.unetpp.base import UNetPlusPlusColorizer
from keras_colorize.models.unetpp.color import ColorUNetPlusPlusColorizer
from tests.helpers import textured_photo

FILTERS = (4, 5, 6, 7, 8)
both = pytest.mark.parametrize(
    "builder", [UNetPlusPlusColorizer, ColorUNetPlusPlusColorizer]
)


def to_numpy(x):
    return ops.convert_to_numpy(x)


def lightness(height, width):
    rng = np.random.default_rng(0)
    return rng.uniform(0, 100, (2, height, width, 1)).astype("float32")


def names_of_inputs(layer):
    tensors = keras.tree.flatten(layer.input)
    return [tensor._keras_history.operation.name for tensor in tensors]


def test_four_heads_cost_33_more_parameters_per_channel_each():
    # 32 weights and an offset for U and V: 3 * 2 * 33 = 198.
    assert create_model("unetpp_base").count_params() == 9_041_634
    model = create_model("unetpp_base", deep_supervision=True)
    assert model.count_params() == 9_041_832


@both
def test_every_node_reads_its_level_and_the_one_below(builder):
    model = builder(FILTERS)
    first_convs = {
        layer.name: layer
        for layer in model.layers
        if layer.name.startswith("node") and layer.name.endswith("conv1")
    }
    assert len(first_convs) == 5 + 4 + 3 + 2 + 1
    for i, filters in enumerate(FILTERS):
        for j in range(5 - i):
            conv = first_convs[f"node{i}_{j}_conv1"]
            below = FILTERS[i - 1] if i else 1
            channels = filters * (j + 1) if j else below
            assert conv.kernel.shape == (3, 3, channels, filters)


def test_the_enlarged_node_comes_first_then_the_level_from_the_left():
    model = UNetPlusPlusColorizer(FILTERS)
    assert names_of_inputs(model.get_layer("skip0_4")) == [
        "up0_4",
        "node0_0_dropout2",
        "node0_1_dropout2",
        "node0_2_dropout2",
        "node0_3_dropout2",
    ]
    assert names_of_inputs(model.get_layer("up0_4")) == ["node1_3_dropout2"]
    assert names_of_inputs(model.get_layer("pool3")) == ["node2_0_dropout2"]


def test_one_pixel_reaches_as_far_as_two_levels_let_it():
    # Weights of one, no offsets, black but for one pixel at the even place
    # q. Two 3 x 3 convolutions: q - 2 … q + 2. Half size: q/2 - 1 … q/2 + 1.
    # Two convolutions: q/2 - 3 … q/2 + 3. Full size: q - 6 … q + 7. Two
    # convolutions: q - 8 … q + 9.
    model = UNetPlusPlusColorizer((1, 1))
    for weight in model.trainable_weights:
        value = 1.0 if weight.name == "kernel" else 0.0
        weight.assign(ops.full(weight.shape, value))
    L = np.zeros((1, 32, 44, 1), "float32")
    L[0, 12, 20] = 100.0
    reached = to_numpy(model(L))[0, ..., 0] > 0
    expected = np.zeros((32, 44), bool)
    expected[12 - 8 : 12 + 10, 20 - 8 : 20 + 10] = True
    np.testing.assert_array_equal(reached, expected)


@both
def test_deep_supervision_is_the_mean_of_the_heads(builder):
    model = builder(FILTERS, deep_supervision=True)
    heads = [model.get_layer(f"uv_scaled{j}").output for j in (1, 2, 3, 4)]
    L = lightness(16, 32)
    each = [to_numpy(x) for x in keras.Model(model.input, heads)(L)]
    expected = np.mean(each, axis=0) * (0.436, 0.615)
    np.testing.assert_allclose(to_numpy(model(L)), expected, atol=1e-6)
    alone = builder(FILTERS)
    assert "uv_scaled4" in [layer.name for layer in alone.layers]
    assert "uv_scaled3" not in [layer.name for layer in alone.layers]


def test_dropout_is_off_in_inference_and_on_in_training():
    model = UNetPlusPlusColorizer(FILTERS)
    L = lightness(16, 32)
    calm = to_numpy(model(L))
    np.testing.assert_array_equal(calm, to_numpy(model(L, training=False)))
    assert np.abs(calm - to_numpy(model(L, training=True))).max() > 1e-3


def test_color_has_norms_in_place_of_dropout_and_offsets():
    model = ColorUNetPlusPlusColorizer(FILTERS)
    layers = model.layers[:-2]  # without the head
    kinds = [type(layer).__name__ for layer in layers]
    # 15 nodes of two convolutions, 10 enlargements with one.
    assert kinds.count("Conv2D") == kinds.count("BatchNormalization") == 40
    assert kinds.count("BilinearUpsampling") == 10
    assert not {"Dropout", "Conv2DTranspose"} & set(kinds)
    assert not any(getattr(layer, "use_bias", False) for layer in layers)


def test_color_cannot_leave_the_range_of_uv():
    model = ColorUNetPlusPlusColorizer((4, 6))
    head = model.get_layer("uv_scaled1")
    head.set_weights([w * 1e4 for w in head.get_weights()])
    largest = np.abs(to_numpy(model(lightness(12, 20)))).max(axis=(0, 1, 2))
    np.testing.assert_allclose(largest, (0.436, 0.615), rtol=1e-5)


@both
def test_fewer_levels_take_other_sizes(builder):
    model = builder((4, 6, 8))
    assert model.size_multiple == 4
    assert model(lightness(12, 20)).shape == (2, 12, 20, 2)


@both
@pytest.mark.parametrize("filters", [(), (4,), (4, 6, 0)])
def test_impossible_filters_are_refused(builder, filters):
    with pytest.raises(ValueError, match="Received: stackwise_filters"):
        builder(filters)


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_impossible_dropout_is_refused(rate):
    with pytest.raises(ValueError, match=f"Received: dropout_rate={rate}"):
        UNetPlusPlusColorizer(FILTERS, dropout_rate=rate)


@pytest.mark.parametrize(
    ("builder", "options"),
    [
        (UNetPlusPlusColorizer, {"dropout_rate": 0.0}),
        (ColorUNetPlusPlusColorizer, {"deep_supervision": True}),
    ],
)
def test_overfits_one_photo(builder, options):
    keras.utils.set_random_seed(0)
    rgb = textured_photo(16, 24)[None].astype("float32") / 255
    L, ab = np.split(to_numpy(rgb_to_lab(rgb)), [1], axis=-1)
    uv = to_numpy(rgb_to_yuv(rgb))[..., 1:]
    model = builder((12, 16), **options)
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse")
    # One epoch of the same photo again and again costs less than many.
    many = [np.repeat(x, 150, axis=0) for x in (L, uv)]
    model.fit(*many, batch_size=1, verbose=0)
    error = np.abs(to_numpy(model.predict_ab(L)) - ab).mean()
    assert error < 0.3 * np.abs(ab).mean()
