"""Errors of predicted ab as Keras metrics, for `compile`."""

import functools

import keras
from keras import ops

from keras_colorize.color.gamut import AbGamut
from keras_colorize.color.quantization import decode_annealed_mean

# Upper end of the distances over which the accuracy curve is integrated.
AUC_RANGE = 150.0


def ab_mean_squared_error(y_true, y_pred):
    """Squared error of each pixel, mean over the two ab channels.

    Args:
        y_true: float (..., 2), CIE a* and b*.
        y_pred: float (..., 2), CIE a* and b*.

    Returns:
        float32 (...), in squared CIE ab units.

    Raises:
        ValueError: If a last axis is not 2 long.
    """
    return ops.mean(ops.square(_difference(y_true, y_pred)), axis=-1)


def ab_accuracy(y_true, y_pred):
    """Area under the accuracy curve of each pixel: 1 - min(d, 150) / 150.

    Args:
        y_true: float (..., 2), CIE a* and b*.
        y_pred: float (..., 2), CIE a* and b*.

    Returns:
        float32 (...) in [0, 1]. The mean over pixels is the AuC.

    Raises:
        ValueError: If a last axis is not 2 long.

    Reference: Zhang et al., Colorful Image Colorization, ECCV 2016, 3.1.
    """
    squared = ops.sum(ops.square(_difference(y_true, y_pred)), axis=-1)
    return 1.0 - ops.minimum(ops.sqrt(squared), AUC_RANGE) / AUC_RANGE


class AbMetric(keras.metrics.Mean):
    """Mean of a value per pixel of true and predicted ab.

    Args:
        temperature: None for models that predict ab. For models that predict
            scores over the 313 ab bins, the temperature in (0, 1] of the
            annealed mean that turns them into ab; 0.38 is usual.
        name: str.
        **kwargs: dtype of `keras.metrics.Metric`.

    Call arguments:
        y_true: float (B, H, W, 2), CIE a* and b*.
        y_pred: float (B, H, W, 2), CIE a* and b*; or (B, H, W, 313), scores.
        sample_weight: optional, weights by photo (B,) or pixel (B, H, W).
    """

    pixel_value = None  # function of (y_true, y_pred), set by a subclass

    def __init__(self, temperature=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.temperature = temperature

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = _to_ab(y_pred, self.temperature)
        super().update_state(self.pixel_value(y_true, y_pred), sample_weight)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}


@keras.saving.register_keras_serializable(package="keras_colorize")
class AbRMSE(AbMetric):
    """Root of `ab_mean_squared_error` over all pixels seen, in CIE ab units.

    Arguments and call arguments are those of `AbMetric`.
    """

    pixel_value = staticmethod(ab_mean_squared_error)

    def __init__(self, temperature=None, name="ab_rmse", **kwargs):
        super().__init__(temperature, name, **kwargs)

    def result(self):
        return ops.sqrt(super().result())


@keras.saving.register_keras_serializable(package="keras_colorize")
class AbAuC(AbMetric):
    """Mean of `ab_accuracy` over all pixels seen: AuC in [0, 1].

    Arguments and call arguments are those of `AbMetric`.
    """

    pixel_value = staticmethod(ab_accuracy)

    def __init__(self, temperature=None, name="ab_auc", **kwargs):
        super().__init__(temperature, name, **kwargs)


def _to_ab(y_pred, temperature):
    if temperature is None:
        return y_pred
    scores = ops.cast(y_pred, "float32")
    return decode_annealed_mean(scores, _gamut(), temperature)


@functools.cache
def _gamut():
    return AbGamut()


def _difference(y_true, y_pred):
    y_true = ops.cast(y_true, "float32")
    y_pred = ops.cast(y_pred, "float32")
    if y_true.shape[-1] != 2 or y_pred.shape[-1] != 2:
        raise ValueError(
            "`y_true` and `y_pred` must be ab, with 2 channels (for scores "
            "over bins give the metric a `temperature`). Received: shapes "
            f"{tuple(y_true.shape)} and {tuple(y_pred.shape)}."
        )
    return y_pred - y_true
