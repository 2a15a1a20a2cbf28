"""The registered UNet++ variants, as data; imports no Keras."""

from keras_colorize.models.registry import ModelSpec

_BASE = "keras_colorize.models.unetpp.base:UNetPlusPlusColorizer"
_COLOR = "keras_colorize.models.unetpp.color:ColorUNetPlusPlusColorizer"
_COLOR_SOURCE = "Di et al., Color-UNet++, 2021; a reconstruction"

SPECS = (
    ModelSpec(
        name="unetpp_base",
        builder=_BASE,
        config={"stackwise_filters": (32, 64, 128, 256, 512)},
        output_kind="uv",
        input_size=256,
        size_multiple=16,
        params=9_041_634,
        source="Zhou et al., UNet++, 2018; head for UV",
    ),
    ModelSpec(
        name="unetpp_color",
        builder=_COLOR,
        config={"stackwise_filters": (32, 64, 128, 256, 512)},
        output_kind="uv",
        input_size=256,
        size_multiple=16,
        params=10_192_994,
        source=_COLOR_SOURCE,
    ),
    ModelSpec(
        name="unetpp_color_small",
        builder=_COLOR,
        config={"stackwise_filters": (16, 32, 48, 80, 128)},
        output_kind="uv",
        input_size=128,
        size_multiple=16,
        params=1_077_074,
        source=f"{_COLOR_SOURCE}, narrower, for CPUs",
    ),
)
