"""UNet++ as published, with a head for color.

Zhou et al., UNet++: A Nested U-Net Architecture for Medical Image
Segmentation, 2018; widths, dropout and order of concatenation are those of
the authors' Keras code, of which nothing is copied.

Differences from the source:
    - The head has two linear channels, U and V in units of their largest
      values, where the source segments with a sigmoid.
    - With deep supervision the output is the mean of the heads, in training
      too; the source trains each head with a loss of its own.
    - No L2 penalty in the network: a recipe sets `weight_decay`.
"""

import functools

import keras
from keras import layers

from keras_colorize.layers.luma import LToLuma
from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.unetpp.nested import apply_nested_nodes
from keras_colorize.models.unetpp.nested import apply_uv_heads
from keras_colorize.models.unetpp.nested import check_arguments


@keras.saving.register_keras_serializable(package="keras_colorize")
class UNetPlusPlusColorizer(Colorizer):
    """Predicts UV with nested U-Nets of all depths that share an encoder.

    Example:
        model = create_model("unetpp_base")
        L = np.full((1, 64, 96, 1), 60.0, "float32")
        model.predict_ab(L).shape  # (1, 64, 96, 2)

    Args:
        stackwise_filters: sequence of N ints, filters of each level; each
            level halves the size of the one before. Published: 32, 64, 128,
            256, 512.
        dropout_rate: float in [0, 1), after each convolution of a node.
        deep_supervision: bool. The output is the mean of one head per node
            of the first level instead of the last node's head.
        **kwargs: name and trainable.

    Input shape:
        float (B, H, W, 1), L* in [0, 100]; H and W multiples of 2^(N-1).

    Output shape:
        float32 (B, H, W, 2), BT.601 U and V.

    Raises:
        ValueError: If an argument is outside what is said above.
    """

    output_kind = "uv"

    def __init__(
        self,
        stackwise_filters,
        dropout_rate=0.5,
        deep_supervision=False,
        **kwargs,
    ):
        check_arguments(stackwise_filters)
        if not 0 <= dropout_rate < 1:
            raise ValueError(
                "`dropout_rate` must be in [0, 1). "
                f"Received: dropout_rate={dropout_rate}."
            )

        # === Graph ===
        L = keras.Input((None, None, 1), name="L")  # CIE L*, [0, 100]
        gray = LToLuma(name="luma")(L)  # (B, H, W, 1), [0, 1]

        apply_node = functools.partial(_apply_node, dropout_rate=dropout_rate)
        nodes = apply_nested_nodes(
            gray, stackwise_filters, apply_node, _apply_up
        )
        uv = apply_uv_heads(nodes, deep_supervision)  # (B, H, W, 2)
        super().__init__(inputs=L, outputs=uv, **kwargs)

        # === Config ===
        self.stackwise_filters = tuple(stackwise_filters)
        self.dropout_rate = dropout_rate
        self.deep_supervision = deep_supervision
        self.size_multiple = 2 ** (len(stackwise_filters) - 1)


def _apply_node(x, filters, name, dropout_rate):
    """Applies convolution, ReLU and dropout, twice."""
    for i in (1, 2):
        x = layers.Conv2D(
            filters,
            3,
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
            name=f"{name}_conv{i}",
        )(x)
        x = layers.Dropout(dropout_rate, name=f"{name}_dropout{i}")(x)
    return x


def _apply_up(x, filters, name):
    return layers.Conv2DTranspose(filters, 2, strides=2, name=name)(x)
