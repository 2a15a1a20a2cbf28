"""Cross-entropy over the 23 x 23 grid of ab bins, with hard labels."""

import keras
from keras import ops

from keras_colorize.color.checks import float_with_channels
from keras_colorize.color.grid import NUM_GRID_BINS
from keras_colorize.color.grid import encode_grid


def grid_crossentropy(ab, q_logits):
    """Computes the cross-entropy of scores to the bins of colors.

        -log softmax(q_logits)[q],  q the bin of the color

    Args:
        ab: float (..., 2), CIE a* and b*.
        q_logits: float (..., 529). Unnormalized scores, one per bin of
            `color.grid`.

    Returns:
        float32 (...), one loss per pixel.

    Raises:
        ValueError: If the last axes are not 2 and 529 long.

    Reference: the PyTorch training code of Zhang et al., Real-Time
    User-Guided Image Colorization, SIGGRAPH 2017.
    """
    q_logits = float_with_channels(q_logits, NUM_GRID_BINS, "q_logits")
    indices = encode_grid(ab)[..., None]
    scores = ops.take_along_axis(q_logits, indices, axis=-1)[..., 0]
    return ops.logsumexp(q_logits, axis=-1) - scores


@keras.saving.register_keras_serializable(package="keras_colorize")
class GridCrossentropy(keras.losses.Loss):
    """`grid_crossentropy` as a Keras loss: the classification of SIGGRAPH17.

    Args:
        name: str.
        **kwargs: reduction and dtype of `keras.losses.Loss`.

    Call arguments:
        y_true: float (B, H, W, 2), CIE a* and b* at the output's resolution.
        y_pred: float (B, H, W, 529), unnormalized scores over the bins.
    """

    def __init__(self, name="grid_crossentropy", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        return grid_crossentropy(y_true, y_pred)
