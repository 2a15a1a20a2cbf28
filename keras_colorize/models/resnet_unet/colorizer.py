"""U-Net over ResNet18: the second generator of the conditional GAN.

The dynamic U-Net of fastai (Apache-2.0) over the ResNet18 of torchvision
(BSD-3-Clause), as colorization tutorials put the two together; nothing here
is copied from either.

Differences from the source:
    - The input is L* in [0, 100] and the output CIE ab; both are scaled by
      layers of the graph, as L/50 - 1 and by 110. Like the source's, the
      output has no bounds: what serves it clips colors to the gamut.
    - Channels of a pixel shuffle are in the order of `PixelShuffle`.
"""

import keras
from keras import layers

from keras_colorize.encoders.resnet18 import apply_resnet18
from keras_colorize.layers.pixel_shuffle import PixelShuffle
from keras_colorize.layers.pixel_shuffle import ShuffleInitializer
from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.discriminators import AB_SCALE
from keras_colorize.models.discriminators import scale_L
from keras_colorize.models.resnet_unet.encoder_weights import PREFIX
from keras_colorize.models.resnet_unet.encoder_weights import load_encoder
from keras_colorize.models.resnet_unet.encoder_weights import match_norms

_NUM_STAGES = 4


@keras.saving.register_keras_serializable(package="keras_colorize")
class ResNetUNetColorizer(Colorizer):
    """Predicts ab with a U-Net whose way down is a ResNet18.

    The encoder starts from random weights: see `load_encoder_weights`.

    Example:
        model = create_model("resnet18_unet_small")
        L = np.full((1, 64, 96, 1), 60.0, "float32")
        model.predict_ab(L).shape  # (1, 64, 96, 2)

    Args:
        stackwise_filters: sequence of 4 ints, filters of the ResNet's
            stages. Pretrained weights fit 64, 128, 256 and 512 only.
        decoder_filters: sequence of 4 ints, filters of the way up at the
            strides 16, 8, 4 and 2. The last ones are also those of full
            resolution, where most of the work is done.
        **kwargs: name and trainable.

    Input shape:
        float (B, H, W, 1), L* in [0, 100]; H and W multiples of 32.

    Output shape:
        float32 (B, H, W, 2), CIE a* and b*, without bounds.

    Raises:
        ValueError: If an argument is outside what is said above.
    """

    size_multiple = 32
    clips_ab = True

    def __init__(
        self,
        stackwise_filters=(64, 128, 256, 512),
        decoder_filters=(512, 384, 256, 96),
        **kwargs,
    ):
        _check_filters("stackwise_filters", stackwise_filters)
        _check_filters("decoder_filters", decoder_filters)

        # === Graph ===
        L = keras.Input((None, None, 1), name="L")  # CIE L*, [0, 100]
        L_scaled = scale_L(L)
        *levels, x = apply_resnet18(
            L_scaled, stackwise_filters, prefix=PREFIX, has_norms=True
        )
        x = _apply_norm(x, "middle_norm")
        x = layers.ReLU(name="middle_relu")(x)
        x = _apply_conv(x, 2 * x.shape[-1], "middle_conv1")
        x = _apply_conv(x, x.shape[-1] // 2, "middle_conv2")
        for i, filters in zip((3, 2, 1, 0), decoder_filters, strict=True):
            x = _apply_up(x, levels[i], filters, f"up{i}")
        x = _apply_shuffle(x, x.shape[-1], "up_last")  # (B, H, W, C)
        x = layers.Concatenate(name="with_L")([x, L_scaled])
        x = _apply_residual(x, "last")
        x = layers.Conv2D(
            2,
            1,
            kernel_initializer="he_normal",
            dtype="float32",
            name="ab_scaled",
        )(x)
        ab = layers.Rescaling(AB_SCALE, dtype="float32", name="ab")(x)
        super().__init__(inputs=L, outputs=ab, **kwargs)

        # === Config ===
        self.stackwise_filters = tuple(stackwise_filters)
        self.decoder_filters = tuple(decoder_filters)

    def load_encoder_weights(self, source="imagenet"):
        """Puts pretrained weights of ResNet18 into the encoder.

        Args:
            source: path of an .npz file, or `"imagenet"`; see
                `encoder_weights.load_encoder`.

        Returns:
            Tuple of the names of those layers of the encoder that the file
            does not hold and that keep their random weights; empty for a
            complete file.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file does not hold weights of this encoder.
            ImportError: If `"imagenet"` needs a library that is missing.
        """
        return load_encoder(self, source)

    def match_encoder_norms(self, photos):
        """Makes the encoder compute in training what it computes now.

        Pretrained norms whose statistics are not those of `photos` (all that
        were folded into convolutions) do another thing as soon as training
        normalizes by its batches. This sets statistics, scales and offsets
        to fit the photos; what the model predicts stays as it is.

        Args:
            photos: iterable of float (B, H, W, 1), L* in [0, 100], sizes as
                in training.
        """
        match_norms(self, photos)


def _apply_up(x, skip, filters, name):
    """Doubles the size, joins the encoder's level, convolves twice."""
    x = _apply_shuffle(x, x.shape[-1] // 2, f"{name}_shuffle")
    skip = _apply_norm(skip, f"{name}_norm")
    x = layers.Concatenate(name=f"{name}_skip")([x, skip])
    x = layers.ReLU(name=f"{name}_relu")(x)
    x = _apply_conv(x, filters, f"{name}_conv1")
    return _apply_conv(x, filters, f"{name}_conv2")


def _apply_shuffle(x, filters, name):
    x = layers.Conv2D(
        4 * filters,
        1,
        activation="relu",
        kernel_initializer=ShuffleInitializer(),
        name=f"{name}_conv",
    )(x)
    return PixelShuffle(name=name)(x)  # (B, 2 H, 2 W, filters)


def _apply_residual(x, name):
    y = _apply_conv(x, x.shape[-1], f"{name}_conv1")
    y = _apply_conv(y, x.shape[-1], f"{name}_conv2", activation=None)
    x = layers.Add(name=f"{name}_add")([x, y])
    return layers.ReLU(name=f"{name}_relu")(x)


def _apply_conv(x, filters, name, activation="relu"):
    return layers.Conv2D(
        filters,
        3,
        padding="same",
        activation=activation,
        kernel_initializer="he_normal",
        name=name,
    )(x)


def _apply_norm(x, name):
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)(x)


def _check_filters(name, filters):
    if len(filters) != _NUM_STAGES or min(filters) < 2:
        raise ValueError(
            f"`{name}` must be {_NUM_STAGES} ints of at least 2. "
            f"Received: {name}={filters}."
        )
