"""Scores of a colorized photo against the true one.

NumPy and scikit-image, for evaluation on whole photos; `metrics.ab_error`
has what `fit` reports. Truth first, one photo a call, means over pixels.
"""

import numpy as np

from keras_colorize.color.quantization import encode_nearest
from keras_colorize.metrics.ab_error import AUC_RANGE

SSIM_WINDOW = 11  # pixels; Gaussian of sigma 1.5, cut off at 3.5 sigma


def psnr(image_true, image_pred):
    """Peak signal-to-noise ratio on RGB.

        20 log10(255 / sqrt(MSE)),  MSE over all pixels and channels

    Args:
        image_true: uint8 (H, W, 3), the true photo.
        image_pred: uint8 (H, W, 3), the colorized photo.

    Returns:
        float, in dB; infinite for identical photos.

    Raises:
        TypeError: If a photo is not uint8.
        ValueError: If the shapes are not one (H, W, 3).
    """
    _check_images(image_true, image_pred)
    if np.array_equal(image_true, image_pred):
        return float("inf")  # scikit-image divides by zero, with a warning
    metrics = _scikit_image("metrics")
    return float(
        metrics.peak_signal_noise_ratio(image_true, image_pred, data_range=255)
    )


def ssim(image_true, image_pred):
    """Structural similarity, mean over pixels and RGB channels.

    Gaussian window of 11 x 11 pixels with sigma 1.5, K1 = 0.01, K2 = 0.03.
    Colorized photos share the truth's lightness, so that even gray ones
    score high: compare with that baseline.

    Args:
        image_true: uint8 (H, W, 3), the true photo.
        image_pred: uint8 (H, W, 3), the colorized photo.

    Returns:
        float in [-1, 1]; 1 for identical photos.

    Raises:
        TypeError: If a photo is not uint8.
        ValueError: If the shapes are not one (H, W, 3), or a side is shorter
            than the window.

    Reference: Wang et al., Image quality assessment: from error visibility
    to structural similarity, IEEE TIP, 2004.
    """
    _check_images(image_true, image_pred)
    if min(image_true.shape[:2]) < SSIM_WINDOW:
        raise ValueError(
            f"SSIM needs photos of at least {SSIM_WINDOW} pixels a side. "
            f"Received: shape={image_true.shape}."
        )
    return float(
        _scikit_image("metrics").structural_similarity(
            image_true,
            image_pred,
            channel_axis=-1,
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def mean_delta_e_2000(image_true, image_pred):
    """Mean CIEDE2000 difference over the pixels of a photo.

    Args:
        image_true: uint8 (H, W, 3), the true photo.
        image_pred: uint8 (H, W, 3), the colorized photo.

    Returns:
        float, at least 0; about 1 is just noticeable.

    Raises:
        TypeError: If a photo is not uint8.
        ValueError: If the shapes are not one (H, W, 3).

    Reference: Sharma, Wu, Dalal, The CIEDE2000 color-difference formula, 2005.
    """
    _check_images(image_true, image_pred)
    color = _scikit_image("color")
    return float(
        color.deltaE_ciede2000(
            color.rgb2lab(image_true), color.rgb2lab(image_pred)
        ).mean()
    )


def ab_rmse(ab_true, ab_pred):
    """Root of the mean squared error over all pixels and both ab channels.

    Args:
        ab_true: float (..., 2), CIE a* and b*.
        ab_pred: float (..., 2), CIE a* and b*.

    Returns:
        float, in CIE ab units.

    Raises:
        ValueError: If the shapes are not one (..., 2).
    """
    difference = _ab_difference(ab_true, ab_pred)
    return float(np.sqrt(np.mean(np.square(difference))))


def ab_auc(ab_true, ab_pred, weights=None):
    """Area under the curve of the share of pixels within a distance.

        1 - E[min(d, 150)] / 150,  d = |ab_true - ab_pred|

    The exact integral of the curve over distances from 0 to 150. Means over
    151 thresholds, as some implementations take, are about 0.003 lower.

    Args:
        ab_true: float (..., 2), CIE a* and b*.
        ab_pred: float (..., 2), CIE a* and b*.
        weights: optional float (...), weight of each pixel, such as
            `class_balance_weights`; of any scale.

    Returns:
        float in [0, 1].

    Raises:
        ValueError: If the shapes do not fit or the weights sum to 0.

    Reference: Zhang et al., Colorful Image Colorization, ECCV 2016, 3.1.
    """
    distance = np.linalg.norm(_ab_difference(ab_true, ab_pred), axis=-1)
    accuracy = 1.0 - np.minimum(distance, AUC_RANGE) / AUC_RANGE
    if weights is None:
        return float(accuracy.mean())
    weights = np.asarray(weights, "float64")
    if weights.shape != accuracy.shape or not weights.sum() > 0:
        raise ValueError(
            f"`weights` must have shape {accuracy.shape} and a positive sum. "
            f"Received: shape={weights.shape}, sum={weights.sum()}."
        )
    return float((weights * accuracy).sum() / weights.sum())


def class_balance_weights(ab_true, prior, gamut):
    """Weights pixels by how rare their true color is: 1 / prior.

    `ab_auc` with these weights is the class-balanced AuC. Where it is taken
    over several photos, sum numerators and weights over all of them.

    Args:
        ab_true: float (..., 2), CIE a* and b*.
        prior: float array (Q,), frequency of each bin; of any scale.
        gamut: `AbGamut` with Q bins.

    Returns:
        float64 array (...), the mean over the prior's colors is 1.

    Raises:
        ValueError: If `prior` is not Q long, or 0 in a bin that occurs.

    Reference: Zhang et al., Colorful Image Colorization, ECCV 2016, 3.1.
    """
    prior = np.asarray(prior, "float64")
    if prior.shape != (gamut.num_bins,):
        raise ValueError(
            f"`prior` must have one entry for each of {gamut.num_bins} bins. "
            f"Received: shape={prior.shape}."
        )
    bins = np.asarray(encode_nearest(np.asarray(ab_true, "float32"), gamut))
    share = prior[bins] / prior.sum()
    if not (share > 0).all():
        empty = sorted(set(bins[share <= 0].tolist()))
        raise ValueError(
            "`prior` must be positive in every bin that occurs in `ab_true`: "
            "take it from data that includes these photos, or smooth it. "
            f"Received: prior=0 in bins {empty[:5]}."
        )
    return 1.0 / (np.count_nonzero(prior) * share)


def _ab_difference(ab_true, ab_pred):
    ab_true, ab_pred = np.asarray(ab_true), np.asarray(ab_pred)
    if ab_true.shape != ab_pred.shape or ab_true.shape[-1:] != (2,):
        raise ValueError(
            "`ab_true` and `ab_pred` must have one shape (..., 2). "
            f"Received: shapes {ab_true.shape} and {ab_pred.shape}."
        )
    return ab_pred.astype("float64") - ab_true.astype("float64")


def _check_images(image_true, image_pred):
    for name, image in (("image_true", image_true), ("image_pred", image_pred)):
        if image.dtype != np.uint8:
            raise TypeError(
                f"`{name}` must be uint8, as the photo is delivered. "
                f"Received: dtype={image.dtype}."
            )
    shape = image_true.shape
    if len(shape) != 3 or shape[-1] != 3 or shape != image_pred.shape:
        raise ValueError(
            "Both photos must have one shape (height, width, 3). "
            f"Received: shapes {shape} and {image_pred.shape}."
        )


def _scikit_image(module):
    try:
        import skimage.color
        import skimage.metrics
    except ImportError as error:
        raise ImportError(
            "Photo scores need scikit-image: "
            'pip install "keras-colorize[train]"'
        ) from error
    return getattr(skimage, module)
