"""Regression losses on ab, in CIE units."""

import keras
from keras import ops


def ab_squared_error(y_true, y_pred):
    """Computes half the squared Euclidean distance between ab values.

    Args:
        y_true: float (..., 2), CIE a* and b*.
        y_pred: float (..., 2), CIE a* and b*.

    Returns:
        float32 (...), in squared CIE ab units.

    Reference: Zhang et al., Colorful Image Colorization, ECCV 2016, eq. 1.
    """
    error = ops.cast(y_pred, "float32") - ops.cast(y_true, "float32")
    return 0.5 * ops.sum(ops.square(error), axis=-1)


def ab_absolute_error(y_true, y_pred):
    """Sums the distances of ab values along the axes, |Δa| + |Δb|.

    Args:
        y_true: float (..., 2), CIE a* and b*.
        y_pred: float (..., 2), CIE a* and b*.

    Returns:
        float32 (...), in CIE ab units.
    """
    error = ops.cast(y_pred, "float32") - ops.cast(y_true, "float32")
    return ops.sum(ops.abs(error), axis=-1)


def ab_huber_error(y_true, y_pred, delta=1.0):
    """Sums over a and b the absolute error, squared near 0.

        e^2 / (2 delta)  where e = |difference| < delta
        e - delta / 2    elsewhere

    This is the common Huber loss over `delta`: far from 0 its slope is 1.

    Args:
        y_true: float (..., 2), CIE a* and b*.
        y_pred: float (..., 2), CIE a* and b*.
        delta: float above 0, in CIE ab units.

    Returns:
        float32 (...), in CIE ab units.

    Reference: Zhang et al., Real-Time User-Guided Image Colorization with
    Learned Deep Priors, SIGGRAPH 2017, eq. 2; scaled as in its PyTorch
    training code.
    """
    error = ops.cast(y_pred, "float32") - ops.cast(y_true, "float32")
    error = ops.abs(error)
    loss = ops.where(
        error < delta, ops.square(error) / (2 * delta), error - delta / 2
    )
    return ops.sum(loss, axis=-1)


@keras.saving.register_keras_serializable(package="keras_colorize")
class AbL2(keras.losses.Loss):
    """`ab_squared_error` as a Keras loss: the baseline that averages colors.

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


@keras.saving.register_keras_serializable(package="keras_colorize")
class AbL1(keras.losses.Loss):
    """`ab_absolute_error` as a Keras loss: the regression of SIGGRAPH17.

    That training adds 10 times this loss on ab / 110 to a cross-entropy: in
    the CIE units of this class the factor is 10 / 110.

    Args:
        name: str.
        **kwargs: reduction and dtype of `keras.losses.Loss`.

    Call arguments:
        y_true: float (B, H, W, 2), CIE a* and b* at the output's resolution.
        y_pred: float (B, H, W, 2), CIE a* and b*.
    """

    def __init__(self, name="ab_l1", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        return ab_absolute_error(y_true, y_pred)
