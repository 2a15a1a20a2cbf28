"""Pretrained weights of ResNet18 for an encoder with batch norm.

The encoder reads lightness in [-1, 1] where ResNet18 reads normalized RGB. A
gray of luma g has R = G = B = g, and g is close to (x + 1) / 2 for the scaled
lightness x, so that each channel is

    (g - mean) / deviation = x * 0.5 / deviation + (0.5 - mean) / deviation.

The factors go into the first kernel, whose channels add up, and the constants
through it into the offset of the norm that follows.
"""

import keras
import numpy as np
from keras import ops

from keras_colorize.encoders.pretrained import read_npz
from keras_colorize.encoders.resnet18 import norm_name

PREFIX = "encoder_"  # of the names of its layers
# Mean and deviation of ImageNet in [0, 1], R, G, B.
_MEAN = np.array([0.485, 0.456, 0.406], "float32")
_DEVIATION = np.array([0.229, 0.224, 0.225], "float32")
# A folded file may leave out convolutions of this stage only.
_MAY_BE_MISSING = f"{PREFIX}layer4_"
# Of torchvision; leaf in a state dict -> name of the Keras variable.
_NORM_LEAVES = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def load_encoder(model, source):
    """Assigns weights of ResNet18 to the encoder of a `ResNetUNetColorizer`.

    Args:
        model: the colorizer.
        source: path of an `.npz` with the names and layouts of torchvision
            (timm's are the same): either its state dict, with `bn1.weight`,
            `bn1.running_mean`, …; or one whose norms have been folded, with
            a `conv1.bias` beside each `conv1.weight` and no norms. A folded
            file may lack kernels of `layer4`. What only classifies (`fc`) is
            not used.

    Returns:
        Tuple of the names of the convolutions that keep random weights.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read, lacks a layer, or holds one
            of another shape, or `source` is `"imagenet"`, for which there is
            no download. The model is unchanged then.
    """
    if source == "imagenet":
        raise ValueError(
            "ResNet18 has no download in keras.applications: give the path "
            "of an .npz file with the weights of torchvision or timm."
        )
    arrays = read_npz(source)
    folded = "bn1.weight" not in arrays
    values, missing = {}, []
    for conv, norm in _conv_norm_pairs(model):
        key = _key_of(conv)
        if folded and conv.name.startswith(_MAY_BE_MISSING):
            if f"{key}.weight" not in arrays:
                missing.append(conv.name)
                continue
        kernel = _take(arrays, f"{key}.weight", source).transpose(2, 3, 1, 0)
        if folded:
            state = _unfolded(norm, _take(arrays, f"{key}.bias", source))
        else:
            state = {
                name: _take(arrays, f"{_key_of(norm)}.{leaf}", source)
                for leaf, name in _NORM_LEAVES.items()
            }
        if kernel.shape[:3] == (7, 7, 3):
            kernel, state = _for_lightness(kernel, state, norm.epsilon)
        values[conv.kernel.path] = (conv.kernel, kernel)
        for name, value in state.items():
            variable = getattr(norm, name)
            values[variable.path] = (variable, value)
    _assign(values.values(), source)
    return tuple(missing)


def match_norms(model, photos):
    """Fits the norms of the encoder to photos; its function stays the same.

    Args:
        model: a `ResNetUNetColorizer`.
        photos: iterable of float (B, H, W, 1), L* in [0, 100], in batches of
            one size.

    Raises:
        ValueError: If there is no photo.
    """
    norms = [norm for _, norm in _conv_norm_pairs(model)]
    probe = keras.Model(model.input, [norm.input for norm in norms])
    batches = [[_moments(x) for x in probe(L, training=False)] for L in photos]
    if not batches:
        raise ValueError("Norms are matched to photos. Received: none.")
    for norm, moments in zip(norms, zip(*batches, strict=True), strict=True):
        mean, mean_square = np.mean(moments, axis=0)
        _refit(norm, mean, mean_square - mean**2)


def _refit(norm, mean, variance):
    """Replaces the statistics and keeps gamma * (x - m) / s + beta."""
    old_mean, old_variance = (
        _numpy(v) for v in (norm.moving_mean, norm.moving_variance)
    )
    scale = _numpy(norm.gamma) / np.sqrt(old_variance + norm.epsilon)
    norm.gamma.assign(scale * np.sqrt(variance + norm.epsilon))
    norm.beta.assign(_numpy(norm.beta) + scale * (mean - old_mean))
    norm.moving_mean.assign(mean)
    norm.moving_variance.assign(variance)


def _moments(x):
    x = _numpy(x).astype("float64")
    return np.array([x.mean(axis=(0, 1, 2)), (x**2).mean(axis=(0, 1, 2))])


def _conv_norm_pairs(model):
    """Pairs each convolution of the encoder with the norm that follows."""
    names = [layer.name for layer in model.layers]
    pairs = []
    for layer in model.layers:
        if not layer.name.startswith(PREFIX) or not hasattr(layer, "kernel"):
            continue
        norm = names.index(norm_name(layer.name))
        pairs.append((layer, model.layers[norm]))
    return pairs


def _key_of(layer):
    return layer.name.removeprefix(PREFIX).replace("_", ".")


def _unfolded(norm, bias):
    """Makes a norm that only adds a bias, in inference."""
    ones = np.ones_like(bias)
    return {
        "gamma": ones * np.sqrt(1 + norm.epsilon).astype("float32"),
        "beta": bias,
        "moving_mean": 0 * ones,
        "moving_variance": ones,
    }


def _for_lightness(kernel, state, epsilon):
    """Makes the first convolution read scaled lightness, see above."""
    constants = (kernel * ((0.5 - _MEAN) / _DEVIATION)[:, None]).sum((0, 1, 2))
    scale = state["gamma"] / np.sqrt(state["moving_variance"] + epsilon)
    kernel = (kernel * (0.5 / _DEVIATION)[:, None]).sum(2, keepdims=True)
    return kernel, {**state, "beta": state["beta"] + scale * constants}


def _take(arrays, key, source):
    if key not in arrays:
        raise ValueError(
            f"{source} does not hold weights of ResNet18: it lacks {key!r}."
        )
    return np.asarray(arrays[key], "float32")


def _assign(pairs, source):
    for variable, value in pairs:
        if value.shape != tuple(variable.shape):
            raise ValueError(
                f"Weights of another network: {variable.path!r} should have "
                f"the shape {tuple(variable.shape)}. Received: "
                f"shape={value.shape} in {source}."
            )
    for variable, value in pairs:
        variable.assign(value)


def _numpy(x):
    return ops.convert_to_numpy(x)
