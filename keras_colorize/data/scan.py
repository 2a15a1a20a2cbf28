"""Finds out which photos a training can use, and says why not.

Every file is decoded once with the decoder the training uses, so a photo
that passes here does not stop a run at three in the morning. What is left
out is counted and listed, never hidden.
"""

import concurrent.futures
import dataclasses
import functools
import os
from collections.abc import Iterable

from keras_colorize.data import arrays
from keras_colorize.data import photo_facts
from keras_colorize.data.json_file import write_json
from keras_colorize.data.photo_facts import PhotoFacts

# A photo with no |a| or |b| above 5 counts as gray (Zhang et al. 2016, the
# mask of their training code).
GRAY_THRESHOLD = 5.0


@dataclasses.dataclass(frozen=True)
class SkippedPhoto:
    """A photo that is left out.

    Attributes:
        path: Path of the file; array name and index for an array.
        kind: "broken", "grayscale" or "too_small".
        reason: What is wrong, for a reader.
    """

    path: str
    kind: str
    reason: str


@dataclasses.dataclass(frozen=True)
class ScanReport:
    """What a scan found.

    Attributes:
        usable: Paths of the usable photos, in the order given.
        skipped: One `SkippedPhoto` for each photo left out.
    """

    usable: tuple[str, ...]
    skipped: tuple[SkippedPhoto, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Number of photos, usable, broken, grayscale and too_small ones."""
        kinds = [skipped.kind for skipped in self.skipped]
        return {
            "photos": len(self.usable) + len(self.skipped),
            "usable": len(self.usable),
            "broken": kinds.count("broken"),
            "grayscale": kinds.count("grayscale"),
            "too_small": kinds.count("too_small"),
        }

    def summary(self) -> str:
        """Says in one line how many photos are used and left out."""
        counts = self.counts
        return (
            f"{counts['usable']} of {counts['photos']} photos usable; "
            f"skipped: {counts['broken']} broken, "
            f"{counts['grayscale']} grayscale, "
            f"{counts['too_small']} too small"
        )

    def write(self, path: str | os.PathLike) -> None:
        """Writes the report as JSON: counts, and each photo left out.

        Args:
            path: The file to write; its folder is made.

        Raises:
            OSError: If it cannot be written.
        """
        skipped = [dataclasses.asdict(photo) for photo in self.skipped]
        report = {"counts": self.counts, "skipped": skipped}
        write_json(path, report)


def scan_photos(
    paths: Iterable[str | os.PathLike],
    cache_file: str | os.PathLike | None = None,
    gray_threshold: float = GRAY_THRESHOLD,
    min_side: int = 16,
    num_threads: int | None = None,
) -> ScanReport:
    """Sorts photo files into usable ones and ones to leave out.

    Args:
        paths: Paths of photo files.
        cache_file: JSON file that remembers what was found, by path, file
            size and modification time: a second scan reads only new and
            changed files. None remembers nothing.
        gray_threshold: A photo is gray if no |a*| and no |b*| exceeds this,
            in CIE units, on a grid of pixels. Below 0 keeps gray photos.
        min_side: Photos with a shorter side, in pixels, are too small.
        num_threads: Files decoded at a time; None takes one per core.

    Returns:
        The `ScanReport`.

    Raises:
        ValueError: If `cache_file` holds something else than a scan.
        OSError: If `cache_file` cannot be written.
    """
    paths = [os.fspath(path) for path in paths]
    known = {} if cache_file is None else photo_facts.read_facts(cache_file)
    inspect = functools.partial(photo_facts.inspect_photo, known=known)
    num_threads = num_threads or os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(num_threads) as pool:
        facts = dict(zip(paths, pool.map(inspect, paths), strict=True))
    if cache_file is not None:
        # Unreadable files are not remembered: permissions change silently.
        new = {os.path.abspath(p): f for p, f in facts.items() if f.mtime_ns}
        if not new.items() <= known.items():
            photo_facts.write_facts(cache_file, known | new)
    judged = [
        (path, _problem(path, facts[path], gray_threshold, min_side))
        for path in paths
    ]
    return ScanReport(
        usable=tuple(path for path, problem in judged if problem is None),
        skipped=tuple(problem for _, problem in judged if problem),
    )


def scan_arrays(
    photos: arrays.ArrayPhotos,
    gray_threshold: float = GRAY_THRESHOLD,
    min_side: int = 16,
) -> tuple[arrays.ArrayPhotos, ScanReport]:
    """Sorts the photos of an array data set as `scan_photos` sorts files.

    Args:
        photos: The `ArrayPhotos`.
        gray_threshold: As in `scan_photos`.
        min_side: As in `scan_photos`.

    Returns:
        `ArrayPhotos` of the usable photos alone, and the `ScanReport`.
    """
    usable = []
    skipped = []
    for index in range(len(photos)):
        image = photos.image(index)
        height, width = image.shape[:2]
        chroma = float(photo_facts.max_chroma(image, photos.encoding))
        facts = PhotoFacts(image.nbytes, 0, height, width, chroma)
        name = photos.item_name(index)
        problem = _problem(name, facts, gray_threshold, min_side)
        if problem is None:
            usable.append(index)
        else:
            skipped.append(problem)
    kept = photos.select(usable)
    names = tuple(kept.item_name(index) for index in range(len(kept)))
    return kept, ScanReport(names, tuple(skipped))


def _problem(path, facts, gray_threshold, min_side) -> SkippedPhoto | None:
    if facts.error is not None:
        return SkippedPhoto(path, "broken", facts.error)
    if min(facts.height, facts.width) < min_side:
        reason = (
            f"{facts.width} x {facts.height} pixels (width x height), the "
            f"shorter side must be at least {min_side}"
        )
        return SkippedPhoto(path, "too_small", reason)
    if facts.max_chroma <= gray_threshold:
        reason = (
            f"largest |a| or |b| is {facts.max_chroma:.2f}, a color photo "
            f"exceeds {gray_threshold:g}"
        )
        return SkippedPhoto(path, "grayscale", reason)
    return None
