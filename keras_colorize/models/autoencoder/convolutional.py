"""Autoencoder of convolution, batch norm and ReLU, from L to ab.

A proposal of this project. A student report names such a network as its
baseline ("Conv2D layers, each followed by BatchNormalization, then ReLU") and
shows its layers only in a picture that is not readable: depth, widths and
kernel sizes here are ours, mirrored after the dense autoencoder of this
family. The report's result was strongly desaturated; it stopped early.
"""

import keras
from keras import layers

from keras_colorize.models.colorizer import Colorizer

_AB_SCALE = 110.0  # CIE ab units at tanh = 1; the largest in sRGB is 107.9


@keras.saving.register_keras_serializable(package="keras_colorize")
class ConvAutoencoderColorizer(Colorizer):
    """Halves the photo with each stage, doubles it again, predicts ab.

    Without a dense layer and without skip connections: it takes any size,
    and fine detail of its output is blurry.

    Example:
        model = create_model("autoencoder_bn")
        L = np.full((1, 64, 96, 1), 60.0, "float32")
        model.predict_ab(L).shape  # (1, 64, 96, 2)

    Args:
        stackwise_filters: sequence of ints, filters of the encoder's stages,
            each of which halves the size; the decoder mirrors them.
        **kwargs: name and trainable.

    Input shape:
        float (B, H, W, 1), L* in [0, 100]; H and W multiples of 2 to the
        power of the number of stages.

    Output shape:
        float32 (B, H, W, 2), CIE a* and b* in [-110, 110].

    Raises:
        ValueError: If `stackwise_filters` is outside what is said above.
    """

    output_kind = "ab"

    def __init__(self, stackwise_filters, **kwargs):
        if len(stackwise_filters) < 1 or min(stackwise_filters) < 1:
            raise ValueError(
                "`stackwise_filters` must be positive ints, one per stage. "
                f"Received: stackwise_filters={stackwise_filters}."
            )

        # === Graph ===
        L = keras.Input((None, None, 1), name="L")  # CIE L*, [0, 100]
        x = layers.Rescaling(
            1 / 100, offset=-0.5, dtype="float32", name="scale_L"
        )(L)
        for i, filters in enumerate(stackwise_filters, start=1):
            x = _apply_stage(x, layers.Conv2D, filters, name=f"down{i}")
        for i, filters in enumerate(reversed(stackwise_filters), start=1):
            x = _apply_stage(x, layers.Conv2DTranspose, filters, name=f"up{i}")
        ab_scaled = layers.Conv2D(
            2,
            3,
            padding="same",
            activation="tanh",
            dtype="float32",
            name="ab_scaled",
        )(x)  # (B, H, W, 2)
        ab = layers.Rescaling(_AB_SCALE, dtype="float32", name="ab")(ab_scaled)
        super().__init__(inputs=L, outputs=ab, **kwargs)

        # === Config ===
        self.stackwise_filters = tuple(stackwise_filters)
        self.size_multiple = 2 ** len(stackwise_filters)


def _apply_stage(x, convolution, filters, name):
    """Applies a strided convolution of either direction, batch norm, ReLU."""
    x = convolution(
        filters,
        3,
        strides=2,
        padding="same",
        use_bias=False,  # the norm brings an offset
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    # A smaller epsilon than Keras' 1e-3 lets channels that are nearly
    # constant explode when small batches train from scratch.
    x = layers.BatchNormalization(
        momentum=0.9, epsilon=1e-3, name=f"{name}_norm"
    )(x)
    return layers.ReLU(name=f"{name}_relu")(x)
