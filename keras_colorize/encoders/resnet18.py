"""ResNet18 up to its third stage, as features of gray photos.

He et al., Deep Residual Learning for Image Recognition, CVPR 2016. Weights
are read from files with the names of torchvision (BSD-3-Clause) whose batch
norm has been folded into the convolutions.
"""

import keras
from keras import layers

from keras_colorize.encoders.pretrained import assign_arrays
from keras_colorize.encoders.pretrained import read_npz
from keras_colorize.encoders.pretrained import take_array

# Mean and deviation of ImageNet in [0, 1], R, G, B.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
_STAGE_FILTERS = (64, 128, 256)


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
    x = layers.Concatenate(name="rgb")([luma] * 3)
    x = layers.Rescaling(
        [1 / deviation for deviation in _DEVIATION],
        offset=[
            -mean / deviation
            for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)
        ],
        name="preprocess",
    )(x)
    # "same" would pad a strided convolution at the end only.
    x = layers.ZeroPadding2D(3, name="conv1_pad")(x)
    x = layers.Conv2D(
        max(1, int(_STAGE_FILTERS[0] * width)),
        7,
        strides=2,
        activation="relu",
        name="conv1",
    )(x)
    features = [x]
    # After ReLU padding with 0 is padding with nothing for a maximum.
    x = layers.ZeroPadding2D(1, name="pool_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool")(x)
    for i, filters in enumerate(_STAGE_FILTERS, start=1):
        filters = max(1, int(filters * width))
        x = _apply_block(x, filters, 1 if i == 1 else 2, f"layer{i}_0")
        x = _apply_block(x, filters, 1, f"layer{i}_1")
        features.append(x)
    return keras.Model(luma, features, name=name)


def _apply_block(x, filters, stride, name):
    shortcut = x
    if stride > 1:
        x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
        shortcut = layers.Conv2D(
            filters, 1, strides=stride, name=f"{name}_downsample_0"
        )(shortcut)
    x = layers.Conv2D(
        filters,
        3,
        strides=stride,
        padding="valid" if stride > 1 else "same",
        activation="relu",
        name=f"{name}_conv1",
    )(x)
    x = layers.Conv2D(filters, 3, padding="same", name=f"{name}_conv2")(x)
    x = layers.Add(name=f"{name}_add")([x, shortcut])
    return layers.ReLU(name=f"{name}_relu")(x)


def load_resnet18_weights(model, source):
    """Puts pretrained weights into a network of `build_resnet18`.

    Args:
        model: what `build_resnet18` returned.
        source: path of an `.npz` with the names and layouts of torchvision,
            batch norm folded: `conv1.weight` (out, in, h, w), `conv1.bias`,
            `layer1.0.conv1.weight`, …. Other layers are left alone.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read, lacks a layer, or holds one
            of another shape, or `source` is `"imagenet"`: no library that
            this one uses offers a download. The model is unchanged then.
    """
    if source == "imagenet":
        raise ValueError(
            "ResNet18 has no download in keras.applications: give the path "
            "of an .npz file with the folded weights of torchvision."
        )
    arrays = read_npz(source)
    renamed = {}
    for layer in model.layers:
        if not layer.weights:
            continue
        key = layer.name.replace("_", ".")
        kernel = take_array(arrays, f"{key}.weight", source)
        renamed[f"{layer.name}__kernel"] = kernel.transpose(2, 3, 1, 0)
        renamed[f"{layer.name}__bias"] = take_array(
            arrays, f"{key}.bias", source
        )
    assign_arrays(model, renamed, source)
