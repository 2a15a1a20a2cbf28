"""The registered ECCV16 variants, as data; imports no Keras."""

from keras_colorize.models.registry import ModelSpec

_BUILDER = "keras_colorize.models.eccv16.colorizer:ECCV16Colorizer"
_SOURCE = "Zhang et al., Colorful Image Colorization, ECCV 2016"
_BASE_FILTERS = (64, 128, 256, 512, 512, 512, 512, 256)
_SMALL_FILTERS = (32, 64, 128, 224, 224, 224, 224, 128)

SPECS = (
    ModelSpec(
        name="eccv16_base",
        builder=_BUILDER,
        config={"stackwise_filters": _BASE_FILTERS},
        output_kind="q_logits",
        input_size=256,
        size_multiple=8,
        params=32_236_011,
        source=_SOURCE,
    ),
    ModelSpec(
        name="eccv16_small",
        builder=_BUILDER,
        config={"stackwise_filters": _SMALL_FILTERS},
        output_kind="q_logits",
        input_size=128,
        size_multiple=8,
        params=6_459_467,
        source=f"{_SOURCE}; narrower, for CPUs",
    ),
    ModelSpec(
        name="eccv16_l2_base",
        builder=_BUILDER,
        config={"stackwise_filters": _BASE_FILTERS, "output_kind": "ab"},
        output_kind="ab",
        input_size=256,
        size_multiple=8,
        params=32_155_458,
        source=f"{_SOURCE}; its L2 regression baseline",
    ),
    ModelSpec(
        name="eccv16_l2_small",
        builder=_BUILDER,
        config={"stackwise_filters": _SMALL_FILTERS, "output_kind": "ab"},
        output_kind="ab",
        input_size=128,
        size_multiple=8,
        params=6_418_722,
        source=f"{_SOURCE}; its L2 regression baseline, narrower",
    ),
)
