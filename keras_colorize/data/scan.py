"""Finds out which photos a training can use, and says why not.

Every file is decoded once with the decoder the training uses, so a photo
that passes here does not stop a run at three in the morning. What is left
out is counted and listed, never hidden.
"""

import concurrent.futures
import dataclasses
import functools
import os
import pathlib

from keras_colorize.data import photo_facts
from keras_colorize.data.compiled import check_on_tensorflow
from keras_colorize.data.photo_facts import PhotoFacts
from keras_colorize.data.photo_list import PhotoList
from keras_colorize.data.photo_source import PhotoSource
from keras_colorize.files import write_json

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
        usable: Paths (or names) of the usable photos, in the order given.
        positions: Their places among the photos, for `PhotoSource.select`.
        skipped: One `SkippedPhoto` for each photo left out.
        sizes: Height and width of each usable one.
    """

    usable: tuple[str, ...]
    positions: tuple[int, ...]
    skipped: tuple[SkippedPhoto, ...]
    sizes: tuple[tuple[int, int], ...] = ()

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
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        skipped = [dataclasses.asdict(photo) for photo in self.skipped]
        report = {"counts": self.counts, "skipped": skipped}
        write_json(path, report)


def scan_photos(
    photos: PhotoSource | list[str] | tuple[str, ...],
    cache_file: str | os.PathLike | None = None,
    gray_threshold: float = GRAY_THRESHOLD,
    min_side: int = 16,
    num_threads: int | None = None,
) -> ScanReport:
    """Sorts photos into usable ones and ones to leave out.

    Args:
        photos: A photo source, or the paths of photo files.
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
        ValueError: If `cache_file` holds something else than a scan, or
            Keras runs on another backend than TensorFlow.
        OSError: If `cache_file` cannot be written.
    """
    check_on_tensorflow("Photos in files")
    if isinstance(photos, list | tuple):
        photos = PhotoList.of_paths(photos)
    if isinstance(photos, PhotoList):
        names = photos.paths
        facts = _facts_of_files(names, cache_file, num_threads)
    else:
        names = tuple(photos.item_name(i) for i in range(len(photos)))
        facts = [_facts_of_image(photos, i) for i in range(len(photos))]
    problems = [
        _problem(name, fact, gray_threshold, min_side)
        for name, fact in zip(names, facts, strict=True)
    ]
    positions = tuple(i for i, p in enumerate(problems) if p is None)
    return ScanReport(
        usable=tuple(names[i] for i in positions),
        positions=positions,
        skipped=tuple(problem for problem in problems if problem),
        sizes=tuple((facts[i].height, facts[i].width) for i in positions),
    )


def _facts_of_files(paths, cache_file, num_threads) -> list[PhotoFacts]:
    known = {} if cache_file is None else photo_facts.read_facts(cache_file)
    inspect = functools.partial(photo_facts.inspect_photo, known=known)
    num_threads = num_threads or os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(num_threads) as pool:
        facts = list(pool.map(inspect, paths))
    if cache_file is not None:
        # Unreadable files are not remembered: permissions change silently.
        new = {
            os.path.abspath(path): fact
            for path, fact in zip(paths, facts, strict=True)
            if fact.mtime_ns
        }
        if not new.items() <= known.items():
            photo_facts.write_facts(cache_file, known | new)
    return facts


def _facts_of_image(photos, index) -> PhotoFacts:
    image = photos.image(index)
    height, width = image.shape[:2]
    chroma = float(photo_facts.max_chroma(image, photos.encoding))
    return PhotoFacts(image.nbytes, 0, height, width, chroma)


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
