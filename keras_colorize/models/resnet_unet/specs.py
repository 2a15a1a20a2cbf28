"""The registered U-Nets over ResNet18, as data; imports no Keras."""

from keras_colorize.models.registry import ModelSpec

_BUILDER = "keras_colorize.models.resnet_unet.colorizer:ResNetUNetColorizer"
_SOURCE = (
    "fastai's dynamic U-Net over ResNet18 (He et al., Deep Residual Learning "
    "for Image Recognition, CVPR 2016)"
)

SPECS = (
    ModelSpec(
        name="resnet18_unet_base",
        builder=_BUILDER,
        config={},
        output_kind="ab",
        input_size=256,
        size_multiple=32,
        params=31_099_672,
        source=_SOURCE,
    ),
    ModelSpec(
        name="resnet18_unet_small",
        builder=_BUILDER,
        config={"decoder_filters": (256, 192, 128, 48)},
        output_kind="ab",
        input_size=128,
        size_multiple=32,
        params=24_380_536,
        source=f"{_SOURCE}; a narrower way up, for CPUs",
    ),
)
