"""U-Net over ResNet18: parity with the golden, pretrained weights, misuse."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.layers.pixel_shuffle import keras_order
from keras_colorize.models.registry import create_model
from keras_colorize.models.resnet_unet.colorizer import ResNetUNetColorizer
from tests.synthetic_weights import GOLDENS
from tests.synthetic_weights import assign_state
from tests.synthetic_weights import state_dict_shapes
from tests.synthetic_weights import synthetic_state_dict

TINY = (4, 6, 8, 10)
TINY_DECODER = (8, 8, 6, 4)
# The third and later modules of fastai's network.
MODULES = {
    "middle_norm": "1",
    "middle_conv1": "3.0.0",
    "middle_conv2": "3.1.0",
    "up_last_shuffle_conv": "8.0.0",
    "up_last_conv": "8.0.0",
    "last_conv1": "11.convpath.0.0",
    "last_conv2": "11.convpath.1.0",
    "ab_scaled": "12.0",
}
PARTS = {
    "shuffle_conv": "shuf.0.0",
    "norm": "bn",
    "conv1": "conv1.0",
    "conv2": "conv2.0",
}


def to_numpy(x):
    return ops.convert_to_numpy(x)


def lightness(height, width, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 100, (2, height, width, 1)).astype("float32")


def module_of(layer):
    if layer.startswith("encoder_"):
        name = layer.removeprefix("encoder_").replace("_", ".")
        for ours, theirs in (("conv1", "0"), ("bn1", "1")):
            if name == ours:
                return f"layers.0.{theirs}"
        stage = int(name[len("layer")])
        return f"layers.0.{stage + 3}{name[len('layer1') :]}"
    if layer in MODULES:
        return f"layers.{MODULES[layer]}"
    level, _, part = layer.partition("_")
    return f"layers.{7 - int(level.removeprefix('up'))}.{PARTS[part]}"


def test_base_equals_the_original_under_synthetic_weights():
    model = create_model("resnet18_unet_base")

    def change(layer, value):
        is_shuffled = "shuffle_conv" in layer or layer == "up_last_conv"
        return keras_order(value) if is_shuffled else value

    state = synthetic_state_dict("resnet18_unet")
    assign_state(model, state, module_of, change)
    golden = np.load(GOLDENS / "resnet18_unet.npz")
    L = 50 * (golden["x"].transpose(0, 2, 3, 1) + 1)
    ab = to_numpy(model(L)).transpose(0, 3, 1, 2)
    expected = 110 * golden["y"]
    assert np.abs(ab - expected).max() / np.abs(expected).max() <= 1e-5


def encoder_state(seed=0):
    """A complete state dict of ResNet18, of random numbers."""
    rng = np.random.default_rng(seed)
    shapes = {
        key.replace("layers.0.", "", 1): shape
        for key, shape in state_dict_shapes("resnet18_unet").items()
        if key.startswith("layers.0.")
    }
    state = {}
    for key, shape in shapes.items():
        stage, _, rest = key.partition(".")
        start = {"0": "conv1", "1": "bn1"}.get(stage, f"layer{int(stage) - 3}")
        name = f"{start}.{rest}"
        if len(shape) == 4:
            noise = rng.standard_normal(shape)
            state[name] = noise * np.sqrt(2 / np.prod(shape[1:]))
        else:
            state[name] = rng.uniform(0.5, 1.5, shape)
    channels = state["conv1.weight"]
    state["conv1.weight"] = np.concatenate([channels] * 3, axis=1)
    state["fc.weight"] = rng.standard_normal((1000, 512))
    return {key: value.astype("float32") for key, value in state.items()}


def folded(state):
    """The same network without norms: torchvision's names and layouts."""
    arrays = {}
    for key, kernel in state.items():
        if kernel.ndim != 4:
            continue
        conv = key.removesuffix(".weight")
        norm = conv.replace("conv", "bn")
        norm = norm.replace("downsample.0", "downsample.1")
        scale = state[f"{norm}.weight"] / np.sqrt(
            state[f"{norm}.running_var"] + 1e-5
        )
        arrays[key] = kernel * scale[:, None, None, None]
        mean = state[f"{norm}.running_mean"]
        arrays[f"{conv}.bias"] = state[f"{norm}.bias"] - mean * scale
    return arrays


@pytest.fixture(scope="module")
def state():
    return encoder_state()


@pytest.fixture(scope="module")
def base():
    keras.utils.set_random_seed(0)
    return create_model("resnet18_unet_base")


def stage(model, name="encoder_layer4_1_relu2"):
    return keras.Model(model.input, model.get_layer(name).output)


def test_folded_and_complete_files_give_the_same_encoder(base, state, tmp_path):
    L = lightness(32, 64)
    features = []
    for name, arrays in (("whole", state), ("folded", folded(state))):
        np.savez(tmp_path / f"{name}.npz", **arrays)
        assert base.load_encoder_weights(tmp_path / f"{name}.npz") == ()
        features.append(to_numpy(stage(base)(L)))
    assert np.abs(features[0]).max() > 0
    np.testing.assert_allclose(*features, rtol=1e-3, atol=1e-3)


