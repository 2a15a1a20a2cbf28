"""Scores of one colorized photo against the true one.

Both photos are uint8, as delivered: colors are clipped to the gamut and
rounded. PSNR, SSIM and CIEDE2000 are scikit-image's.
"""

import dataclasses

import numpy as np
from skimage.color import deltaE_ciede2000

from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.gamut import AbGamut
from keras_colorize.color.quantization import encode_nearest
from keras_colorize.color.quantization import soft_histogram
from keras_colorize.metrics.ab_error import ab_accuracy
from keras_colorize.metrics.colorfulness import colorfulness
from keras_colorize.metrics.fidelity import SSIM_WINDOW
from keras_colorize.metrics.fidelity import ab_rmse
from keras_colorize.metrics.fidelity import psnr
from keras_colorize.metrics.fidelity import ssim

# An exact copy has an infinite PSNR, of which no mean can be taken.
MAX_PSNR = 100.0


@dataclasses.dataclass(frozen=True)
class TruePhoto:
    """A true photo and what every comparison with it needs.

    Attributes:
        image: uint8 (H, W, 3), sRGB.
        lab: float32 (H, W, 3), CIE L*, a*, b*.
        bins: int (H, W), index of the ab bin nearest to each pixel.
        bin_shares: float (Q,), share of the pixels in each bin; sums to 1.
        prior: float (Q,), the same after soft encoding; sums to 1.
        colorfulness: Hasler-Suesstrunk value, [0, 255] scale.
    """

    image: np.ndarray
    lab: np.ndarray
    bins: np.ndarray
    bin_shares: np.ndarray
    prior: np.ndarray
    colorfulness: float


def measure_truth(image: np.ndarray) -> TruePhoto:
    """Prepares a true photo.

    Args:
        image: uint8 (H, W, 3), sRGB.

    Raises:
        ValueError: If a side is shorter than SSIM's window.
    """
    if min(image.shape[:2]) < SSIM_WINDOW:
        raise ValueError(
            f"A photo must have at least {SSIM_WINDOW} pixels a side to be "
            f"scored. Received: {image.shape[1]} x {image.shape[0]}."
        )
    gamut = AbGamut()
    lab = rgb_to_lab(image.astype(np.float32) / 255.0)
    bins = np.asarray(encode_nearest(lab[..., 1:], gamut))
    counts = np.bincount(bins.reshape(-1), minlength=gamut.num_bins)
    soft_counts = np.asarray(soft_histogram(lab[..., 1:], gamut), np.float64)
    return TruePhoto(
        image=image,
        lab=lab,
        bins=bins,
        bin_shares=counts / counts.sum(),
        prior=soft_counts / soft_counts.sum(),
        colorfulness=float(colorfulness(image)),
    )


def score_photo(truth: TruePhoto, image: np.ndarray) -> dict:
    """Compares a colorized photo with the true one.

    Args:
        truth: the true photo.
        image: uint8 (H, W, 3), sRGB, of the same size.

    Returns:
        dict of floats: psnr (dB on RGB), ssim (on RGB, Gaussian window of
        sigma 1.5), delta_e_mean, delta_e_median, delta_e_p95 (CIEDE2000 over
        the pixels), ab_rmse (CIE ab units, over both channels), auc (area
        under the curve of the share of pixels within a distance of 0 to 150
        ab units, in the closed form 1 - E[min(d, 150)] / 150), colorfulness;
        and bin_accuracy, float (Q,): the part of auc that comes from the
        pixels of each true bin.
    """
    lab = rgb_to_lab(image.astype(np.float32) / 255.0)
    true_ab, ab = truth.lab[..., 1:], lab[..., 1:]
    delta_e = deltaE_ciede2000(truth.lab, lab)
    accuracy = np.asarray(ab_accuracy(true_ab, ab), np.float64)  # (H, W)
    bin_accuracy = np.bincount(
        truth.bins.reshape(-1),
        weights=accuracy.reshape(-1),
        minlength=truth.bin_shares.size,
    )
    return {
        "psnr": min(psnr(truth.image, image), MAX_PSNR),
        "ssim": ssim(truth.image, image),
        "delta_e_mean": float(delta_e.mean()),
        "delta_e_median": float(np.median(delta_e)),
        "delta_e_p95": float(np.percentile(delta_e, 95)),
        "ab_rmse": ab_rmse(true_ab, ab),
        "auc": float(accuracy.mean()),
        "colorfulness": float(colorfulness(image)),
        "bin_accuracy": bin_accuracy / accuracy.size,
    }


def constant_color(truth: TruePhoto, ab: tuple[float, float]) -> np.ndarray:
    """Gives a photo one ab value everywhere; (0, 0) is the gray photo.

    Returns:
        uint8 (H, W, 3), sRGB, clipped to the gamut.
    """
    lab = truth.lab.copy()
    lab[..., 1:] = ab
    return np.rint(lab_to_rgb(lab) * 255.0).astype(np.uint8)
