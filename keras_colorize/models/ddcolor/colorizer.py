"""DDColor: a pixel decoder and a decoder of learned color queries.

Kang et al., DDColor: Towards Photo-Realistic Image Colorization via Dual
Decoders, ICCV 2023. The layers are those of the authors' PyTorch release
(Apache-2.0), whose weights can be imported; nothing here is copied from it.

Differences from the release:
    - The input is L*; the gray photo that the release is fed is made of it.
    - Products of queries and pixels are mixed before the pixels are spread,
      see `layers.query_fusion`: the same numbers, a fraction of the work.
    - Kernels before a pixel shuffle start alike for all pixels of a block;
      in the release only for blocks of 2 x 2.
"""

import keras
from keras import layers

from keras_colorize.encoders.convnext import build_convnext
from keras_colorize.encoders.convnext import load_convnext_weights
from keras_colorize.layers.blur import Blur
from keras_colorize.layers.luma import LToLuma
from keras_colorize.layers.pixel_shuffle import PixelShuffle
from keras_colorize.layers.pixel_shuffle import ShuffleInitializer
from keras_colorize.layers.query_fusion import QueryFusion
from keras_colorize.layers.spectral_conv import SpectralConv2D
from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.ddcolor.color_decoder import ColorDecoder

# Mean and deviation of ImageNet in [0, 1], R, G, B.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
_LAST_FACTOR = 4  # from a quarter of the size to all of it


@keras.saving.register_keras_serializable(package="keras_colorize")
class DDColorColorizer(Colorizer):
    """Predicts ab of every pixel from features and color queries.

    The encoder starts from random weights: see `load_encoder_weights`.

    Example:
        model = create_model("ddcolor_nano")
        L = np.full((1, 64, 96, 1), 60.0, "float32")
        model.predict_ab(L).shape  # (1, 64, 96, 2)

    Args:
        encoder_depths: sequence of 4 ints, blocks of each ConvNeXt stage.
        encoder_filters: sequence of 4 ints, filters of each stage.
        decoder_filters: sequence of 3 ints, filters of the pixel decoder at
            the strides 16, 8 and 4; the last is also the size of the color
            embeddings, a multiple of 4 and of `num_heads`.
        num_queries: int, learned color queries.
        num_layers: int, layers of the color decoder; the paper's are 3 groups
            of one layer for each of 3 scales.
        num_heads: int, heads of its attention.
        feedforward_size: int, of its feed-forward networks.
        **kwargs: name and trainable.

    Input shape:
        float (B, H, W, 1), L* in [0, 100]; H and W multiples of 32.

    Output shape:
        float32 (B, H, W, 2), CIE a* and b*.

    Raises:
        ValueError: If an argument is outside what is said above.
    """

    size_multiple = 32
    clips_ab = True
    untrained_parts = ("encoder_norm",)

    def __init__(
        self,
        encoder_depths,
        encoder_filters,
        decoder_filters=(512, 512, 256),
        num_queries=100,
        num_layers=9,
        num_heads=8,
        feedforward_size=2048,
        **kwargs,
    ):
        _check_arguments(decoder_filters, num_queries, num_layers, num_heads)

        # === Graph ===
        L = keras.Input((None, None, 1), name="L")  # CIE L*, [0, 100]
        luma = LToLuma(name="luma")(L)  # (B, H, W, 1), [0, 1]
        rgb = layers.Concatenate(dtype="float32", name="rgb")([luma] * 3)
        photo = layers.Rescaling(
            [1 / deviation for deviation in _DEVIATION],
            offset=[-m / d for m, d in zip(_MEAN, _DEVIATION, strict=True)],
            dtype="float32",
            name="normalized",
        )(rgb)
        encoder = build_convnext(
            encoder_depths, encoder_filters, name="encoder"
        )
        *skips, x = encoder(photo)
        scales = []
        for i, filters in enumerate(decoder_filters):
            x = _apply_unet_block(x, skips[-1 - i], filters, f"decoder{i}")
            scales.append(x)  # (B, H/s, W/s, filters) for s of 16, 8, 4
        features = SpectralConv2D(
            _LAST_FACTOR**2 * decoder_filters[-1],
            1,
            activation="relu",
            kernel_initializer=ShuffleInitializer(_LAST_FACTOR),
            name="last_up_conv",
        )(x)  # (B, H/4, W/4, 16 C)
        queries = ColorDecoder(
            num_queries,
            decoder_filters[-1],
            num_layers,
            num_heads,
            feedforward_size,
            name="color_decoder",
        )(scales)  # (B, Q, C)
        ab = QueryFusion(2, _LAST_FACTOR, name="ab")([features, queries, photo])
        super().__init__(inputs=L, outputs=ab, **kwargs)
        # Part of ConvNeXt, and of the release, that only a classifier needs.
        self.encoder_norm = layers.LayerNormalization(
            epsilon=1e-6, trainable=False, name="encoder_norm"
        )
        self.encoder_norm.build((None, encoder_filters[-1]))

        # === Config ===
        self.encoder_depths = tuple(encoder_depths)
        self.encoder_filters = tuple(encoder_filters)
        self.decoder_filters = tuple(decoder_filters)
        self.num_queries = num_queries
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.feedforward_size = feedforward_size

    @property
    def constant_weights(self):
        return self.encoder_norm.weights

    def load_encoder_weights(self, source="imagenet"):
        """Puts pretrained weights into the encoder, strictly.

        Args:
            source: path of an .npz file, or `"imagenet"`, which downloads
                them; see `encoders.convnext.load_convnext_weights`.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file does not hold weights of this encoder.
        """
        load_convnext_weights(self.get_layer("encoder"), source)