def test_stem_sees_gray_as_the_three_channels_of_imagenet(
    base, state, tmp_path
):
    np.savez(tmp_path / "whole.npz", **state)
    base.load_encoder_weights(tmp_path / "whole.npz")
    # By hand: one gray, so that away from the border each channel adds the
    # sum of its kernel times its normalized value.
    luma = 0.8
    kernel = state["conv1.weight"].sum(axis=(2, 3))  # (out, in)
    rgb = (luma - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225]
    x = kernel @ rgb
    x = (x - state["bn1.running_mean"]) / np.sqrt(
        state["bn1.running_var"] + 1e-5
    )
    x = np.maximum(x * state["bn1.weight"] + state["bn1.bias"], 0)
    L = np.full((1, 32, 32, 1), 100 * luma, "float32")
    ours = to_numpy(stage(base, "encoder_relu")(L))[0, 8, 8]
    np.testing.assert_allclose(ours, x, atol=1e-4)


def test_kernels_a_folded_file_lacks_stay_random_and_are_named(
    base, state, tmp_path
):
    arrays = folded(state)
    gone = [
        f"layer4.{block}.conv{i}.weight" for block in (0, 1) for i in (1, 2)
    ]
    for key in gone:
        del arrays[key]
    np.savez(tmp_path / "partial.npz", **arrays)
    layers = [base.get_layer(f"encoder_layer4_{b}_conv1") for b in (0, 1)]
    before = [to_numpy(layer.kernel) for layer in layers]
    base.get_layer("encoder_layer3_1_conv2").kernel.assign_add(
        ops.ones((3, 3, 256, 256))
    )
    missing = base.load_encoder_weights(tmp_path / "partial.npz")
    assert missing == tuple(
        "encoder_" + key.removesuffix(".weight").replace(".", "_")
        for key in gone
    )
    for layer, old in zip(layers, before, strict=True):
        np.testing.assert_array_equal(to_numpy(layer.kernel), old)
    np.testing.assert_allclose(
        to_numpy(base.get_layer("encoder_layer3_1_conv2").kernel),
        arrays["layer3.1.conv2.weight"].transpose(2, 3, 1, 0),
    )


def test_matched_norms_do_in_training_what_they_do_in_inference():
    model = ResNetUNetColorizer(TINY, TINY_DECODER)
    for layer in model.layers:
        if layer.name.startswith("encoder_") and "bn" in layer.name:
            layer.beta.assign(ops.full(layer.beta.shape, 0.3))
    L = lightness(64, 96)
    features = stage(model)
    trained = to_numpy(features(L, training=True))  # moves statistics, too
    calm = to_numpy(features(L, training=False))
    assert np.abs(calm - trained).max() > 1e-2
    model.match_encoder_norms([L[:1], L[1:]])
    np.testing.assert_allclose(
        to_numpy(features(L, training=False)), calm, atol=1e-4
    )
    np.testing.assert_allclose(
        to_numpy(features(L, training=True)), calm, atol=1e-4
    )


@pytest.mark.parametrize("key", ["conv1.weight", "layer3.1.conv2.bias"])
def test_files_that_lack_an_early_layer_are_refused_whole(
    base, state, tmp_path, key
):
    arrays = folded(state)
    del arrays[key]
    np.savez(tmp_path / "partial.npz", **arrays)
    before = [to_numpy(w) for w in base.weights]
    with pytest.raises(ValueError, match=f"lacks '{key}'"):
        base.load_encoder_weights(tmp_path / "partial.npz")
    for old, new in zip(before, base.weights, strict=True):
        np.testing.assert_array_equal(old, to_numpy(new))


def test_weights_of_another_width_are_refused(state, tmp_path):
    np.savez(tmp_path / "whole.npz", **state)
    with pytest.raises(ValueError, match="Weights of another network"):
        ResNetUNetColorizer(TINY, TINY_DECODER).load_encoder_weights(
            tmp_path / "whole.npz"
        )


def test_there_is_no_download():
    with pytest.raises(ValueError, match=r"path of an \.npz file"):
        ResNetUNetColorizer(TINY, TINY_DECODER).load_encoder_weights("imagenet")


def test_shuffles_start_without_checkerboard():
    model = ResNetUNetColorizer(TINY, TINY_DECODER)
    x = to_numpy(
        keras.Model(model.input, model.get_layer("up3_shuffle").output)(
            lightness(64, 96)
        )
    )
    enlarged = x[:, ::2, ::2].repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(x, enlarged, atol=1e-5)
    assert np.abs(x).max() > 0


def test_wild_colors_are_clipped_where_they_are_served():
    model = ResNetUNetColorizer(TINY, TINY_DECODER)
    head = model.get_layer("ab_scaled")
    head.set_weights([w * 1e3 for w in head.get_weights()])
    L = lightness(32, 64)
    assert np.abs(to_numpy(model(L))).max() > 500
    ab = to_numpy(model.predict_ab(L))
    assert ab.min() >= -107.9 and ab.max() <= 98.3


@pytest.mark.parametrize("filters", [(4, 6, 8), (4, 6, 8, 1)])
def test_impossible_filters_are_refused(filters):
    with pytest.raises(ValueError, match="Received: stackwise_filters"):
        ResNetUNetColorizer(filters)
    with pytest.raises(ValueError, match="Received: decoder_filters"):
        ResNetUNetColorizer(TINY, filters)
