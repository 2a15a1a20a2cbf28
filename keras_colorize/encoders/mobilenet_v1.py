"""MobileNetV1 0.75 as features of gray photos.

Howard et al., MobileNets: Efficient Convolutional Neural Networks for Mobile
Vision Applications, 2017. The layer names are those of `keras.applications`,
whose ImageNet weights (Apache-2.0) fit. Batch norm is folded into the
convolutions: an encoder that is fine-tuned with fixed statistics needs none.
"""

import keras
from keras import layers

from keras_colorize.encoders.pretrained import assign_arrays
from keras_colorize.encoders.pretrained import download_imagenet
from keras_colorize.encoders.pretrained import fold_batch_norm
from keras_colorize.encoders.pretrained import read_npz
from keras_colorize.encoders.pretrained import take_array

_BATCH_NORM_EPSILON = 1e-3
# Stride and filters, before the width multiplier, of the 13 separable
# convolutions.
_BLOCKS = (
    (1, 64),
    (2, 128),
    (1, 128),
    (2, 256),
    (1, 256),
    (2, 512),
    (1, 512),
    (1, 512),
    (1, 512),
    (1, 512),
    (1, 512),
    (2, 1024),
    (1, 1024),
)
_STEM_FILTERS = 32


def build_mobilenet_v1(width=0.75, name="mobilenet_v1"):
    """Builds the network with fresh weights; downloads nothing.

    Args:
        width: float, multiplier of all filters; the weights are those of
            0.75.
        name: name of the model.

    Returns:
        `keras.Model` from luma, float (B, H, W, 1) in [0, 1], to the list of
        the features of strides 2, 4, 8, 16 and 32: (B, H/s, W/s, C) after
        ReLU6. H and W are multiples of 32.
    """
    luma = keras.Input((None, None, 1), name="luma")
    x = layers.Concatenate(dtype="float32", name="rgb")([luma] * 3)
    x = layers.Rescaling(2.0, offset=-1.0, dtype="float32", name="preprocess")(
        x
    )
    x = layers.Conv2D(
        max(1, int(_STEM_FILTERS * width)),
        3,
        strides=2,
        padding="same",
        name="conv1",
    )(x)
    x = layers.ReLU(6.0, name="conv1_relu")(x)
    features = []
    for i, (stride, filters) in enumerate(_BLOCKS, start=1):
        if stride == 2:
            features.append(x)
        x = layers.DepthwiseConv2D(
            3, strides=stride, padding="same", name=f"conv_dw_{i}"
        )(x)
        x = layers.ReLU(6.0, name=f"conv_dw_{i}_relu")(x)
        x = layers.Conv2D(max(1, int(filters * width)), 1, name=f"conv_pw_{i}")(
            x
        )
        x = layers.ReLU(6.0, name=f"conv_pw_{i}_relu")(x)
    return keras.Model(luma, [*features, x], name=name)


def load_mobilenet_v1_weights(model, source="imagenet"):
    """Puts pretrained weights into a network of `build_mobilenet_v1`.

    Args:
        model: what `build_mobilenet_v1` returned, of width 0.75.
        source: `"imagenet"`, which downloads them through
            `keras.applications` (no checksum of them is published), or the
            path of an `.npz` with `<layer>__kernel` or
            `<layer>__depthwise_kernel` and `<layer>_bn__gamma`, `__beta`,
            `__moving_mean` and `__moving_variance` for every convolution.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read, lacks a layer, or holds one
            of another shape. The model is unchanged then.
    """
    arrays = _imagenet_arrays() if source == "imagenet" else read_npz(source)
    folded = {}
    for layer in model.layers:
        if not layer.weights:
            continue
        depthwise = isinstance(layer, layers.DepthwiseConv2D)
        # Keras names the variable of either kind "kernel".
        kernel = "depthwise_kernel" if depthwise else "kernel"
        statistics = [
            take_array(arrays, f"{layer.name}_bn__{key}", source)
            for key in ("gamma", "beta", "moving_mean", "moving_variance")
        ]
        folded[f"{layer.name}__kernel"], folded[f"{layer.name}__bias"] = (
            fold_batch_norm(
                take_array(arrays, f"{layer.name}__{kernel}", source),
                *statistics,
                _BATCH_NORM_EPSILON,
            )
        )
    assign_arrays(model, folded, source)


def _imagenet_arrays():
    network = download_imagenet(
        keras.applications.MobileNet,
        input_shape=(224, 224, 3),  # names the file; Keras warns without
        alpha=0.75,
        include_top=False,
    )
    arrays = {}
    for layer in network.layers:
        depthwise = isinstance(layer, layers.DepthwiseConv2D)
        for variable in layer.weights:
            prefix = "depthwise_" if depthwise else ""
            key = f"{layer.name}__{prefix}{variable.name}"
            arrays[key] = keras.ops.convert_to_numpy(variable)
    return arrays