def _apply_unet_block(x, skip, filters, name):
    """Doubles the size and merges the encoder's features of that size."""
    x = SpectralConv2D(
        4 * filters,
        1,
        use_bias=False,
        kernel_initializer=ShuffleInitializer(2),
        name=f"{name}_up_conv",
    )(x)
    x = _apply_norm(x, f"{name}_up_norm")
    x = layers.ReLU(name=f"{name}_up_relu")(x)
    x = PixelShuffle(2, name=f"{name}_up_shuffle")(x)
    x = Blur(name=f"{name}_up_blur")(x)
    # The upsampled features are not below 0 already.
    skip = _apply_norm(skip, f"{name}_skip_norm", beta=1e-3)
    skip = layers.ReLU(name=f"{name}_skip_relu")(skip)
    x = layers.Concatenate(name=f"{name}_concat")([x, skip])
    x = SpectralConv2D(
        filters,
        3,
        padding="same",
        activation="relu",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    # After the ReLU here, before it above.
    return _apply_norm(x, f"{name}_norm")


def _apply_norm(x, name, beta=0.0):
    return layers.BatchNormalization(
        momentum=0.9,
        epsilon=1e-5,
        beta_initializer=keras.initializers.Constant(beta),
        name=name,
    )(x)


def _check_arguments(decoder_filters, num_queries, num_layers, num_heads):
    if len(decoder_filters) != 3 or min(decoder_filters) < 1:
        raise ValueError(
            "`decoder_filters` must be 3 positive ints, one per scale. "
            f"Received: decoder_filters={decoder_filters}."
        )
    if min(num_queries, num_layers, num_heads) < 1:
        raise ValueError(
            "`num_queries`, `num_layers` and `num_heads` must be at least 1. "
            f"Received: num_queries={num_queries}, num_layers={num_layers}, "
            f"num_heads={num_heads}."
        )
    if decoder_filters[-1] % 4 or decoder_filters[-1] % num_heads:
        raise ValueError(
            "The last of `decoder_filters` must be a multiple of 4 and of "
            f"`num_heads`. Received: decoder_filters={decoder_filters}, "
            f"num_heads={num_heads}."
        )
