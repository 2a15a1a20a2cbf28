"""The registered hypercolumn variants, as data; imports no Keras."""

from keras_colorize.models.registry import ModelSpec

SPECS = (
    ModelSpec(
        name="hypercolumn_vgg16",
        builder=(
            "keras_colorize.models.hypercolumn.colorizer:HypercolumnColorizer"
        ),
        config={},
        output_kind="uv",
        input_size=224,
        size_multiple=8,
        params=1_180_994,
        source="Feature-Net and Shallow-Net over VGG16 hypercolumns",
    ),
)
