"""Cross-entropy on soft-encoded ab values, with class rebalancing."""

import keras
from keras import ops

from keras_colorize.color.gamut import AbGamut
from keras_colorize.color.quantization import decode_annealed_mean
from keras_colorize.color.quantization import encode_soft
from keras_colorize.losses.regression import ab_huber_error


def soft_crossentropy(
    ab,
    q_logits,
    gamut,
    bin_weights=None,
    num_neighbors=5,
    sigma=5.0,
    smoothing=0.0,
):
    """Computes the cross-entropy of scores to soft-encoded colors.

        v(q*) * -sum_q t_q log softmax(q_logits)[q],  q* the nearest bin

    The target t is the soft encoding w, of which a share may be spread over
    all bins: t = (1 - smoothing) w + smoothing / Q.

    Args:
        ab: float (..., 2), CIE a* and b*.
        q_logits: float (..., Q). Unnormalized scores, one per bin.
        gamut: `AbGamut` with Q bins.
        bin_weights: float (Q,), loss weight per bin of the true color; None
            for 1 everywhere.
        num_neighbors: int, bins that share the mass of one color.
        sigma: float, width of the soft encoding in CIE ab units.
        smoothing: float in [0, 1), share of the target that is spread evenly
            over all bins, so that no bin is ever ruled out.

    Returns:
        float32 (...), one loss per pixel.

    Reference: Zhang et al., Colorful Image Colorization, ECCV 2016, eqs. 2-3;
    smoothing: Szegedy et al., Rethinking the Inception Architecture for
    Computer Vision, CVPR 2016, section 7.
    """
    indices, weights = encode_soft(
        ops.cast(ab, "float32"), gamut, num_neighbors, sigma
    )
    # Only K of Q log probabilities are needed: gather, then normalize.
    q_logits = ops.cast(q_logits, "float32")
    log_norm = ops.logsumexp(q_logits, axis=-1, keepdims=True)
    log_probs = ops.take_along_axis(q_logits, indices, axis=-1) - log_norm
    loss = -ops.sum(weights * log_probs, axis=-1)
    if smoothing:
        even = log_norm[..., 0] - ops.mean(q_logits, axis=-1)
        loss = (1.0 - smoothing) * loss + smoothing * even
    if bin_weights is None:
        return loss
    # The nearest bin comes first and has the largest weight.
    return loss * ops.take(bin_weights, indices[..., 0], axis=0)


def color_photo_mask(ab, threshold=5.0):
    """Tells photos in color from gray ones.

    Args:
        ab: float (B, H, W, 2), CIE a* and b*.
        threshold: float, CIE ab units.

    Returns:
        float32 (B, 1, 1): 1 where some |a| or |b| exceeds the threshold.

    Reference: the grayscale rule of the ECCV16 training code.
    """
    peak = ops.max(ops.abs(ab), axis=(1, 2, 3), keepdims=True)
    return ops.cast(peak[..., 0] > threshold, "float32")


@keras.saving.register_keras_serializable(package="keras_colorize")
class RebalancedCrossentropy(keras.losses.Loss):
    """Soft cross-entropy over ab bins that lifts rare colors.

    Args:
        bin_weights: sequence of Q floats, see
            `color.quantization.rebalancing_weights`; None for the plain
            cross-entropy.
        num_neighbors: int, bins that share the mass of one color.
        sigma: float, width of the soft encoding in CIE ab units.
        mask_gray: bool, whether photos without color weigh nothing.
        smoothing: float in [0, 1), see `soft_crossentropy`.
        **kwargs: name, reduction and dtype of `keras.losses.Loss`.

    Call arguments:
        y_true: float (B, H, W, 2), CIE a* and b* at the output's resolution.
        y_pred: float (B, H, W, Q), unnormalized scores over the bins.

    Raises:
        ValueError: If `bin_weights` does not have one weight per bin, or
            `smoothing` is not in [0, 1).
    """

    def __init__(
        self,
        bin_weights=None,
        num_neighbors=5,
        sigma=5.0,
        mask_gray=True,
        smoothing=0.0,
        name="rebalanced_crossentropy",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.gamut = AbGamut()
        if bin_weights is not None:
            bin_weights = tuple(float(weight) for weight in bin_weights)
            if len(bin_weights) != self.gamut.num_bins:
                raise ValueError(
                    f"`bin_weights` must hold {self.gamut.num_bins} weights. "
                    f"Received: {len(bin_weights)}."
                )
        if not 0.0 <= smoothing < 1.0:
            raise ValueError(
                "`smoothing` must be in [0, 1). "
                f"Received: smoothing={smoothing}."
            )
        self.bin_weights = bin_weights
        self.num_neighbors = num_neighbors
        self.sigma = sigma
        self.mask_gray = mask_gray
        self.smoothing = smoothing

    def call(self, y_true, y_pred):
        loss = soft_crossentropy(
            y_true,
            y_pred,
            self.gamut,
            self.bin_weights,
            self.num_neighbors,
            self.sigma,
            self.smoothing,
        )
        return loss * color_photo_mask(y_true) if self.mask_gray else loss

    def get_config(self):
        return {
            **super().get_config(),
            "bin_weights": self.bin_weights,
            "num_neighbors": self.num_neighbors,
            "sigma": self.sigma,
            "mask_gray": self.mask_gray,
            "smoothing": self.smoothing,
        }


@keras.saving.register_keras_serializable(package="keras_colorize")
class HybridCrossentropy(RebalancedCrossentropy):
    """Classification and regression on the same scores over ab bins.

        RebalancedCrossentropy
            + regression_weight * Huber(softmax(q_logits) @ bins, ab)

    The regression sees the mean color of the predicted distribution (the
    annealed mean at T = 1), so that the distribution stays sharp and its mean
    gets close to the truth. This project's own.

    Args:
        regression_weight: float >= 0, weight of the regression per CIE unit.
        delta: float above 0, CIE ab units: errors below count squared, see
            `losses.regression.ab_huber_error`.
        **kwargs: those of `RebalancedCrossentropy`.

    Call arguments:
        y_true: float (B, H, W, 2), CIE a* and b* at the output's resolution.
        y_pred: float (B, H, W, Q), unnormalized scores over the bins.

    Raises:
        ValueError: If an argument is outside what is said above.
    """

    def __init__(
        self,
        regression_weight=0.1,
        delta=10.0,
        name="hybrid_crossentropy",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if regression_weight < 0 or delta <= 0:
            raise ValueError(
                "`regression_weight` must be at least 0 and `delta` above 0. "
                f"Received: regression_weight={regression_weight}, "
                f"delta={delta}."
            )
        self.regression_weight = regression_weight
        self.delta = delta

    def call(self, y_true, y_pred):
        q_logits = ops.cast(y_pred, "float32")
        mean_ab = decode_annealed_mean(q_logits, self.gamut.bins, 1.0)
        error = ab_huber_error(y_true, mean_ab, self.delta)
        return super().call(y_true, y_pred) + self.regression_weight * error

    def get_config(self):
        return {
            **super().get_config(),
            "regression_weight": self.regression_weight,
            "delta": self.delta,
        }
