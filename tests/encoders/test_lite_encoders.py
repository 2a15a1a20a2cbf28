"""The encoders of lite: features, preprocessing, and pretrained weights."""

import keras
import numpy as np
import pytest
from keras import layers
from keras import ops

from keras_colorize.encoders import efficientnet_lite
from keras_colorize.encoders import mobilenet_v1
from keras_colorize.encoders import resnet18


def efficientnet_names(layer):
    """Kernel and the four arrays of its batch norm, as the file calls them."""
    if layer == "conv_stem":
        conv, norm = "_conv_stem", "_bn0"
    else:
        block, conv = layer.removeprefix("block").split("_", 1)
        number = ("expand_conv", "depthwise_conv", "project_conv").index(conv)
        conv = f"_blocks.{block}._{conv}"
        norm = f"_blocks.{block}._bn{number}"
    keys = ("weight", "bias", "running_mean", "running_var")
    return f"{conv}.weight", [f"{norm}.{key}" for key in keys]


def mobilenet_names(layer):
    kernel = "depthwise_kernel" if "_dw_" in layer else "kernel"
    keys = ("gamma", "beta", "moving_mean", "moving_variance")
    return f"{layer}__{kernel}", [f"{layer}_bn__{key}" for key in keys]


def resnet_names(layer):
    parts = layer.split("_")
    key = ".".join(parts)
    return f"{key}.weight", [f"{key}.bias"]


ENCODERS = {
    "efficientnet_lite0": (
        efficientnet_lite.build_efficientnet_lite0,
        efficientnet_lite.load_efficientnet_lite_weights,
        efficientnet_names,
        True,
    ),
    "efficientnet_lite2": (
        efficientnet_lite.build_efficientnet_lite2,
        efficientnet_lite.load_efficientnet_lite_weights,
        efficientnet_names,
        True,
    ),
    "mobilenet_v1": (
        mobilenet_v1.build_mobilenet_v1,
        mobilenet_v1.load_mobilenet_v1_weights,
        mobilenet_names,
        False,
    ),
    "resnet18": (
        resnet18.build_resnet18,
        resnet18.load_resnet18_weights,
        resnet_names,
        True,
    ),
}
each_encoder = pytest.mark.parametrize("name", ENCODERS)


def file_arrays(name, model, seed=0):
    """Random weights under the names and layouts of the encoder's file."""
    _, _, names, torch_layout = ENCODERS[name]
    rng = np.random.default_rng(seed)
    arrays = {}
    for layer in model.layers:
        if not layer.weights:
            continue
        key, others = names(layer.name)
        kernel = rng.normal(size=layer.kernel.shape).astype("float32")
        depthwise = isinstance(layer, layers.DepthwiseConv2D)
        channels = kernel.shape[2 if depthwise else 3]
        if torch_layout:
            kernel = kernel.transpose(
                (2, 3, 0, 1) if depthwise else (3, 2, 0, 1)
            )
        arrays[key] = kernel
        for other in others:
            arrays[other] = rng.uniform(0.5, 1.5, channels).astype("float32")
    return arrays


@each_encoder
def test_features_halve_the_size_each_time(name):
    model = ENCODERS[name][0](width=0.1)
    features = model(np.full((2, 64, 96, 1), 0.5, "float32"))
    for i, feature in enumerate(features, start=1):
        assert feature.shape[:3] == (2, 64 >> i, 96 >> i)
    assert len(features) == (4 if name == "resnet18" else 5)


@pytest.mark.parametrize(
    "name, filters",
    [
        ("efficientnet_lite0", [16, 24, 40, 112, 320]),
        ("efficientnet_lite2", [16, 24, 48, 120, 208]),
        ("resnet18", [64, 64, 128, 256]),
        ("mobilenet_v1", [48, 96, 192, 384, 768]),
    ],
)
def test_features_have_the_published_filters(name, filters):
    width = {"width": 0.75} if name == "mobilenet_v1" else {}
    model = ENCODERS[name][0](**width)
    assert [output.shape[-1] for output in model.outputs] == filters


