"""A film and a folder of photos by two builds: this one and another one.

    git worktree add ../before COMMIT
    python -m benchmarks.bench_builds ../before

The commands `video` and `folder --jobs 2` from their start to their end, in
turns, each with its default model. Time tells how well the cores are used,
processor time how much there is to do; on a busy machine it is the steadier.
"""

import argparse
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

from benchmarks.bench_video import _frames
from benchmarks.bench_video import _write_video
from benchmarks.measure import Comparison
from benchmarks.measure import report

HERE = pathlib.Path(__file__).parents[1]
FILM_SIZE = (1080, 1920)  # height, width
NUM_FRAMES = 48
PHOTO_SIZE = (321, 481)
NUM_PHOTOS = 200
TARGET = 1.5


def measure(
    other: pathlib.Path, work: list[str], turns: int = 3
) -> dict[str, Comparison]:
    """Runs a command with both builds, in turns.

    Args:
        other: Folder of the other build, with its `keras_colorize`.
        work: Arguments of the command; `{output}` becomes a new path.
        turns: Of each.

    Returns:
        Comparisons of "time" and "processor time".
    """
    builds = (HERE, other.resolve())
    found = {"time": ([], []), "processor time": ([], [])}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(turns):
            for side, build in enumerate(builds):
                output = pathlib.Path(folder) / f"{turn}{side}.mp4"
                seconds = _run([a.format(output=output) for a in work], build)
                for key, value in seconds.items():
                    found[key][side].append(value)
    return {
        key: Comparison(
            f"{work[0]}: {key}", "this build", "the other one", *sides, TARGET
        )
        for key, sides in found.items()
    }


def _run(work, build):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "keras_colorize.cli", *work],
        check=True,
        capture_output=True,
        cwd=build,
        env={**os.environ, "PYTHONPATH": str(build)},
    )
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"time": seconds, "processor time": cpu}


def write_photos(folder: pathlib.Path, count: int = NUM_PHOTOS) -> None:
    """Writes gray JPEG files, parts of scikit-image's photos."""
    from skimage import data

    photos = [data.coffee(), data.chelsea(), data.astronaut(), data.rocket()]
    grays = [Image.fromarray(photo).convert("L") for photo in photos]
    rng = np.random.default_rng(0)
    height, width = PHOTO_SIZE
    for number in range(count):
        gray = grays[number % len(grays)]
        side = rng.uniform(0.5, 1.0)
        right, low = (int(n * side) for n in gray.size)
        x, y = (
            rng.integers(0, a - b + 1)
            for a, b in zip(gray.size, (right, low), strict=True)
        )
        part = gray.resize((width, height), box=(x, y, x + right, y + low))
        part.save(folder / f"{number:03d}.jpg", quality=92)


def _main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=pathlib.Path)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--only", choices=["film", "folder"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        film, photos = scratch / "film.mp4", scratch / "photos"
        works = {}
        if given.only != "folder":
            _write_video(film, _frames(FILM_SIZE, NUM_FRAMES))
            works["film"] = ["video", str(film), "{output}"]
        if given.only != "film":
            photos.mkdir()
            write_photos(photos)
            works["folder"] = ["folder", str(photos), "{output}", "--jobs", "2"]
        for name, work in works.items():
            found = measure(given.other, work, given.turns)
            for key, comparison in found.items():
                report(comparison, f"builds_{name}_{key.replace(' ', '_')}")


if __name__ == "__main__":
    _main()
