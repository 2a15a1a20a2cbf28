"""Batches of uint8 photos to the (L, truth) pairs a colorizer is trained on."""

import tensorflow as tf

from keras_colorize.color import lab_formulas
from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.color.cielab import linear_to_lab
from keras_colorize.color.yuv import rgb_to_yuv

# Step between the pixels that the classification head of "ab_and_q_logits"
# classifies.
_GRID_STRIDE = 4


def images_to_targets(
    images,
    output_stride: int = 4,
    encoding: str = "srgb",
    output_kind: str = "ab",
):
    """Turns a batch of photos into network inputs and truths.

    Args:
        images: uint8 (B, h, w, 3). sRGB photos, or 8-bit Lab ones.
        output_stride: Step at which the truth is sampled, without averaging.
        encoding: "srgb", or "lab8" for Lab stored as OpenCV stores it:
            L * 255 / 100, a + 128, b + 128, rounded.
        output_kind: What the network returns, see
            `models.colorizer.OUTPUT_KINDS`.

    Returns:
        L, float32 (B, h, w, 1), CIE L* in [0, 100], and the truth at every
        `output_stride`-th pixel, float32: CIE a* and b* (B, h', w', 2) for
        "ab" and "q_logits", BT.601 U and V (B, h', w', 2) for "uv", encoded
        sRGB (B, h', w', 3) for "rgb", and for "ab_and_q_logits" a dict of
        CIE ab: "ab" as above and "q_logits" at every 4th pixel.

    Raises:
        ValueError: If `encoding` or `output_kind` is unknown.
    """
    if encoding not in _CONVERSIONS:
        raise ValueError(
            f"`encoding` must be one of {tuple(_CONVERSIONS)}. Received: "
            f"encoding={encoding!r}."
        )
    if output_kind not in _TRUTHS:
        raise ValueError(
            f"`output_kind` must be one of {tuple(_TRUTHS)}. Received: "
            f"output_kind={output_kind!r}."
        )
    to_lab, to_rgb = _CONVERSIONS[encoding]
    # Converted twice, because the truth may be needed at few pixels only:
    # compiled, the first line computes nothing but L.
    L = to_lab(images)[..., :1]
    sampled = images[:, ::output_stride, ::output_stride]
    return L, _TRUTHS[output_kind](sampled, to_lab, to_rgb)


def _ab(images, to_lab, _to_rgb):
    return to_lab(images)[..., 1:]


def _uv(images, _to_lab, to_rgb):
    return rgb_to_yuv(to_rgb(images))[..., 1:]


def _rgb(images, _to_lab, to_rgb):
    return to_rgb(images)


def _ab_and_coarse_ab(images, to_lab, _to_rgb):
    ab = to_lab(images)[..., 1:]
    return {"ab": ab, "q_logits": ab[:, ::_GRID_STRIDE, ::_GRID_STRIDE]}


def _lab_from_srgb(images):
    linear = tf.gather(
        lab_formulas.LINEAR_FROM_UINT8, tf.cast(images, tf.int32)
    )
    return linear_to_lab(linear)


def _rgb_from_srgb(images):
    return tf.cast(images, tf.float32) / 255.0


def _lab_from_lab8(images):
    lab = tf.cast(images, tf.float32) * [100.0 / 255.0, 1.0, 1.0]
    return lab - [0.0, 128.0, 128.0]


def _rgb_from_lab8(images):
    return lab_to_rgb(_lab_from_lab8(images))


_CONVERSIONS = {
    "srgb": (_lab_from_srgb, _rgb_from_srgb),
    "lab8": (_lab_from_lab8, _rgb_from_lab8),
}
_TRUTHS = {
    "ab": _ab,
    "q_logits": _ab,
    "uv": _uv,
    "rgb": _rgb,
    "ab_and_q_logits": _ab_and_coarse_ab,
}
