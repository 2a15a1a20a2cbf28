"""The registered lite variants, as data; imports no Keras."""

from keras_colorize.models.registry import ModelSpec

_BUILDER = "keras_colorize.models.lite.colorizer:LiteColorizer"
_SOURCE = "this project: {}, light decoder, 313 ab bins"

SPECS = (
    ModelSpec(
        name="lite",
        builder=_BUILDER,
        config={
            "encoder": "resnet18",
            "semantic_encoder": "efficientnet_lite2",
            "semantic_size": 256,
            "takes_hints": True,
        },
        output_kind="q_logits",
        input_size=256,
        size_multiple=32,
        params=7_884_123,
        source=_SOURCE.format(
            "ResNet18 up to stage 3, EfficientNet-Lite2 beside it, color hints"
        ),
    ),
    ModelSpec(
        name="lite_resnet18",
        builder=_BUILDER,
        config={"encoder": "resnet18"},
        output_kind="q_logits",
        input_size=256,
        size_multiple=32,
        params=5_248_139,
        source=_SOURCE.format("ResNet18 up to stage 3"),
    ),
    ModelSpec(
        name="lite_efficientnet",
        builder=_BUILDER,
        config={"encoder": "efficientnet_lite0"},
        output_kind="q_logits",
        input_size=256,
        size_multiple=32,
        params=4_204_283,
        source=_SOURCE.format("EfficientNet-Lite0"),
    ),
    ModelSpec(
        name="lite_mobilenet",
        builder=_BUILDER,
        config={"encoder": "mobilenet_v1", "encoder_width": 0.75},
        output_kind="q_logits",
        input_size=256,
        size_multiple=32,
        params=3_258_091,
        source=_SOURCE.format("MobileNetV1 0.75"),
    ),
)
