"""EfficientNet-Lite0 as features of gray photos.

Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks, ICML 2019, in the variant for mobile devices that its authors
published: ReLU6, no squeeze-and-excitation, stem of fixed width. Weights are
read from files with the names of the PyTorch ports (Apache-2.0). Batch norm
is folded into the convolutions: an encoder that is fine-tuned with fixed
statistics needs none.
"""

import keras
from keras import layers

from keras_colorize.encoders.pretrained import assign_arrays
from keras_colorize.encoders.pretrained import fold_batch_norm
from keras_colorize.encoders.pretrained import read_npz
from keras_colorize.encoders.pretrained import take_array

_BATCH_NORM_EPSILON = 1e-3
_STEM_FILTERS = 32
# Without norms a smaller start would fade from layer to layer.
_INITIALIZER = "he_normal"
# Blocks, kernel size, stride of the first block, expansion and filters.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def build_efficientnet_lite0(width=1.0, name="efficientnet_lite0"):
    """Builds the network with fresh weights; downloads nothing.

    Args:
        width: float, multiplier of all filters; pretrained weights fit 1.
        name: name of the model.

    Returns:
        `keras.Model` from luma, float (B, H, W, 1) in [0, 1], to the list of
        the features of strides 2, 4, 8, 16 and 32: (B, H/s, W/s, C) with C
        of 16, 24, 40, 112 and 320, not rectified. H and W are multiples of
        32.
    """
    luma = keras.Input((None, None, 1), name="luma")
    x = layers.Concatenate(name="rgb")([luma] * 3)
    x = layers.Rescaling(
        255.0 / 128.0, offset=-127.0 / 128.0, name="preprocess"
    )(x)
    x = layers.Conv2D(
        max(1, int(_STEM_FILTERS * width)),
        3,
        strides=2,
        padding="same",
        kernel_initializer=_INITIALIZER,
        name="conv_stem",
    )(x)
    x = layers.ReLU(6.0, name="conv_stem_relu")(x)
    features = []
    block = 0
    for num_blocks, kernel_size, first_stride, expansion, filters in _STAGES:
        if first_stride == 2:
            features.append(x)
        filters = max(1, int(filters * width))
        for i in range(num_blocks):
            stride = first_stride if i == 0 else 1
            x = _apply_block(
                x, kernel_size, stride, expansion, filters, f"block{block}"
            )
            block += 1
    return keras.Model(luma, [*features, x], name=name)


def _apply_block(x, kernel_size, stride, expansion, filters, name):
    """Applies an inverted residual: expand, filter each channel, project."""
    inputs = x
    if expansion != 1:
        x = layers.Conv2D(
            expansion * x.shape[-1],
            1,
            kernel_initializer=_INITIALIZER,
            name=f"{name}_expand_conv",
        )(x)
        x = layers.ReLU(6.0, name=f"{name}_expand_relu")(x)
    x = layers.DepthwiseConv2D(
        kernel_size,
        strides=stride,
        padding="same",
        depthwise_initializer=_INITIALIZER,
        name=f"{name}_depthwise_conv",
    )(x)
    x = layers.ReLU(6.0, name=f"{name}_depthwise_relu")(x)
    x = layers.Conv2D(
        filters,
        1,
        kernel_initializer=_INITIALIZER,
        name=f"{name}_project_conv",
    )(x)
    if stride == 1 and inputs.shape[-1] == filters:
        x = layers.Add(name=f"{name}_add")([x, inputs])
    return x


def load_efficientnet_lite0_weights(model, source):
    """Puts pretrained weights into a network of `build_efficientnet_lite0`.

    Args:
        model: what `build_efficientnet_lite0` returned.
        source: path of an `.npz` with the names and layouts of the PyTorch
            ports: `_conv_stem.weight` (out, in, h, w), `_bn0.weight`, …,
            `_blocks.0._depthwise_conv.weight`, ….

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read, lacks a layer, or holds one
            of another shape, or `source` is `"imagenet"`: no library that
            this one uses offers a download. The model is unchanged then.
    """
    if source == "imagenet":
        raise ValueError(
            "EfficientNet-Lite0 has no download in keras.applications: give "
            "the path of an .npz file with the weights of a PyTorch port."
        )
    arrays = read_npz(source)
    folded = {}
    for layer in model.layers:
        if not layer.weights:
            continue
        conv, norm = _port_names(layer.name)
        kernel = take_array(arrays, f"{conv}.weight", source)
        # OIHW to HWIO; (channels, 1, h, w) to (h, w, channels, 1).
        depthwise = isinstance(layer, layers.DepthwiseConv2D)
        kernel = kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))
        statistics = [
            take_array(arrays, f"{norm}.{key}", source)
            for key in ("weight", "bias", "running_mean", "running_var")
        ]
        folded[f"{layer.name}__kernel"], folded[f"{layer.name}__bias"] = (
            fold_batch_norm(kernel, *statistics, _BATCH_NORM_EPSILON)
        )
    assign_arrays(model, folded, source)


def _port_names(layer_name):
    """Names of the convolution and of its batch norm in the port."""
    if layer_name == "conv_stem":
        return "_conv_stem", "_bn0"
    block, _, conv = layer_name.partition("_")
    index = int(block.removeprefix("block"))
    # The first block does not expand, but the numbers of the norms stay.
    norm = {"expand_conv": 0, "depthwise_conv": 1, "project_conv": 2}[conv]
    return f"_blocks.{index}._{conv}", f"_blocks.{index}._bn{norm}"
