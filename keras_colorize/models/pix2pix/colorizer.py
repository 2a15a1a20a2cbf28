"""The generator of pix2pix: a U-Net of 4 x 4 convolutions.

Isola et al., Image-to-Image Translation with Conditional Adversarial
Networks, CVPR 2017. The layers are those of the authors' PyTorch release
(BSD-2-Clause); nothing here is copied from it.

Differences from the source:
    - In inference dropout is off and batch norm uses the statistics of the
      training, so that a photo always gets the same colors. The authors keep
      dropout on and normalize by the photo at hand: `norm="instance"` does
      that, in training and in inference alike.
    - The input is L* in [0, 100] and the output CIE ab; both are scaled by
      layers of the graph, as L/50 - 1 and by 110.
"""

import keras
from keras import layers

from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.discriminators import AB_SCALE
from keras_colorize.models.discriminators import INIT_STDDEV
from keras_colorize.models.discriminators import scale_L
from keras_colorize.models.norms import apply_norm
from keras_colorize.models.norms import check_norm

# Level from which the way up has dropout; the deepest one has none.
_FIRST_DROPOUT_LEVEL = 4


@keras.saving.register_keras_serializable(package="keras_colorize")
class Pix2PixColorizer(Colorizer):
    """Predicts ab with a U-Net that halves its input N times.

    Example:
        model = create_model("pix2pix_small")
        L = np.full((1, 64, 96, 1), 60.0, "float32")
        model.predict_ab(L).shape  # (1, 64, 96, 2)

    Args:
        stackwise_filters: sequence of N >= 2 ints, filters of the way down.
            U-Net-256 has 64, 128, 256 and five times 512.
        norm: "batch" or "instance".
        dropout_rate: float in [0, 1), on the way up from level 4 on.
        **kwargs: name and trainable.

    Input shape:
        float (B, H, W, 1), L* in [0, 100]; H and W multiples of 2^N.

    Output shape:
        float32 (B, H, W, 2), CIE a* and b* in [-110, 110].

    Raises:
        ValueError: If an argument is outside what is said above.
    """

    clips_ab = True

    def __init__(
        self, stackwise_filters, norm="batch", dropout_rate=0.5, **kwargs
    ):
        _check_arguments(stackwise_filters, norm, dropout_rate)

        # === Graph ===
        L = keras.Input((None, None, 1), name="L")  # CIE L*, [0, 100]
        levels = _apply_way_down(scale_L(L), stackwise_filters, norm)
        x = levels[-1]  # (B, H/2^N, W/2^N, C)
        for i in range(len(levels) - 1, 0, -1):
            has_dropout = _FIRST_DROPOUT_LEVEL <= i < len(levels) - 1
            x = _apply_up(
                x,
                stackwise_filters[i - 1],
                norm,
                dropout_rate if has_dropout else 0.0,
                name=f"up{i}",
            )  # (B, H/2^i, W/2^i, C)
            x = layers.Concatenate(name=f"skip{i}")([levels[i - 1], x])
        x = layers.ReLU(name="up0_relu")(x)
        x = _apply_transposed(x, 2, "up0_conv", dtype="float32")
        x = layers.Activation("tanh", dtype="float32", name="ab_scaled")(x)
        ab = layers.Rescaling(AB_SCALE, dtype="float32", name="ab")(x)
        super().__init__(inputs=L, outputs=ab, **kwargs)

        # === Config ===
        self.stackwise_filters = tuple(stackwise_filters)
        self.norm = norm
        self.dropout_rate = dropout_rate
        self.size_multiple = 2 ** len(stackwise_filters)


def _apply_way_down(x, stackwise_filters, norm):
    """Returns the features of every level, before their activation."""
    levels = []
    last = len(stackwise_filters) - 1
    for i, filters in enumerate(stackwise_filters):
        if i > 0:
            x = layers.LeakyReLU(negative_slope=0.2, name=f"down{i}_leaky")(x)
        x = layers.Conv2D(
            filters,
            4,
            strides=2,
            padding="same",
            use_bias=norm == "instance",
            kernel_initializer=_initializer(),
            name=f"down{i}_conv",
        )(x)
        # A single pixel is left at the bottom: it is its own mean.
        if 0 < i < last:
            x = apply_norm(x, norm, name=f"down{i}_norm")
        levels.append(x)
    return levels


def _apply_up(x, filters, norm, dropout_rate, name):
    x = layers.ReLU(name=f"{name}_relu")(x)
    x = _apply_transposed(
        x, filters, f"{name}_conv", use_bias=norm == "instance"
    )
    x = apply_norm(x, norm, name=f"{name}_norm")
    if dropout_rate:
        x = layers.Dropout(dropout_rate, name=f"{name}_dropout")(x)
    return x


def _apply_transposed(x, filters, name, **options):
    return layers.Conv2DTranspose(
        filters,
        4,
        strides=2,
        padding="same",
        kernel_initializer=_initializer(),
        name=name,
        **options,
    )(x)


def _initializer():
    return keras.initializers.RandomNormal(stddev=INIT_STDDEV)


def _check_arguments(stackwise_filters, norm, dropout_rate):
    check_norm(norm)
    if len(stackwise_filters) < 2 or min(stackwise_filters) < 1:
        raise ValueError(
            "`stackwise_filters` must be 2 or more positive ints. "
            f"Received: stackwise_filters={stackwise_filters}."
        )
    if not 0 <= dropout_rate < 1:
        raise ValueError(
            "`dropout_rate` must be in [0, 1). "
            f"Received: dropout_rate={dropout_rate}."
        )
