"""Autoencoder with a dense latent vector, from gray to RGB.

A student report that trains it on CIFAR-10 and on 100 classes of ImageNet.
Sizes and layer names are those of its printed summary; it is deeper by one
stage than the textbook example that it follows (R. Atienza, Advanced Deep
Learning with Keras: CIFAR-10, 3 stages, latent size 256). Activations, which
the summary does not show, are the textbook's.

Differences from the report:
    - The input is L*, turned to neutral gray inside the graph; the report
      feeds the luma 0.299 R + 0.587 G + 0.114 B of the photo. So the outer
      input is called `L`; `encoder_input` is that of the encoder.
"""

import math

import keras
from keras import layers

from keras_colorize.layers.luma import LToLuma
from keras_colorize.models.colorizer import Colorizer


@keras.saving.register_keras_serializable(package="keras_colorize")
class AutoencoderColorizer(Colorizer):
    """Squeezes a photo through one vector and predicts RGB.

    The dense layers tie the network to one input size. No spatial detail but
    what the vector holds reaches the output: it is blurry, and only its
    color is of use.

    Example:
        model = create_model("autoencoder_64")
        L = np.full((1, 64, 96, 1), 60.0, "float32")
        model.predict_ab(L).shape  # (1, 64, 96, 2), by way of 64 x 64

    Args:
        image_size: int, height and width of input and output; a multiple of
            2 to the power of the number of stages.
        stackwise_filters: sequence of ints, filters of the encoder's stages,
            each of which halves the size; the decoder mirrors them.
        latent_size: int, length of the vector between encoder and decoder.
        **kwargs: name and trainable.

    Input shape:
        float (B, image_size, image_size, 1), L* in [0, 100].

    Output shape:
        float32 (B, image_size, image_size, 3), encoded sRGB in [0, 1].

    Raises:
        ValueError: If an argument is outside what is said above.
    """

    output_kind = "rgb"

    def __init__(
        self, image_size, stackwise_filters, latent_size=512, **kwargs
    ):
        _check_arguments(image_size, stackwise_filters, latent_size)

        # === Graph ===
        L = keras.Input((image_size, image_size, 1), name="L")  # [0, 100]
        gray = LToLuma(name="luma")(L)  # (B, H, W, 1), [0, 1]
        encoder = _build_encoder(image_size, stackwise_filters, latent_size)
        smallest = image_size // 2 ** len(stackwise_filters)
        decoder = _build_decoder(smallest, stackwise_filters, latent_size)
        super().__init__(inputs=L, outputs=decoder(encoder(gray)), **kwargs)

        # === Config ===
        self.image_size = image_size
        self.stackwise_filters = tuple(stackwise_filters)
        self.latent_size = latent_size
        self.fixed_size = (image_size, image_size)
        self.size_multiple = image_size


def _check_arguments(image_size, stackwise_filters, latent_size):
    if len(stackwise_filters) < 1 or min(stackwise_filters) < 1:
        raise ValueError(
            "`stackwise_filters` must be positive ints, one per stage. "
            f"Received: stackwise_filters={stackwise_filters}."
        )
    multiple = 2 ** len(stackwise_filters)
    if image_size < multiple or image_size % multiple:
        raise ValueError(
            f"`image_size` must be a positive multiple of {multiple}, because "
            f"{len(stackwise_filters)} stages halve it. "
            f"Received: image_size={image_size}."
        )
    if latent_size < 1:
        raise ValueError(
            "`latent_size` must be at least 1. "
            f"Received: latent_size={latent_size}."
        )


def _build_encoder(image_size, stackwise_filters, latent_size):
    """Builds the model from gray (B, H, W, 1) to (B, latent_size)."""
    gray = keras.Input((image_size, image_size, 1), name="encoder_input")
    x = gray
    for i, filters in enumerate(stackwise_filters):
        x = layers.Conv2D(
            filters,
            3,
            strides=2,
            padding="same",
            activation="relu",
            name=_numbered("conv2d", i),
        )(x)  # (B, H / 2^(i+1), W / 2^(i+1), C)
    x = layers.Flatten(name="Flatten")(x)
    latent = layers.Dense(latent_size, name="latent_vector")(x)
    return keras.Model(gray, latent, name="encoder")


def _build_decoder(smallest, stackwise_filters, latent_size):
    """Builds the model from the vector (B, latent_size) to RGB (B, H, W, 3)."""
    latent = keras.Input((latent_size,), name="decoder_input")
    shape = (smallest, smallest, stackwise_filters[-1])
    x = layers.Dense(math.prod(shape), name="dense")(latent)
    x = layers.Reshape(shape, name="reshape")(x)  # (B, h, w, C)
    for i, filters in enumerate(reversed(stackwise_filters)):
        x = layers.Conv2DTranspose(
            filters,
            3,
            strides=2,
            padding="same",
            activation="relu",
            name=_numbered("conv2d_transpose", i),
        )(x)  # (B, 2^(i+1) h, 2^(i+1) w, C)
    rgb = layers.Conv2DTranspose(
        3,
        3,
        padding="same",
        activation="sigmoid",
        dtype="float32",
        name="decoder_output",
    )(x)  # (B, H, W, 3)
    return keras.Model(latent, rgb, name="decoder")


def _numbered(name, i):
    """Names as Keras counts them: conv2d, conv2d_1, conv2d_2."""
    return f"{name}_{i}" if i else name
