"""How often each ab bin occurs in a set of photos.

The prior is the mean of the soft-encoded truths over all pixels: the
encoding is the smoothing, as in the reference implementation of ECCV16.
"""

import dataclasses
import itertools
import json
import os
import pathlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from keras import ops

from keras_colorize.color.gamut import AbGamut
from keras_colorize.color.quantization import soft_histogram
from keras_colorize.data.compiled import compile_for_backend
from keras_colorize.files import write_json
from keras_colorize.files import written_beside

_SUM_TOLERANCE = 1e-3


@dataclasses.dataclass(frozen=True, eq=False)
class PriorResult:
    """An empirical distribution over ab bins.

    Attributes:
        prior: float64 (Q,), frequencies that sum to 1.
        num_pixels: Number of pixels behind it.
        num_neighbors: K of the soft encoding.
        sigma: Its width, CIE ab units.
        notes: What it was computed from, for a reader.
    """

    prior: np.ndarray
    num_pixels: int
    num_neighbors: int = 5
    sigma: float = 5.0
    notes: dict[str, Any] = dataclasses.field(default_factory=dict)

    def save(self, path: str | os.PathLike) -> None:
        """Writes a .json file (with all fields) or .npy file (prior alone).

        Args:
            path: The file; its folder is made.

        Raises:
            ValueError: If the name ends in neither.
            OSError: If it cannot be written.
        """
        path = _checked_path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".npy":
            with written_beside(path) as part:
                np.save(part, self.prior, allow_pickle=False)
            return
        content = {
            "num_pixels": self.num_pixels,
            "num_neighbors": self.num_neighbors,
            "sigma": self.sigma,
            "notes": self.notes,
            "prior": [float(f"{value:.9g}") for value in self.prior],
        }
        write_json(path, content)


def estimate_prior(
    dataset: Iterable,
    gamut: AbGamut,
    num_neighbors: int = 5,
    sigma: float = 5.0,
    max_batches: int | None = None,
    notes: dict[str, Any] | None = None,
) -> PriorResult:
    """Measures the prior of a data set.

    Args:
        dataset: Batches of (L, ab), ab float (B, h, w, 2) in CIE units: a
            `tf.data.Dataset` or any other iterable.
        gamut: `AbGamut` with Q bins.
        num_neighbors: K of the soft encoding.
        sigma: Its width, CIE ab units.
        max_batches: Batches to look at; None for all. Needed for an
            endless dataset.
        notes: What to remember with the prior.

    Returns:
        The `PriorResult`.

    Raises:
        ValueError: If the dataset is endless and `max_batches` is None, or
            there is no batch.
    """
    if max_batches is None and _is_endless(dataset):
        raise ValueError(
            "Expected a finite dataset. Received: an endless one. Use "
            "`evaluation_dataset`, or pass `max_batches`."
        )

    @compile_for_backend
    def histogram(ab):
        return soft_histogram(ab, gamut, num_neighbors, sigma)

    # Batches in float32, their sum in float64: 1e9 pixels stay exact.
    total = np.zeros(gamut.num_bins, np.float64)
    num_pixels = 0
    for _, ab in itertools.islice(dataset, max_batches):
        total += ops.convert_to_numpy(histogram(ab)).astype(np.float64)
        num_pixels += int(np.prod(ab.shape[:-1]))
    if num_pixels == 0:
        raise ValueError(
            "Expected at least one batch of photos. Received: an empty dataset."
        )
    return PriorResult(
        total / total.sum(), num_pixels, num_neighbors, sigma, notes or {}
    )


def load_prior(path: str | os.PathLike, gamut: AbGamut) -> PriorResult:
    """Reads a prior that `PriorResult.save` wrote.

    Args:
        path: A .json or .npy file.
        gamut: `AbGamut` it must fit.

    Returns:
        The `PriorResult`; from a .npy file with `num_pixels` 0 (unknown).

    Raises:
        ValueError: If the file is no distribution over the gamut's bins.
        OSError: If it cannot be read.
    """
    path = _checked_path(path)
    try:
        if path.suffix == ".npy":
            result = PriorResult(np.load(path, allow_pickle=False), 0)
        else:
            fields = json.loads(path.read_text(encoding="utf-8"))
            fields["prior"] = np.asarray(fields["prior"], np.float64)
            result = PriorResult(**fields)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            "Expected a prior file as `PriorResult.save` writes it. "
            f"Received: {str(path)!r} ({type(error).__name__}: {error})."
        ) from error
    _check_prior(result.prior, gamut, path)
    return result


def mean_ab(prior: np.ndarray, gamut: AbGamut) -> tuple[float, float]:
    """Computes the mean color of the photos that a prior is of.

    Args:
        prior: Float (Q,), the share of each bin.
        gamut: `AbGamut` whose bins it is over.

    Returns:
        CIE a* and b*, rounded to three decimals.
    """
    prior = np.asarray(prior, np.float64)
    a, b = prior @ gamut.bins / prior.sum()
    return round(float(a), 3), round(float(b), 3)


def _is_endless(dataset) -> bool:
    if hasattr(dataset, "num_batches"):
        return dataset.num_batches is None
    if not hasattr(dataset, "cardinality"):
        return False
    cardinality = int(dataset.cardinality())
    # `tf.data` says -1; an endless stream of ours counts up to the largest
    # int64.
    return cardinality == -1 or cardinality > 1e15


def _checked_path(path) -> pathlib.Path:
    path = pathlib.Path(path)
    if path.suffix not in (".json", ".npy"):
        raise ValueError(
            "The name of a prior file must end in .json or .npy. Received: "
            f"{str(path)!r}."
        )
    return path


def _check_prior(prior, gamut, path) -> None:
    if prior.shape != (gamut.num_bins,):
        raise ValueError(
            f"Expected a prior over {gamut.num_bins} bins. Received: shape "
            f"{prior.shape} in {str(path)!r}. Compute it for this gamut."
        )
    is_number = np.isfinite(prior).all() and (prior >= 0).all()
    if not is_number or abs(prior.sum() - 1.0) > _SUM_TOLERANCE:
        raise ValueError(
            "Expected frequencies of at least 0 that sum to 1. Received: "
            f"sum={prior.sum():.6g}, min={prior.min():.3g} in {str(path)!r}."
        )
