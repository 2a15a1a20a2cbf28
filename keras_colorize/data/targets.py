"""Batches of uint8 photos to the (L, truth) pairs a colorizer is trained on.

Runs on any Keras backend, and inside `tf.data` under TensorFlow.
"""

from typing import Any

import numpy as np
from keras import ops

from keras_colorize.color import lab_formulas
from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.color.cielab import linear_to_lab
from keras_colorize.color.cielab import luma_to_L
from keras_colorize.color.yuv import rgb_to_yuv

# Step between the pixels that the classification head of "ab_and_q_logits"
# classifies.
_GRID_STRIDE = 4
_LAB8_SCALE = np.array([100.0 / 255.0, 1.0, 1.0], np.float32)
_LAB8_OFFSET = np.array([0.0, 128.0, 128.0], np.float32)


def images_to_targets(
    images,
    output_stride: int = 4,
    encoding: str = "srgb",
    output_kind: str = "ab",
    average: bool = False,
    gray=None,
) -> tuple[Any, Any]:
    """Turns a batch of photos into network inputs and truths.

    Args:
        images: uint8 (B, h, w, 3). sRGB photos, or 8-bit Lab ones.
        output_stride: Step between the pixels of the truth.
        encoding: "srgb", or "lab8" for Lab stored as OpenCV stores it:
            L * 255 / 100, a + 128, b + 128, rounded.
        output_kind: What the network returns, see
            `models.colorizer.OUTPUT_KINDS`.
        average: Whether a pixel of the truth is the mean over its cell; else
            it is the cell's first pixel.
        gray: uint8 (B, h, w, 1), encoded neutral gray that L is taken from,
            such as that of degraded photos; None takes L from `images`.

    Returns:
        L, float32 (B, h, w, 1), CIE L* in [0, 100], and the truth at every
        `output_stride`-th pixel, float32: CIE a* and b* (B, h', w', 2) for
        "ab" and "q_logits", BT.601 U and V (B, h', w', 2) for "uv", encoded
        sRGB (B, h', w', 3) for "rgb", and for "ab_and_q_logits" a dict of
        CIE ab: "ab" as above and "q_logits" at every 4th pixel of it.

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
    L = to_lab(images)[..., :1] if gray is None else _L_of_gray(gray)
    if average:
        truth = _TRUTHS[output_kind](images, to_lab, to_rgb)
        truth = sample_truth(truth, output_stride, average)
    else:
        sampled = sample_truth(images, output_stride, average)
        truth = _TRUTHS[output_kind](sampled, to_lab, to_rgb)
    if output_kind == "ab_and_q_logits":
        grid = sample_truth(truth, _GRID_STRIDE, average)
        truth = {"ab": truth, "q_logits": grid}
    return L, truth


def sample_truth(truth, step: int, average: bool = False):
    """Keeps one value for each cell of `step` x `step` pixels.

    Args:
        truth: (B, h, w, C), h and w multiples of `step`.
        step: Side of a cell.
        average: Whether it is the mean over the cell; else its first pixel.

    Returns:
        (B, h / step, w / step, C).
    """
    return (_cell_means if average else _first_of_cells)(truth, step)


def _first_of_cells(x, step):
    return x[:, ::step, ::step]


def _cell_means(x, step):
    _, height, width, channels = x.shape
    size = (-1, height // step, step, width // step, step, channels)
    return ops.mean(ops.reshape(x, size), axis=(2, 4))


def _L_of_gray(gray):
    return luma_to_L(ops.cast(gray, "float32") / 255.0)


def _ab(images, to_lab, _to_rgb):
    return to_lab(images)[..., 1:]


def _uv(images, _to_lab, to_rgb):
    return rgb_to_yuv(to_rgb(images))[..., 1:]


def _rgb(images, _to_lab, to_rgb):
    return to_rgb(images)


def _lab_from_srgb(images):
    linear = ops.take(
        lab_formulas.LINEAR_FROM_UINT8, ops.cast(images, "int32"), axis=0
    )
    return linear_to_lab(linear)


def _rgb_from_srgb(images):
    return ops.cast(images, "float32") / 255.0


def _lab_from_lab8(images):
    return ops.cast(images, "float32") * _LAB8_SCALE - _LAB8_OFFSET


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
    "ab_and_q_logits": _ab,
}
