"""Scores of a colorized photo against the true one.

NumPy and scikit-image, for evaluation on whole photos. Truth first, one
photo a call.
"""

import numpy as np

from keras_colorize.color.cielab_numpy import rgb_to_lab

# Upper end of the distances over which the accuracy curve is integrated.
AUC_RANGE = 150.0
SSIM_WINDOW = 11  # pixels; Gaussian of sigma 1.5, cut off at 3.5 sigma


def psnr(image_true, image_pred):
    """Computes the peak signal-to-noise ratio on RGB.

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
    return float(
        _scikit_image().metrics.peak_signal_noise_ratio(
            image_true, image_pred, data_range=255
        )
    )


def ssim(image_true, image_pred):
    """Computes the structural similarity, mean over pixels and RGB channels.

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
        _scikit_image().metrics.structural_similarity(
            image_true,
            image_pred,
            channel_axis=-1,
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def pixel_delta_e_2000(lab_true, lab_pred):
    """Computes the CIEDE2000 difference of each pixel.

    scikit-image's, as an implementation of other people; the one with
    gradients, `color.difference.delta_e_2000`, is tested against it.

    Args:
        lab_true: float (H, W, 3), CIE L*, a*, b* of the true photo.
        lab_pred: float (H, W, 3), those of the colorized photo.

    Returns:
        float (H, W), at least 0; about 1 is just noticeable.

    Reference: Sharma, Wu, Dalal, The CIEDE2000 color-difference formula, 2005.
    """
    return _scikit_image().color.deltaE_ciede2000(lab_true, lab_pred)


def mean_delta_e_2000(image_true, image_pred):
    """Computes the mean of `pixel_delta_e_2000` over a photo.

    Args:
        image_true: uint8 (H, W, 3), the true photo.
        image_pred: uint8 (H, W, 3), the colorized photo.

    Returns:
        float, at least 0.

    Raises:
        TypeError: If a photo is not uint8.
        ValueError: If the shapes are not one (H, W, 3).
    """
    _check_images(image_true, image_pred)
    lab_true, lab_pred = (
        rgb_to_lab(image.astype("float32") / 255.0)
        for image in (image_true, image_pred)
    )
    return float(pixel_delta_e_2000(lab_true, lab_pred).mean())


def ab_rmse(ab_true, ab_pred):
    """Computes the root mean square error over all pixels and both channels.

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


def ab_accuracy(ab_true, ab_pred):
    """Computes the area under the accuracy curve of each pixel.

        1 - min(d, 150) / 150,  d = |ab_true - ab_pred|

    The mean over pixels is the AuC: the exact integral, over distances from
    0 to 150, of the share of pixels within a distance. Means over 151
    thresholds, as some implementations take, are about 0.003 lower. Weighted
    by 1 over the prior of each pixel's true bin the mean is the
    class-balanced AuC (`training.measure.summary`).

    Args:
        ab_true: float (..., 2), CIE a* and b*.
        ab_pred: float (..., 2), CIE a* and b*.

    Returns:
        float32 (...) in [0, 1].

    Raises:
        ValueError: If the shapes are not one (..., 2).

    Reference: Zhang et al., Colorful Image Colorization, ECCV 2016, 3.1.
    """
    difference = _ab_difference(ab_true, ab_pred, "float32")
    distance = np.sqrt(np.sum(np.square(difference), axis=-1))
    return 1.0 - np.minimum(distance, AUC_RANGE) / AUC_RANGE


def _ab_difference(ab_true, ab_pred, dtype="float64"):
    ab_true, ab_pred = np.asarray(ab_true), np.asarray(ab_pred)
    if ab_true.shape != ab_pred.shape or ab_true.shape[-1:] != (2,):
        raise ValueError(
            "`ab_true` and `ab_pred` must have one shape (..., 2). "
            f"Received: shapes {ab_true.shape} and {ab_pred.shape}."
        )
    return ab_pred.astype(dtype) - ab_true.astype(dtype)


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


def _scikit_image():
    try:
        import skimage.color
        import skimage.metrics
    except ImportError as error:
        raise ImportError(
            "Photo scores need scikit-image: "
            'pip install "keras-colorize[train]"'
        ) from error
    return skimage
