"""Color-UNet++, a reconstruction: UNet++ for color in YUV.

Di et al., Color-UNet++: A resolution for colorization of grayscale images
using improved UNet++, Multimedia Tools and Applications 2021. Neither its text
nor its code was available. From summaries of it: UNet++ in YUV, with more
transfer of intermediate data against vanishing and exploding gradients, and
another upsampling against the uneven overlap of transposed convolutions. How
it does that is unknown; what follows is this project's reading of it:
    - batch norm after each convolution, no dropout, no bias before a norm;
    - bilinear enlargement and a convolution for each transposed convolution;
    - two channels of tanh, in units of the largest U and V;
    - optional heads on all nodes of the first level, averaged.
Widths are those of the published UNet++.
"""

import keras
from keras import layers

from keras_colorize.layers.bilinear_upsampling import BilinearUpsampling
from keras_colorize.layers.luma import LToLuma
from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.unetpp.nested import apply_nested_nodes
from keras_colorize.models.unetpp.nested import apply_uv_heads
from keras_colorize.models.unetpp.nested import check_arguments


@keras.saving.register_keras_serializable(package="keras_colorize")
class ColorUNetPlusPlusColorizer(Colorizer):
    """Predicts UV with batch-normalized nested U-Nets.

    Example:
        model = create_model("unetpp_color_small")
        L = np.full((1, 64, 96, 1), 60.0, "float32")
        model.predict_ab(L).shape  # (1, 64, 96, 2)

    Args:
        stackwise_filters: sequence of N ints, filters of each level; each
            level halves the size of the one before.
        deep_supervision: bool. The output is the mean of one head per node
            of the first level instead of the last node's head.
        **kwargs: name and trainable.

    Input shape:
        float (B, H, W, 1), L* in [0, 100]; H and W multiples of 2^(N-1).

    Output shape:
        float32 (B, H, W, 2), BT.601 U in [-0.436, 0.436] and V in
        [-0.615, 0.615].

    Raises:
        ValueError: If an argument is outside what is said above.
    """

    output_kind = "uv"

    def __init__(self, stackwise_filters, deep_supervision=False, **kwargs):
        check_arguments(stackwise_filters)

        # === Graph ===
        L = keras.Input((None, None, 1), name="L")  # CIE L*, [0, 100]
        gray = LToLuma(name="luma")(L)  # (B, H, W, 1), [0, 1]
        nodes = apply_nested_nodes(
            gray, stackwise_filters, _apply_node, _apply_up
        )
        uv = apply_uv_heads(nodes, deep_supervision, activation="tanh")
        super().__init__(inputs=L, outputs=uv, **kwargs)

        # === Config ===
        self.stackwise_filters = tuple(stackwise_filters)
        self.deep_supervision = deep_supervision
        self.size_multiple = 2 ** (len(stackwise_filters) - 1)


def _apply_node(x, filters, name):
    """Applies convolution, batch norm and ReLU, twice."""
    x = _apply_conv(x, filters, name=f"{name}_conv1")
    return _apply_conv(x, filters, name=f"{name}_conv2")


def _apply_up(x, filters, name):
    x = BilinearUpsampling(2, name=f"{name}_bilinear")(x)
    return _apply_conv(x, filters, name=f"{name}_conv")


def _apply_conv(x, filters, name):
    x = layers.Conv2D(
        filters,
        3,
        padding="same",
        use_bias=False,  # the norm brings an offset
        kernel_initializer="he_normal",
        name=name,
    )(x)
    # A smaller epsilon than Keras' 1e-3 lets channels that are nearly
    # constant explode when small batches train from scratch.
    x = layers.BatchNormalization(
        momentum=0.9, epsilon=1e-3, name=f"{name}_norm"
    )(x)
    return layers.ReLU(name=f"{name}_relu")(x)
