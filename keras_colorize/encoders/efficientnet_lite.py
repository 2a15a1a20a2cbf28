"""EfficientNet-Lite, 0 and 2, as features of gray photos.

Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks, ICML 2019, in the variant for mobile devices that its authors
published: ReLU6, no squeeze-and-excitation; stem, first and last stage keep
their size where the others grow. Weights are read from files with the names
of the PyTorch ports (Apache-2.0). Batch norm is folded into the convolutions:
an encoder that is fine-tuned with fixed statistics needs none.
"""

import math

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
_FILTER_STEP = 8  # scaled filters are multiples of it


def build_efficientnet_lite0(width=1.0, name="efficientnet_lite0"):
    """Builds EfficientNet-Lite0 with fresh weights; downloads nothing.

    Args:
        width: float, multiplier of all filters; pretrained weights fit 1.
        name: name of the model.

    Returns:
        `keras.Model` from luma, float (B, H, W, 1) in [0, 1], to the list of
        the features of strides 2, 4, 8, 16 and 32: (B, H/s, W/s, C) with C
        of 16, 24, 40, 112 and 320, not rectified. H and W are multiples of
        32.
    """
    return _build(name, width, scales=(1.0, 1.0), num_stages=7)


def build_efficientnet_lite2(width=1.0, name="efficientnet_lite2"):
    """Builds EfficientNet-Lite2, a tenth wider and a fifth deeper.

    Without its last stage, one block that prepares classification alone and
    has a sixth of the weights.

    Args:
        width: float, multiplier of all filters; pretrained weights fit 1.
        name: name of the model.

    Returns:
        `keras.Model` as that of `build_efficientnet_lite0`, with C of 16, 24,
        48, 120 and 208.
    """
    return _build(name, width, scales=(1.1, 1.2), num_stages=6)


def _build(name, width, scales, num_stages):
    width_scale, depth_scale = scales
    luma = keras.Input((None, None, 1), name="luma")
    x = layers.Concatenate(dtype="float32", name="rgb")([luma] * 3)
    x = layers.Rescaling(
        255.0 / 128.0,
        offset=-127.0 / 128.0,
        dtype="float32",
        name="preprocess",
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
    for stage, settings in enumerate(_STAGES[:num_stages]):
        num_blocks, kernel_size, first_stride, expansion, filters = settings
        if first_stride == 2:
            features.append(x)
        filters = max(1, int(_scaled_filters(filters, width_scale) * width))
        if 0 < stage < len(_STAGES) - 1:
            num_blocks = math.ceil(num_blocks * depth_scale)
        for i in range(num_blocks):
            stride = first_stride if i == 0 else 1
            x = _apply_block(
                x, kernel_size, stride, expansion, filters, f"block{block}"
            )
            block += 1
    return keras.Model(luma, [*features, x], name=name)


def _scaled_filters(filters, scale):
    """Rounds to multiples of 8, never down by more than a tenth."""
    scaled = filters * scale
    rounded = int(scaled + _FILTER_STEP / 2) // _FILTER_STEP * _FILTER_STEP
    return rounded if rounded >= 0.9 * scaled else rounded + _FILTER_STEP


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


def load_efficientnet_lite_weights(model, source):
    """Puts pretrained weights into a network of one of the functions above.

    Args:
        model: what the function returned.
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
            "EfficientNet-Lite has no download in keras.applications: give "
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
