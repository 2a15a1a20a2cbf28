"""What a scan needs to know of each photo file, measured once, kept on disk.

The facts do not depend on thresholds, so a scan with another rule reads
them again instead of decoding everything.
"""

import dataclasses
import functools
import json
import os
import pathlib

import tensorflow as tf

from keras_colorize.data import decode
from keras_colorize.data.targets import images_to_targets
from keras_colorize.files import write_json

_SAMPLES_PER_SIDE = 64  # pixels looked at by the gray rule, at least
_CACHE_VERSION = 1


@dataclasses.dataclass(frozen=True)
class PhotoFacts:
    """What is known of a photo file.

    Attributes:
        num_bytes: Size of the file.
        mtime_ns: Its modification time in nanoseconds; 0 if not readable.
        height: Height in pixels; 0 if broken.
        width: Width in pixels; 0 if broken.
        max_chroma: Largest |a*| or |b*| on a grid of pixels, CIE units.
        error: What is wrong with the file, or None.
    """

    num_bytes: int
    mtime_ns: int
    height: int = 0
    width: int = 0
    max_chroma: float = 0.0
    error: str | None = None


def inspect_photo(
    path: str, known: dict[str, PhotoFacts] | None = None
) -> PhotoFacts:
    """Decodes one photo file and measures it.

    Args:
        path: Path of the file.
        known: Facts by absolute path; used if size and time still agree.

    Returns:
        The `PhotoFacts`. Never raises for a bad file: that is a fact too.
    """
    try:
        stat = os.stat(path)
        facts = (known or {}).get(os.path.abspath(path))
        if facts is not None and _unchanged(facts, stat):
            return facts
        contents = pathlib.Path(path).read_bytes()
    except OSError as error:
        return PhotoFacts(0, 0, error=f"cannot be read: {error.strerror}")
    return _facts_of(contents, stat.st_mtime_ns)


def max_chroma(image, encoding: str = "srgb") -> tf.Tensor:
    """Measures how far a photo is from gray.

    Looks at pixels on a grid. Averaging pixels first would pull the chroma
    of small colorful things towards gray.

    Args:
        image: uint8 (H, W, 3).
        encoding: "srgb" or "lab8", see `images_to_targets`.

    Returns:
        float32 (). Largest |a*| or |b*|, CIE units.
    """
    step = tf.maximum(tf.shape(image)[:2] // _SAMPLES_PER_SIDE, 1)
    grid = tf.ensure_shape(image[:: step[0], :: step[1]], (None, None, 3))
    _, ab = images_to_targets(grid[None], 1, encoding)
    return tf.reduce_max(tf.abs(ab))


def read_facts(cache_file: str | os.PathLike) -> dict[str, PhotoFacts]:
    """Reads the facts an earlier scan kept; empty if there is no file.

    Raises:
        ValueError: If the file holds something else.
    """
    cache_file = pathlib.Path(cache_file)
    if not cache_file.exists():
        return {}
    try:
        cache = json.loads(cache_file.read_text(encoding="utf-8"))
        if cache["version"] != _CACHE_VERSION:
            return {}
        return {k: PhotoFacts(**fact) for k, fact in cache["photos"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            "`cache_file` must hold what an earlier scan wrote. Received: "
            f"cache_file={str(cache_file)!r} ({type(error).__name__}: "
            f"{error}). Delete the file or name another one."
        ) from error


def write_facts(
    cache_file: str | os.PathLike, facts: dict[str, PhotoFacts]
) -> None:
    """Keeps facts for later scans.

    Args:
        cache_file: JSON file to write; its folder is made.
        facts: `PhotoFacts` by absolute path.

    Raises:
        OSError: If the file cannot be written.
    """
    pathlib.Path(cache_file).parent.mkdir(parents=True, exist_ok=True)
    photos = {path: dataclasses.asdict(fact) for path, fact in facts.items()}
    write_json(cache_file, {"version": _CACHE_VERSION, "photos": photos})


def _unchanged(facts, stat) -> bool:
    return (facts.num_bytes, facts.mtime_ns) == (
        stat.st_size,
        stat.st_mtime_ns,
    )


def _facts_of(contents, mtime_ns) -> PhotoFacts:
    facts = PhotoFacts(len(contents), mtime_ns)
    if not contents:
        return dataclasses.replace(facts, error="the file is empty (0 bytes)")
    kind = decode.photo_format(contents[:12])
    if kind is None:
        reason = f"not a photo: the file starts with {contents[:12]!r}"
        return dataclasses.replace(facts, error=reason)
    try:
        height, width, chroma = _measure_function()(tf.constant(contents))
    except tf.errors.OpError as error:
        reason = f"truncated or damaged {kind}: {_first_line(error)}"
        return dataclasses.replace(facts, error=reason)
    return dataclasses.replace(
        facts,
        height=int(height),
        width=int(width),
        max_chroma=round(float(chroma), 3),
    )


@functools.cache
def _measure_function():
    def measure(contents):
        image = decode.decode_photo(contents)
        return tf.shape(image)[0], tf.shape(image)[1], max_chroma(image)

    # One graph for all files: calls from several threads run at a time.
    return tf.function(measure, input_signature=[tf.TensorSpec((), tf.string)])


def _first_line(error) -> str:
    lines = [line.strip() for line in str(error.message).splitlines()]
    lines = [line for line in lines if line and "Graph execution" not in line]
    return lines[0] if lines else type(error).__name__
