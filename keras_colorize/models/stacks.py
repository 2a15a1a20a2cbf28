"""Stacks of convolutions that ECCV16 and SIGGRAPH17 are built from."""

from keras import layers

from keras_colorize.layers.dilated_conv import DilatedConv2D


def apply_conv_stack(x, filters, num_convs, name, stride=1, dilation=1):
    """Convolutions with ReLU, the last one strided, then one batch norm.

    Args:
        x: (B, H, W, C).
        filters: int, output channels of every convolution.
        num_convs: int.
        name: str, prefix of the layers `<name>_conv1` … and `<name>_norm`.
        stride: int, of the last convolution.
        dilation: int, of all convolutions.

    Returns:
        (B, H/stride, W/stride, filters), halves rounded up.
    """
    for i in range(num_convs):
        x = apply_conv(
            x,
            filters,
            name=f"{name}_conv{i + 1}",
            stride=stride if i == num_convs - 1 else 1,
            dilation=dilation,
        )
    # The norm comes last: it sees rectified values and feeds the next stack.
    return layers.BatchNormalization(
        momentum=0.9, epsilon=1e-5, name=f"{name}_norm"
    )(x)


def apply_conv(x, filters, name, stride=1, dilation=1, activation="relu"):
    """Applies one 3x3 convolution with bias; pads both sides alike.

    Returns:
        (B, H/stride, W/stride, filters), halves rounded up.
    """
    arguments = dict(
        activation=activation, kernel_initializer="he_normal", name=name
    )
    if dilation > 1:
        return DilatedConv2D(
            filters, 3, dilation_rate=dilation, padding="same", **arguments
        )(x)
    if stride == 1:
        return layers.Conv2D(filters, 3, padding="same", **arguments)(x)
    # TRICKY: "same" pads a strided convolution at the end only for even
    # sizes, one pixel off from the reference's symmetric padding.
    x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    return layers.Conv2D(filters, 3, strides=stride, **arguments)(x)


def apply_upsampling(x, filters, name, activation=None):
    """Applies one transposed 4x4 convolution that doubles both sides.

    Returns:
        (B, 2 H, 2 W, filters).
    """
    return layers.Conv2DTranspose(
        filters,
        4,
        strides=2,
        padding="same",
        activation=activation,
        kernel_initializer="he_normal",
        name=name,
    )(x)
