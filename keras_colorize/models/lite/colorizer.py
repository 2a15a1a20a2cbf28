"""Lite: the default model, small and fast.

An encoder that knows photos from ImageNet, a decoder that walks back up from
its deepest features with one convolution a level and the encoder's features
added on the way (Lin et al., Feature Pyramid Networks for Object Detection,
CVPR 2017), and scores over the 313 ab bins of Zhang et al., Colorful Image
Colorization, ECCV 2016, for every fourth pixel. Made for this project.

Plain convolutions, batch norm and ReLU only: they quantize well, and batch
norm disappears into the convolutions when the model is exported.

A branch for color hints can be added to trained weights. It adds to the last
features of the decoder what the hints say, times how sure they are: without
hints exactly nothing.
"""

import keras
from keras import layers

from keras_colorize.color.gamut import AbGamut
from keras_colorize.encoders import efficientnet_lite
from keras_colorize.encoders import mobilenet_v1
from keras_colorize.encoders import resnet18
from keras_colorize.layers.annealed_mean import AnnealedMean
from keras_colorize.layers.bilinear_upsampling import BilinearUpsampling
from keras_colorize.layers.hint_spread import HintGate
from keras_colorize.layers.hint_spread import HintSpread
from keras_colorize.layers.luma import LToLuma
from keras_colorize.layers.resize import BoundedShortSide
from keras_colorize.layers.resize import ResizeToStride
from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.colorizer import check_looks

# Each: how it is built, how pretrained weights get into it; None where there
# are none.
_ENCODERS = {
    "efficientnet_lite0": (
        efficientnet_lite.build_efficientnet_lite0,
        efficientnet_lite.load_efficientnet_lite_weights,
    ),
    "efficientnet_lite2": (
        efficientnet_lite.build_efficientnet_lite2,
        efficientnet_lite.load_efficientnet_lite_weights,
    ),
    "mobilenet_v1": (
        mobilenet_v1.build_mobilenet_v1,
        mobilenet_v1.load_mobilenet_v1_weights,
    ),
    "resnet18": (
        resnet18.build_resnet18,
        resnet18.load_resnet18_weights,
    ),
    "resnet18_norms": (resnet18.build_resnet18_norms, None),
}
# Variables are told apart by their paths, where the names of nested models do
# not appear: only layer names that the others do not use.
_SEMANTIC_ENCODERS = ("efficientnet_lite0", "efficientnet_lite2")
_HINT_FILTERS = 64
_NUM_LEVELS = 4  # of the decoder: strides 32, 16, 8 and 4
# Slow enough for the statistics of crops that differ much.
_MOMENTUM = 0.98