@pytest.mark.parametrize(
    "name, params",
    # Trainable weights of the published network without its classifier, less
    # one per channel, since a bias replaces scale and offset of batch norm.
    [
        ("efficientnet_lite0", 2_958_848 - 19_728),
        # Without its last block: 208 to 1248 to 352 channels, 3 x 3.
        (
            "efficientnet_lite2",
            4_357_952 - 27_768 - 1248 * (208 + 9 + 352) - 1248 - 1248 - 352,
        ),
        ("mobilenet_v1", 1_816_560 - 8_208),
    ],
)
def test_parameters_are_those_of_the_published_network(name, params):
    width = {"width": 0.75} if name == "mobilenet_v1" else {}
    assert ENCODERS[name][0](**width).count_params() == params


@pytest.mark.parametrize(
    "name, expected",
    [
        ("efficientnet_lite0", [(102 - 127) / 128] * 3),
        ("mobilenet_v1", [102 / 127.5 - 1] * 3),
        (
            "resnet18",
            [
                (0.4 - 0.485) / 0.229,
                (0.4 - 0.456) / 0.224,
                (0.4 - 0.406) / 0.225,
            ],
        ),
    ],
)
def test_gray_is_scaled_like_the_photos_of_the_pretraining(name, expected):
    model = ENCODERS[name][0](width=0.1)
    preprocess = keras.Model(model.input, model.get_layer("preprocess").output)
    rgb = ops.convert_to_numpy(preprocess(np.full((1, 1, 1, 1), 0.4, "f")))
    np.testing.assert_allclose(rgb[0, 0, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("name", [*ENCODERS, "resnet18_norms"])
def test_close_grays_differ_under_mixed_precision(name):
    build = {**ENCODERS, "resnet18_norms": [resnet18.build_resnet18_norms]}
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model = build[name][0](width=0.1)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    preprocess = keras.Model(model.input, model.get_layer("preprocess").output)
    # Both are 0.5 in bfloat16.
    one, other = (
        ops.convert_to_numpy(preprocess(np.full((1, 2, 3, 1), luma, "f")))
        for luma in (0.5003, 0.5012)
    )
    assert (one < other).all()


@each_encoder
def test_weights_of_a_file_are_loaded(name, tmp_path):
    build, load, names, torch_layout = ENCODERS[name]
    model = build(width=0.1)
    arrays = file_arrays(name, model)
    np.savez(tmp_path / "w.npz", **arrays, left_alone=np.zeros(3))
    load(model, tmp_path / "w.npz")
    layer = next(x for x in model.layers if x.weights)  # the stem
    key, others = names(layer.name)
    kernel = arrays[key]
    if torch_layout:
        kernel = kernel.transpose(2, 3, 1, 0)
    if len(others) == 4:  # a batch norm to fold
        gamma, _, _, variance = (arrays[other] for other in others)
        kernel = kernel * gamma / np.sqrt(variance + 1e-3)
    found = ops.convert_to_numpy(layer.kernel)
    np.testing.assert_allclose(found, kernel, rtol=1e-5)


def test_norms_of_a_resnet_are_folded(tmp_path):
    model = resnet18.build_resnet18(width=0.05)
    state, folded = file_arrays("resnet18", model), {}
    rng = np.random.default_rng(1)
    for key in [k for k in state if k.endswith(".bias")]:
        conv = key.removesuffix(".bias")
        norm = conv.replace("conv", "bn").replace(
            "downsample.0", "downsample.1"
        )
        bias = state.pop(key)
        gamma, mean, variance = rng.uniform(0.5, 1.5, (3, len(bias)))
        state[f"{norm}.weight"], state[f"{norm}.bias"] = gamma, bias
        state[f"{norm}.running_mean"] = mean
        state[f"{norm}.running_var"] = variance
        # gamma (k * x - mean) / sqrt(variance + 1e-5) + bias
        scale = gamma / np.sqrt(variance + 1e-5)
        kernel = state[f"{conv}.weight"]  # (out, in, h, w)
        folded[f"{conv}.weight"] = kernel * scale[:, None, None, None]
        folded[f"{conv}.bias"] = bias - mean * scale
    loaded = []
    for name, arrays in (("state", state), ("folded", folded)):
        np.savez(tmp_path / f"{name}.npz", **arrays)
        resnet18.load_resnet18_weights(model, tmp_path / f"{name}.npz")
        loaded.append(model.get_weights())
    for one, other in zip(*loaded, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    del state["layer1.1.bn2.running_var"]
    np.savez(tmp_path / "part.npz", **state)
    with pytest.raises(ValueError, match="lacks 'layer1.1.bn2.running_var'"):
        resnet18.load_resnet18_weights(model, tmp_path / "part.npz")


@each_encoder
def test_file_of_another_network_changes_nothing(name, tmp_path):
    build, load, _, _ = ENCODERS[name]
    model = build(width=0.1)
    before = model.get_weights()
    np.savez(tmp_path / "wide.npz", **file_arrays(name, build(width=0.2)))
    with pytest.raises(ValueError, match="should have the shape"):
        load(model, tmp_path / "wide.npz")
    np.savez(tmp_path / "empty.npz", x=np.zeros(1))
    with pytest.raises(ValueError, match="does not hold weights"):
        load(model, tmp_path / "empty.npz")
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name", ["efficientnet_lite0", "resnet18"])
def test_no_download_is_promised_where_there_is_none(name):
    build, load, _, _ = ENCODERS[name]
    with pytest.raises(ValueError, match="path of an .npz file"):
        load(build(width=0.1), "imagenet")


def test_resnet_with_norms_is_the_same_network_with_norms():
    plain = resnet18.build_resnet18(width=0.1)
    normed = resnet18.build_resnet18_norms(width=0.1)
    assert [x.shape for x in normed.outputs] == [x.shape for x in plain.outputs]
    kernels = {x.name: x.kernel.shape for x in plain.layers if x.weights}
    stem = kernels.pop("conv1")
    found = {
        x.name: x.kernel.shape
        for x in normed.layers
        if isinstance(x, layers.Conv2D)
    }
    assert found.pop("conv1") == (*stem[:2], 1, stem[3])  # luma alone
    assert found == kernels
    norms = [
        x for x in normed.layers if isinstance(x, layers.BatchNormalization)
    ]
    assert len(norms) == len(kernels) + 1


def test_resnet_with_norms_has_features_of_one_size_from_random_weights():
    """Deep ones neither fade nor explode, whatever the seed."""
    model = resnet18.build_resnet18_norms(width=0.25)
    luma = np.random.default_rng(0).random((4, 64, 96, 1), "f")
    sizes = [float(ops.std(x)) for x in model(luma, training=True)]
    assert 0.3 < min(sizes) and max(sizes) < 3


def test_resnet_pads_like_its_source():
    torch = pytest.importorskip(
        "torch", reason="the source is PyTorch's (extra: backends)"
    )
    model = resnet18.build_resnet18(width=0.1)
    arrays = file_arrays("resnet18", model)
    rng = np.random.default_rng(3)
    luma = rng.random((1, 32, 48, 1)).astype("float32")
    stem = keras.Model(model.input, model.get_layer("pool").output)
    stem.get_layer("conv1").set_weights(
        [arrays["conv1.weight"].transpose(2, 3, 1, 0), arrays["conv1.bias"]]
    )
    rgb = keras.Model(model.input, model.get_layer("preprocess").output)(luma)
    x = torch.from_numpy(ops.convert_to_numpy(rgb).transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        x = torch.nn.functional.conv2d(
            x,
            torch.from_numpy(arrays["conv1.weight"]),
            torch.from_numpy(arrays["conv1.bias"]),
            stride=2,
            padding=3,
        ).relu()
        x = torch.nn.functional.max_pool2d(x, 3, stride=2, padding=1)
    expected = x.numpy().transpose(0, 2, 3, 1)
    np.testing.assert_allclose(
        ops.convert_to_numpy(stem(luma)), expected, atol=1e-4
    )
