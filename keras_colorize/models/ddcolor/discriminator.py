"""The discriminator of DDColor: spectral, with attention, on colors alone.

Kang et al., DDColor, ICCV 2023. The layers are those of the authors' release.
"""

import keras
from keras import layers
from keras import ops

from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.layers.spatial_attention import SpatialAttention
from keras_colorize.layers.spectral_conv import SpectralConv2D

_NUM_HALVINGS = 4


@keras.saving.register_keras_serializable(package="keras_colorize")
class LabToRgb(layers.Layer):
    """Photo of lightness and color, see `lab_to_rgb`; in float32, no weights.

    Input shape:
        List of L* (B, H, W, 1) and a*, b* (B, H, W, 2), float.

    Output shape:
        float32 (B, H, W, 3), encoded sRGB in [0, 1].
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)

    def call(self, inputs):
        return lab_to_rgb(ops.concatenate(inputs, axis=-1))

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], 3)


def build_ddcolor_discriminator(filters=64, name="ddcolor_discriminator"):
    """Builds the discriminator with fresh weights.

    Args:
        filters: int, a multiple of 4, of the first layer; 64 in the paper
            (5,919,617 parameters). They double with each halving of the size.
        name: name of the model.

    Returns:
        `keras.Model` from the dict of `"L"`, float (B, H, W, 1), L* in
        [0, 100], and `"ab"`, float (B, H, W, 2), CIE a* and b*, to logits,
        float32 (B, H/16 - 3, W/16 - 3, 1), large for real photos. H and W are
        multiples of 16, and at least 64.

    Raises:
        ValueError: If `filters` is not a positive multiple of 4.
    """
    if filters < 4 or filters % 4:
        raise ValueError(
            "`filters` must be a positive multiple of 4. "
            f"Received: filters={filters}."
        )
    inputs = {
        "L": keras.Input((None, None, 1), name="L"),
        "ab": keras.Input((None, None, 2), name="ab"),
    }
    x = LabToRgb(name="rgb")([inputs["L"], inputs["ab"]])
    for i in range(_NUM_HALVINGS):
        width = filters << i
        x = _apply_conv(x, width, 4, 2, f"conv{2 * i}")
        if i == 1:
            x = SpatialAttention(name="attention")(x)
        x = _apply_conv(x, width, 3, 1, f"conv{2 * i + 1}")
    logits = SpectralConv2D(
        1, 4, use_bias=False, dtype="float32", name="logits"
    )(x)
    return keras.Model(inputs, logits, name=name)


def _apply_conv(x, filters, kernel_size, stride, name):
    # Pads alike on both sides for the even sizes that there are.
    return SpectralConv2D(
        filters,
        kernel_size,
        strides=stride,
        padding="same",
        activation="relu",
        name=name,
    )(x)