@keras.saving.register_keras_serializable(package="keras_colorize")
class LiteColorizer(Colorizer):
    """Predicts a distribution over ab bins for every fourth pixel.

    The encoder starts from random weights: see `load_encoder_weights`.

    Example:
        model = create_model("lite_mobilenet")
        L = np.full((1, 64, 96, 1), 60.0, "float32")
        model(L).shape  # (1, 16, 24, 313)
        model.predict_ab(L).shape  # (1, 64, 96, 2)

    Args:
        encoder: `"resnet18"`, `"efficientnet_lite0"`, `"efficientnet_lite2"`,
            `"mobilenet_v1"`, or `"resnet18_norms"`, which has batch norm to
            learn from random weights.
        semantic_encoder: `"efficientnet_lite0"` or `"efficientnet_lite2"` for
            a second encoder beside another one, whose two deepest levels join
            the first one's; None for none.
        semantic_size: int, multiple of 32, short side in pixels above which
            pictures are shrunk for the semantic encoder: what it knows, it
            knows of things of the size that photos of ImageNet show. None for
            no bound.
        encoder_width: float, multiplier of the encoders' filters. Pretrained
            weights fit 1 (0.75 for MobileNetV1) only.
        decoder_filters: sequence of 4 ints, filters of the decoder at the
            strides 32, 16, 8 and 4.
        temperature: float in (0, 1], temperature of the annealed mean that
            `decode_ab` uses when none is given. 0.6 had the smallest errors
            on validation photos: 1, the mean, shows a tint where the model
            has no idea, and near 0 the mode is often gray.
        looks: dict by name of settings, see `Colorizer.settings_of_look`;
            `training.calibrate_look` measures them. None for none: the colors
            stay as predicted.
        takes_hints: bool, whether there is a branch for color hints.
        **kwargs: name and trainable.

    Input shape:
        float (B, H, W, 1), L* in [0, 100]; H and W multiples of 32. With
        `takes_hints` a dict of it as `"L"`, `"ab_hint"` (B, H, W, 2), CIE a*
        and b* where there is a hint, else 0, and `"hint_mask"` (B, H, W, 1),
        1 where there is a hint, else 0.

    Output shape:
        float32 (B, H/4, W/4, 313), scores over the bins.

    Raises:
        ValueError: If an argument is outside what is said above.
    """

    output_kind = "q_logits"
    size_multiple = 32
    output_stride = 4
    keeps_hints = True

    def __init__(
        self,
        encoder="resnet18",
        semantic_encoder=None,
        semantic_size=None,
        encoder_width=1.0,
        decoder_filters=(256, 160, 128, 96),
        temperature=0.6,
        looks=None,
        takes_hints=False,
        **kwargs,
    ):
        _check_encoders(encoder, semantic_encoder, semantic_size)
        check_looks(looks or {})
        _check_arguments(encoder_width, decoder_filters, temperature)

        # === Graph ===
        L = keras.Input((None, None, 1), name="L")  # CIE L*, [0, 100]
        luma = LToLuma(name="luma")(L)  # (B, H, W, 1), [0, 1]
        # Of strides 4, 8, 16 and, where the encoder goes that deep, 32.
        levels = _apply_encoder(luma, encoder, encoder_width, "encoder")[1:]
        meanings = None  # of strides 16 and 32
        if semantic_encoder is not None:
            meanings = _apply_semantic(
                luma, semantic_encoder, encoder_width, semantic_size
            )
        x = _apply_deepest(levels, meanings, decoder_filters[0])
        steps = []  # of strides 16, 8 and 4
        for i in range(1, _NUM_LEVELS):
            features = {"lateral": levels[_NUM_LEVELS - 1 - i]}
            if meanings is not None and i == 1:
                features["semantic"] = meanings[0]
            x = _apply_step_up(
                x, features, decoder_filters[i], f"decoder{32 >> i}"
            )
            steps.append(x)
        inputs = L
        if takes_hints:
            inputs = {
                "L": L,
                "ab_hint": keras.Input((None, None, 2), name="ab_hint"),
                "hint_mask": keras.Input((None, None, 1), name="hint_mask"),
            }
            x = _apply_hints(steps, inputs["ab_hint"], inputs["hint_mask"])
        gamut = AbGamut()
        q_logits = layers.Conv2D(
            gamut.num_bins, 1, dtype="float32", name="q_logits"
        )(x)  # (B, H/4, W/4, Q)
        super().__init__(inputs=inputs, outputs=q_logits, **kwargs)
        self.ab_decoder = AnnealedMean(gamut.bins, name="ab_decoder")

        # === Config ===
        self.encoder = encoder
        self.semantic_encoder = semantic_encoder
        self.semantic_size = semantic_size
        self.encoder_width = encoder_width
        self.decoder_filters = tuple(decoder_filters)
        self.temperature = temperature
        self.looks = {name: dict(look) for name, look in (looks or {}).items()}
        self.takes_hints = takes_hints

    @property
    def constant_weights(self):
        return self.ab_decoder.weights

    def decode_ab(self, outputs, L, temperature=None):
        if temperature is None:
            temperature = self.settings_of_look()["temperature"]
        return self.ab_decoder(outputs, temperature=temperature)

    def load_encoder_weights(self, source="imagenet"):
        """Puts pretrained weights into the encoder, strictly.

        Args:
            source: path of an .npz file, or for `"mobilenet_v1"`
                `"imagenet"`, which downloads them; see the functions
                `load_…_weights` of `keras_colorize.encoders`.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file does not hold weights of this encoder, or
                there are none for it.
        """
        _, load_weights = _ENCODERS[self.encoder]
        if load_weights is None:
            raise ValueError(
                f'The encoder "{self.encoder}" learns from random weights. '
                f"Received: source={source!r}. Leave the weights out, or "
                'use another encoder, such as "resnet18".'
            )
        load_weights(self.get_layer("encoder"), source)

    def load_semantic_weights(self, source="imagenet"):
        """Puts pretrained weights into the semantic encoder, strictly.

        Args:
            source: see `load_encoder_weights`.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If there is no semantic encoder, or the file does not
                hold weights of it.
        """
        if self.semantic_encoder is None:
            raise ValueError(
                f"{self.name} has no semantic encoder. Received: "
                f"source={source!r}. Set `semantic_encoder`, or use "
                "`load_encoder_weights`."
            )
        _, load_weights = _ENCODERS[self.semantic_encoder]
        load_weights(self.get_layer("semantic"), source)


