"""The registered autoencoders, as data; imports no Keras."""

from keras_colorize.models.registry import ModelSpec

_DENSE = "keras_colorize.models.autoencoder.dense:AutoencoderColorizer"
_DENSE_SOURCE = (
    "student report on CIFAR-10 and ImageNet, after R. Atienza, "
    "Advanced Deep Learning with Keras"
)
_CONVOLUTIONAL = (
    "keras_colorize.models.autoencoder.convolutional:ConvAutoencoderColorizer"
)

SPECS = (
    ModelSpec(
        name="autoencoder_64",
        builder=_DENSE,
        config={
            "image_size": 64,
            "stackwise_filters": (64, 128, 256, 512),
        },
        output_kind="rgb",
        input_size=64,
        size_multiple=64,
        params=13_857_411,
        source=_DENSE_SOURCE,
    ),
    ModelSpec(
        name="autoencoder_32",
        builder=_DENSE,
        config={"image_size": 32, "stackwise_filters": (64, 128, 256)},
        output_kind="rgb",
        input_size=32,
        size_multiple=32,
        params=5_529_219,
        source=_DENSE_SOURCE,
    ),
    ModelSpec(
        name="autoencoder_128",
        builder=_DENSE,
        config={
            "image_size": 128,
            "stackwise_filters": (64, 128, 256, 512),
        },
        output_kind="rgb",
        input_size=128,
        size_multiple=128,
        params=39_047_811,
        source=_DENSE_SOURCE,
    ),
    ModelSpec(
        name="autoencoder_bn",
        builder=_CONVOLUTIONAL,
        config={"stackwise_filters": (64, 128, 256, 512)},
        output_kind="ab",
        input_size=128,
        size_multiple=16,
        params=5_461_442,
        source="this project, after the baseline of a student report",
    ),
)
