"""Networks that tell true colors from predicted ones.

Each is called with a dict of `"L"`, float (B, H, W, 1), L* in [0, 100], and
`"ab"`, float (B, H, W, 2), CIE a* and b*, and returns logits; what it sees of
the two is scaled by layers inside it.
"""

import keras
from keras import layers

from keras_colorize.models.norms import apply_norm
from keras_colorize.models.norms import check_norm

AB_SCALE = 110.0  # CIE ab units per network unit
# Weights of the pix2pix networks start from N(0, 0.02).
INIT_STDDEV = 0.02
_MIN_LAYERS = 2


def build_patchgan(
    stackwise_filters=(64, 128, 256, 512), norm="batch", name="patchgan"
):
    """Builds the PatchGAN of pix2pix: one logit for each patch of a photo.

    With the published filters a logit sees 70 x 70 pixels; the network has
    2,765,633 parameters with batch and 2,764,737 with instance norm. Fewer
    filters make a smaller patch: 34 with three, 16 with two.

    Args:
        stackwise_filters: sequence of at least 2 ints, filters of the 4 x 4
            convolutions. All but the last halve the size.
        norm: "batch" or "instance".
        name: str, name of the model.

    Returns:
        `keras.Model` from a dict of L and ab, see above, to logits, float32
        (B, H/s - 2, W/s - 2, 1), where s is 2 to the number of halvings.

    Raises:
        ValueError: If an argument is outside what is said above.

    Reference: Isola et al., Image-to-Image Translation with Conditional
    Adversarial Networks, CVPR 2017, 6.1.2.
    """
    check_norm(norm)
    if len(stackwise_filters) < _MIN_LAYERS or min(stackwise_filters) < 1:
        raise ValueError(
            f"`stackwise_filters` must be {_MIN_LAYERS} or more positive "
            f"ints. Received: stackwise_filters={stackwise_filters}."
        )
    L = keras.Input((None, None, 1), name="L")  # CIE L*, [0, 100]
    ab = keras.Input((None, None, 2), name="ab")  # CIE a* and b*
    x = layers.Concatenate(dtype="float32", name="lab_scaled")(
        [scale_L(L), scale_ab(ab)]
    )
    last = len(stackwise_filters) - 1
    for i, filters in enumerate(stackwise_filters):
        stride = 1 if i == last else 2
        # The norm brings an offset, but for instance norm.
        use_bias = i == 0 or norm == "instance"
        x = _apply_conv(x, filters, stride, f"conv{i}", use_bias=use_bias)
        if i > 0:
            x = apply_norm(x, norm, name=f"norm{i}")
        x = layers.LeakyReLU(negative_slope=0.2, name=f"leaky{i}")(x)
    logits = _apply_conv(x, 1, 1, "logits", dtype="float32")
    return keras.Model({"L": L, "ab": ab}, logits, name=name)


def scale_L(L):
    """Takes L* from [0, 100] to [-1, 1], in float32."""
    return layers.Rescaling(
        1 / 50, offset=-1.0, dtype="float32", name="scale_L"
    )(L)


def scale_ab(ab):
    """Takes CIE a* and b* to about [-1, 1], in float32."""
    return layers.Rescaling(1 / AB_SCALE, dtype="float32", name="scale_ab")(ab)


def _apply_conv(x, filters, stride, name, **options):
    # TRICKY: "same" would keep the size at stride 1, and pad the odd sizes
    # after it at the end only.
    x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    return layers.Conv2D(
        filters,
        4,
        strides=stride,
        kernel_initializer=keras.initializers.RandomNormal(stddev=INIT_STDDEV),
        name=name,
        **options,
    )(x)