def _apply_encoder(luma, encoder, width, name):
    build, _ = _ENCODERS[encoder]
    return build(width=width, name=name)(luma)


def _apply_semantic(luma, encoder, width, size):
    """Makes the semantic features of the strides 16 and 32 of the luma."""
    seen = luma
    if size is not None:
        seen = BoundedShortSide(
            size, 32, dtype="float32", name="semantic_view"
        )(luma)
    meanings = _apply_encoder(seen, encoder, width, "semantic")[-2:]
    if size is None:
        return meanings
    return [
        ResizeToStride(stride, name=f"semantic{stride}")([features, luma])
        for features, stride in zip(meanings, (16, 32), strict=True)
    ]


def _apply_deepest(levels, meanings, filters):
    """Starts the decoder at stride 32, from all that is known there."""
    if len(levels) == _NUM_LEVELS:
        x = levels[-1]
    else:
        x = layers.MaxPooling2D(2, name="deepening_pool")(levels[-1])
    if meanings is not None:
        x = layers.Concatenate(name="deepening_semantic")([x, meanings[1]])
    elif len(levels) < _NUM_LEVELS:
        for i in range(2):
            x = _apply_unit(x, filters, 3, f"deepening{i + 1}")
    x = _apply_unit(x, filters, 1, "decoder32_in")
    return _apply_unit(x, filters, 3, "decoder32")


def _apply_step_up(x, features, filters, name):
    """Doubles the size, adds the encoders' features of that size."""
    x = layers.Conv2D(filters, 1, name=f"{name}_reduce")(x)
    x = layers.UpSampling2D(2, interpolation="nearest", name=f"{name}_up")(x)
    sides = [
        layers.Conv2D(filters, 1, name=f"{name}_{kind}")(level)
        for kind, level in features.items()
    ]
    x = layers.Add(name=f"{name}_add")([x, *sides])
    return _apply_unit(x, filters, 3, name)


def _apply_hints(steps, ab_hint, hint_mask):
    """Adds what hints say to the features of stride 4, (B, H/4, W/4, C)."""
    coarse, middle, fine = steps  # strides 16, 8 and 4
    hints = [ab_hint, hint_mask]
    spread = HintSpread(name="hint_spread")([middle, coarse, *hints])
    spread = BilinearUpsampling(2, dtype="float32", name="hint_spread_up")(
        spread
    )
    gate = HintGate(name="hint_gate")([spread, *hints])  # (B, H/4, W/4, 4)
    x = layers.Concatenate(name="hint_concatenate")([fine, spread, gate])
    for i in range(1, 3):
        x = layers.Conv2D(
            _HINT_FILTERS,
            3,
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
            name=f"hint_conv{i}",
        )(x)
    x = layers.Conv2D(
        fine.shape[-1], 1, kernel_initializer="zeros", name="hint_change"
    )(x)
    x = layers.Multiply(name="hint_gated")([x, gate[..., :1]])
    return layers.Add(name="hint_add")([fine, x])


def _apply_unit(x, filters, kernel_size, name):
    x = layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    x = layers.BatchNormalization(momentum=_MOMENTUM, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def _check_encoders(encoder, semantic_encoder, semantic_size):
    if encoder not in _ENCODERS:
        raise ValueError(
            f"`encoder` must be one of {tuple(_ENCODERS)}. "
            f"Received: encoder={encoder!r}."
        )
    allowed = {None, *_SEMANTIC_ENCODERS} - {encoder}
    if semantic_encoder not in allowed:
        raise ValueError(
            f"`semantic_encoder` must be None or one of {_SEMANTIC_ENCODERS}, "
            "and not the encoder itself. Received: "
            f"encoder={encoder!r}, semantic_encoder={semantic_encoder!r}."
        )
    if semantic_encoder is None and semantic_size is not None:
        raise ValueError(
            "`semantic_size` is for models with a `semantic_encoder`. "
            f"Received: semantic_size={semantic_size}, semantic_encoder=None."
        )


def _check_arguments(encoder_width, decoder_filters, temperature):
    if encoder_width <= 0:
        raise ValueError(
            "`encoder_width` must be above 0. "
            f"Received: encoder_width={encoder_width}."
        )
    if len(decoder_filters) != _NUM_LEVELS or min(decoder_filters) < 1:
        raise ValueError(
            f"`decoder_filters` must be {_NUM_LEVELS} positive ints, one per "
            f"level. Received: decoder_filters={decoder_filters}."
        )
    if not 0.0 < temperature <= 1.0:
        raise ValueError(
            "`temperature` must be in (0, 1]. "
            f"Received: temperature={temperature}."
        )
