"""The registered DDColor variants, as data; imports no Keras."""

from keras_colorize.models.registry import ModelSpec

_BUILDER = "keras_colorize.models.ddcolor.colorizer:DDColorColorizer"
_SOURCE = "Kang et al., DDColor, ICCV 2023"

SPECS = (
    ModelSpec(
        name="ddcolor_tiny",
        builder=_BUILDER,
        config={
            "encoder_depths": (3, 3, 9, 3),
            "encoder_filters": (96, 192, 384, 768),
        },
        output_kind="ab",
        input_size=256,
        size_multiple=32,
        params=55_006_640,
        source=f"{_SOURCE}; ConvNeXt-T encoder",
    ),
    ModelSpec(
        name="ddcolor_large",
        builder=_BUILDER,
        config={
            "encoder_depths": (3, 3, 27, 3),
            "encoder_filters": (192, 384, 768, 1536),
        },
        output_kind="ab",
        input_size=512,
        size_multiple=32,
        params=227_869_328,
        source=f"{_SOURCE}; ConvNeXt-L encoder",
    ),
    ModelSpec(
        name="ddcolor_nano",
        builder=_BUILDER,
        config={
            "encoder_depths": (2, 2, 4, 2),
            "encoder_filters": (32, 64, 128, 224),
            "decoder_filters": (128, 96, 64),
            "num_queries": 16,
            "num_layers": 3,
            "num_heads": 4,
            "feedforward_size": 256,
        },
        output_kind="ab",
        input_size=128,
        size_multiple=32,
        params=2_615_848,
        source=f"{_SOURCE}; one group of layers, narrower, for CPUs",
    ),
)
