"""ResNet18 with batch norm, from scaled lightness to five levels.

He et al., Deep Residual Learning for Image Recognition, CVPR 2016; layers are
called `encoder_` and the name in torchvision, dots as underscores. The encoder
of `lite` (`encoders.resnet18`) has no norms: they are folded into it.
"""

from keras import layers

PREFIX = "encoder_"


def apply_resnet18(x, stackwise_filters):
    """Applies the encoder.

    Args:
        x: float (B, H, W, 1), lightness in [-1, 1]; H and W multiples of 32.
        stackwise_filters: sequence of 4 ints, filters of the stages;
            ResNet18's are 64, 128, 256 and 512.

    Returns:
        List of the features of strides 2, 4, 8, 16 and 32, (B, H/s, W/s, C),
        after ReLU.
    """
    x = _apply_conv(x, stackwise_filters[0], 7, 2, "conv1")
    x = _apply_norm(x, "bn1")
    x = layers.ReLU(name=f"{PREFIX}relu")(x)
    levels = [x]
    # After ReLU padding with 0 is padding with nothing for a maximum.
    x = layers.ZeroPadding2D(1, name=f"{PREFIX}pool_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name=f"{PREFIX}pool")(x)
    for i, filters in enumerate(stackwise_filters, start=1):
        x = _apply_block(x, filters, 1 if i == 1 else 2, f"layer{i}_0")
        x = _apply_block(x, filters, 1, f"layer{i}_1")
        levels.append(x)
    return levels


def _apply_block(x, filters, stride, name):
    shortcut = x
    if stride > 1:
        shortcut = _apply_conv(x, filters, 1, stride, f"{name}_downsample_0")
        shortcut = _apply_norm(shortcut, f"{name}_downsample_1")
    x = _apply_conv(x, filters, 3, stride, f"{name}_conv1")
    x = _apply_norm(x, f"{name}_bn1")
    x = layers.ReLU(name=f"{PREFIX}{name}_relu1")(x)
    x = _apply_conv(x, filters, 3, 1, f"{name}_conv2")
    x = _apply_norm(x, f"{name}_bn2")
    x = layers.Add(name=f"{PREFIX}{name}_add")([x, shortcut])
    return layers.ReLU(name=f"{PREFIX}{name}_relu2")(x)


def _apply_conv(x, filters, size, stride, name):
    name = PREFIX + name
    if stride > 1 and size > 1:
        # "same" would pad a strided convolution at the end only.
        x = layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(x)
    return layers.Conv2D(
        filters,
        size,
        strides=stride,
        padding="same" if stride == 1 else "valid",
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(x)


def _apply_norm(x, name):
    return layers.BatchNormalization(
        momentum=0.9, epsilon=1e-5, name=PREFIX + name
    )(x)
