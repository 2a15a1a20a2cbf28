"""The registered pix2pix generators, as data; imports no Keras."""

from keras_colorize.models.registry import ModelSpec

_BUILDER = "keras_colorize.models.pix2pix.colorizer:Pix2PixColorizer"
_SOURCE = (
    "Isola et al., Image-to-Image Translation with Conditional Adversarial "
    "Networks, CVPR 2017"
)
_BASE_FILTERS = (64, 128, 256, 512, 512, 512, 512, 512)

SPECS = (
    ModelSpec(
        name="pix2pix_base",
        builder=_BUILDER,
        config={"stackwise_filters": _BASE_FILTERS},
        output_kind="ab",
        input_size=256,
        size_multiple=256,
        params=54_409_858,
        source=_SOURCE,
    ),
    ModelSpec(
        name="pix2pix_instance_base",
        builder=_BUILDER,
        config={"stackwise_filters": _BASE_FILTERS, "norm": "instance"},
        output_kind="ab",
        input_size=256,
        size_multiple=256,
        params=54_405_506,
        source=f"{_SOURCE}; instance norm",
    ),
    ModelSpec(
        name="pix2pix_small",
        builder=_BUILDER,
        config={"stackwise_filters": (48, 96, 192, 384, 384, 384, 384)},
        output_kind="ab",
        input_size=128,
        size_multiple=128,
        params=23_528_930,
        source=f"{_SOURCE}; narrower and a level less, for CPUs",
    ),
)
