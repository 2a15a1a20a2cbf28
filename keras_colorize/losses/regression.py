"""Regression losses on ab, in CIE units."""

import keras
from keras import ops


def ab_squared_error(y_true, y_pred):
    """Half the squared Euclidean distance between ab values.

    Args:
        y_true: float (..., 2), CIE a* and b*.
        y_pred: float (..., 2), CIE a* and b*.

    Returns:
        float32 (...), in squared CIE ab units.

    Reference: Zhang et al., Colorful Image Colorization, ECCV 2016, eq. 1.
    """
    error = ops.cast(y_pred, "float32") - ops.cast(y_true, "float32")
    return 0.5 * ops.sum(ops.square(error), axis=-1)


@keras.saving.register_keras_serializable(package="keras_colorize")
class AbL2(keras.losses.Loss):
    """`ab_squared_error` as a Keras loss: the baseline that averages colours.

    Args:
        name: str.
        **kwargs: reduction and dtype of `keras.losses.Loss`.

    Call arguments:
        y_true: float (B, H, W, 2), CIE a* and b* at the output's resolution.
        y_pred: float (B, H, W, 2), CIE a* and b*.
    """

    def __init__(self, name="ab_l2", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        return ab_squared_error(y_true, y_pred)
