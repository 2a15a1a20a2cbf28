"""ResNet18, of which all levels are returned: once for both its users.

`lite` uses it up to its third stage, as a model of its own that looks at gray
photos: with norms folded into its convolutions, for pretrained weights, or
with batch norm, to learn from random ones. The way down of `resnet_unet` has
all four stages and batch norm, and is part of its graph. Layers are called as
in torchvision, dots as underscores.

He et al., Deep Residual Learning for Image Recognition, CVPR 2016. Weights
are read from files with the names of torchvision (BSD-3-Clause).
"""

import functools

import keras
from keras import layers

from keras_colorize.encoders.pretrained import assign_arrays
from keras_colorize.encoders.pretrained import fold_batch_norm
from keras_colorize.encoders.pretrained import read_npz
from keras_colorize.encoders.pretrained import take_array

# Mean and deviation of ImageNet in [0, 1], R, G, B.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
_STAGE_FILTERS = (64, 128, 256)
_EPSILON = 1e-5  # of PyTorch's batch norm
_NORM_LEAVES = ("weight", "bias", "running_mean", "running_var")
# Slow enough for the statistics of small batches of crops that differ much.
_SLOW_MOMENTUM = 0.98


def build_resnet18(width=1.0, name="resnet18"):
    """Builds the network with fresh weights; downloads nothing.

    Args:
        width: float, multiplier of all filters; pretrained weights fit 1.
        name: name of the model.

    Returns:
        `keras.Model` from luma, float (B, H, W, 1) in [0, 1], to the list of
        the features of strides 2, 4, 8 and 16: (B, H/s, W/s, C) after ReLU,
        with C of 64, 64, 128 and 256 (2,780,544 weights and biases). H and W
        are multiples of 16.
    """
    luma = keras.Input((None, None, 1), name="luma")
    x = layers.Concatenate(dtype="float32", name="rgb")([luma] * 3)
    x = layers.Rescaling(
        [1 / deviation for deviation in _DEVIATION],
        offset=[
            -mean / deviation
            for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)
        ],
        dtype="float32",
        name="preprocess",
    )(x)
    filters = [max(1, int(filters * width)) for filters in _STAGE_FILTERS]
    features = apply_resnet18(x, filters)
    return keras.Model(luma, features, name=name)


def build_resnet18_norms(width=1.0, name="resnet18_norms"):
    """Builds the network with batch norm, to be trained from random weights.

    Luma comes in as one channel, since no weights ask for three, and from -2
    to 2.

    Args:
        width: float, multiplier of all filters.
        name: name of the model.

    Returns:
        `keras.Model` as that of `build_resnet18`.
    """
    luma = keras.Input((None, None, 1), name="luma")
    x = layers.Rescaling(4.0, offset=-2.0, dtype="float32", name="preprocess")(
        luma
    )
    filters = [max(1, int(filters * width)) for filters in _STAGE_FILTERS]
    features = apply_resnet18(
        x, filters, has_norms=True, momentum=_SLOW_MOMENTUM
    )
    return keras.Model(luma, features, name=name)


def apply_resnet18(
    x, stackwise_filters, prefix="", has_norms=False, momentum=0.9
):
    """Applies the network to normalized photos.

    Args:
        x: float (B, H, W, C); H and W multiples of all strides.
        stackwise_filters: sequence of ints, filters of the stages; up to 4.
            ResNet18's are 64, 128, 256 and 512.
        prefix: str before the names of all layers.
        has_norms: bool, whether batch norm follows each convolution, which
            then has no bias.
        momentum: float in [0, 1), of the norms' moving statistics.

    Returns:
        List of the features of strides 2, 4, 8 and so on, one more than there
        are stages: (B, H/s, W/s, C), after ReLU.
    """
    conv = functools.partial(
        _apply_conv, prefix=prefix, has_norms=has_norms, momentum=momentum
    )
    x = conv(x, stackwise_filters[0], 7, 2, "conv1", relu="relu")
    levels = [x]
    # After ReLU padding with 0 is padding with nothing for a maximum.
    x = layers.ZeroPadding2D(1, name=f"{prefix}pool_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name=f"{prefix}pool")(x)
    last_relu = "relu2" if has_norms else "relu"
    for i, filters in enumerate(stackwise_filters, start=1):
        for j in range(2):
            block, shortcut = f"layer{i}_{j}", x
            stride = 2 if i > 1 and j == 0 else 1
            if stride > 1:
                shortcut = conv(x, filters, 1, stride, f"{block}_downsample_0")
            x = conv(
                x, filters, 3, stride, f"{block}_conv1", relu=f"{block}_relu1"
            )
            x = conv(x, filters, 3, 1, f"{block}_conv2")
            x = layers.Add(name=f"{prefix}{block}_add")([x, shortcut])
            x = layers.ReLU(name=f"{prefix}{block}_{last_relu}")(x)
        levels.append(x)
    return levels


def _apply_conv(
    x, filters, size, stride, name, *, prefix, has_norms, momentum, relu=None
):
    """Applies a convolution, and a norm and the ReLU called so if asked."""
    if stride > 1 and size > 1:
        # "same" would pad a strided convolution at the end only.
        padded = name if has_norms else name.removesuffix("_conv1")
        x = layers.ZeroPadding2D(size // 2, name=f"{prefix}{padded}_pad")(x)
    x = layers.Conv2D(
        filters,
        size,
        strides=stride,
        padding="same" if stride == 1 else "valid",
        activation="relu" if relu and not has_norms else None,
        use_bias=not has_norms,
        kernel_initializer="he_normal" if has_norms else "glorot_uniform",
        name=prefix + name,
    )(x)
    if not has_norms:
        return x
    x = layers.BatchNormalization(
        momentum=momentum, epsilon=_EPSILON, name=prefix + norm_name(name)
    )(x)
    return layers.ReLU(name=prefix + relu)(x) if relu else x


def norm_name(conv):
    """Names the norm that follows a convolution of that name."""
    return conv.replace("conv", "bn").replace("downsample_0", "downsample_1")


def load_resnet18_weights(model, source):
    """Puts pretrained weights into a network of `build_resnet18`.

    Args:
        model: what `build_resnet18` returned.
        source: path of an `.npz` with the names and layouts of torchvision
            (timm's are the same): either its state dict, with `conv1.weight`
            (out, in, h, w), `bn1.weight`, `bn1.running_mean`, …; or one whose
            norms have been folded, with a `conv1.bias` beside each
            `conv1.weight` and no norms. Other layers are left alone.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read, lacks a layer, or holds one
            of another shape, or `source` is `"imagenet"`: no library that
            this one uses offers a download. The model is unchanged then.
    """
    if source == "imagenet":
        raise ValueError(
            "ResNet18 has no download in keras.applications: give the path "
            "of an .npz file with the weights of torchvision or timm."
        )
    arrays = read_npz(source)
    has_norms = "bn1.weight" in arrays

    def take(layer_name, leaf):
        key = layer_name.replace("_", ".")
        return take_array(arrays, f"{key}.{leaf}", source)

    renamed = {}
    for layer in model.layers:
        if not layer.weights:
            continue
        kernel = take(layer.name, "weight").transpose(2, 3, 1, 0)
        if has_norms:
            norm = [take(norm_name(layer.name), leaf) for leaf in _NORM_LEAVES]
            kernel, bias = fold_batch_norm(kernel, *norm, _EPSILON)
        else:
            bias = take(layer.name, "bias")
        renamed[f"{layer.name}__kernel"] = kernel
        renamed[f"{layer.name}__bias"] = bias
    assign_arrays(model, renamed, source)
