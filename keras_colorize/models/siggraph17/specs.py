"""The registered SIGGRAPH17 variants, as data; imports no Keras."""

from keras_colorize.models.registry import ModelSpec

_BUILDER = "keras_colorize.models.siggraph17.colorizer:SIGGRAPH17Colorizer"
_SOURCE = (
    "Zhang et al., Real-Time User-Guided Image Colorization with Learned "
    "Deep Priors, SIGGRAPH 2017"
)
_BASE_FILTERS = (64, 128, 256, 512, 512, 512, 512, 256, 128, 128)
_SMALL_FILTERS = (32, 64, 128, 192, 192, 192, 192, 128, 64, 64)

SPECS = (
    ModelSpec(
        name="siggraph17_base",
        builder=_BUILDER,
        config={"stackwise_filters": _BASE_FILTERS},
        output_kind="ab_and_q_logits",
        input_size=256,
        size_multiple=8,
        params=34_187_027,
        source=_SOURCE,
    ),
    ModelSpec(
        name="siggraph17_small",
        builder=_BUILDER,
        config={"stackwise_filters": _SMALL_FILTERS},
        output_kind="ab_and_q_logits",
        input_size=128,
        size_multiple=8,
        params=5_540_755,
        source=f"{_SOURCE}; narrower, for CPUs",
    ),
)
