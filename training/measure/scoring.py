"""Scores of colorized photos against the true ones: one photo, then many.

Both photos are uint8, as delivered: colors are clipped to the gamut and
rounded. The scores themselves are those of `keras_colorize.metrics`;
`score_photos` is the loop that every evaluation runs.
"""

import dataclasses
import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from rich.console import Console
from rich.progress import track

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.gamut import AbGamut
from keras_colorize.color.quantization import encode_nearest
from keras_colorize.color.quantization import soft_histogram
from keras_colorize.files import escaped
from keras_colorize.metrics.colorfulness import colorfulness
from keras_colorize.metrics.fidelity import SSIM_WINDOW
from keras_colorize.metrics.fidelity import ab_accuracy
from keras_colorize.metrics.fidelity import ab_rmse
from keras_colorize.metrics.fidelity import pixel_delta_e_2000
from keras_colorize.metrics.fidelity import psnr
from keras_colorize.metrics.fidelity import ssim
from keras_colorize.serving.images.read import read_photo

# uint8 (H, W, 3) sRGB to the same.
Colorize = Callable[[np.ndarray], np.ndarray]

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


@dataclasses.dataclass
class PhotoScores:
    """Scores of several colorizers on the same photos.

    Attributes:
        paths: photos that were scored.
        skipped: "file" and "reason" of those that were not.
        scores: for each colorizer one dict of `score_photo` per photo.
        brief: the same of `score_briefly`.
        colorfulness: of the true photos.
        bin_shares: float (Q,) per true photo.
        priors: float (Q,) per true photo, soft-encoded.
    """

    paths: list[str] = dataclasses.field(default_factory=list)
    skipped: list[dict] = dataclasses.field(default_factory=list)
    scores: dict[str, list[dict]] = dataclasses.field(default_factory=dict)
    brief: dict[str, list[dict]] = dataclasses.field(default_factory=dict)
    colorfulness: list[float] = dataclasses.field(default_factory=list)
    bin_shares: list[np.ndarray] = dataclasses.field(default_factory=list)
    priors: list[np.ndarray] = dataclasses.field(default_factory=list)


def score_photos(
    paths: Sequence[str],
    colorizers: Mapping[str, Colorize],
    label: str,
    console: Console,
    brief: Mapping[str, Colorize] | None = None,
) -> PhotoScores:
    """Colorizes photos at their full size and scores them, one by one.

    A photo is decoded and measured once; every colorizer is compared with
    it, and only numbers are kept.

    Args:
        paths: photo files. Unreadable and tiny ones are listed in the result.
        colorizers: by name, those to score in full.
        label: what to call this in the progress.
        console: for the progress, and for what is left out.
        brief: by name, those of which `score_briefly` is enough.

    Returns:
        The scores, photos in the order of `paths`.
    """
    brief = brief or {}

    def score_one(path):
        try:
            truth = measure_truth(read_photo(path).rgb)
        except ValueError as error:  # unreadable, or smaller than a window
            return error
        full = {
            name: score_photo(truth, colorize(truth.image))
            for name, colorize in colorizers.items()
        }
        short = {
            name: score_briefly(truth, colorize(truth.image))
            for name, colorize in brief.items()
        }
        return truth, full, short

    result = PhotoScores(
        scores={name: [] for name in colorizers},
        brief={name: [] for name in brief},
    )
    scored = map_photos(score_one, paths, label, console)
    for path, outcome in zip(paths, scored, strict=True):
        if isinstance(outcome, ValueError):
            result.skipped.append({"file": path, "reason": str(outcome)})
            continue
        truth, full, short = outcome
        result.paths.append(path)
        result.colorfulness.append(truth.colorfulness)
        result.bin_shares.append(truth.bin_shares)
        result.priors.append(truth.prior)
        for name, score in full.items():
            result.scores[name].append(score)
        for name, score in short.items():
            result.brief[name].append(score)
    if result.skipped:
        first = result.skipped[0]
        console.print(
            f"{label}: {len(result.skipped)} photos are left out, the first "
            f"is {escaped(first['file'])}: {first['reason']}",
            markup=False,
        )
    return result


def map_photos(
    function: Callable, items: Sequence, label: str, console: Console
) -> Iterable:
    """Yields `function(item)` in order, some items at a time.

    The network uses all cores by itself; threads fill the gaps that decoding
    and scoring leave.
    """
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        results = pool.map(function, items)
        yield from track(results, label, len(items), console=console)


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
        dict of floats: psnr (dB on RGB, at most `MAX_PSNR`), ssim (on RGB,
        Gaussian window of sigma 1.5), delta_e_mean, delta_e_median,
        delta_e_p95 (CIEDE2000 over the pixels), ab_rmse (CIE ab units, over
        both channels), auc (area under the curve of the share of pixels
        within a distance of 0 to 150 ab units, in the closed form
        1 - E[min(d, 150)] / 150), colorfulness; and bin_accuracy, float (Q,):
        the part of auc that comes from the pixels of each true bin.
    """
    lab = rgb_to_lab(image.astype(np.float32) / 255.0)
    true_ab, ab = truth.lab[..., 1:], lab[..., 1:]
    delta_e = pixel_delta_e_2000(truth.lab, lab)
    accuracy = ab_accuracy(true_ab, ab).astype(np.float64)  # (H, W)
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


def score_briefly(truth: TruePhoto, image: np.ndarray) -> dict:
    """Computes the scores that a curve shows, in a quarter of the time.

    Args:
        truth: the true photo.
        image: uint8 (H, W, 3), sRGB, of the same size.

    Returns:
        dict of floats: psnr, delta_e_mean, colorfulness; as in `score_photo`.
    """
    lab = rgb_to_lab(image.astype(np.float32) / 255.0)
    return {
        "psnr": min(psnr(truth.image, image), MAX_PSNR),
        "delta_e_mean": float(pixel_delta_e_2000(truth.lab, lab).mean()),
        "colorfulness": float(colorfulness(image)),
    }
