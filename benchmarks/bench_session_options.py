"""Options of onnxruntime for `lite`: what they cost, and what memory they keep.

Each row differs from onnxruntime's defaults in what it says; the last one is
what this package chooses (`keras_colorize.serving.onnx_file`). Times, on one
photo of 512 x 512 and on a series of mixed sizes, are compared with a session
of the defaults in turns. CPU time is that of all threads: where a thread
waits by spinning, it takes more than the work does.

Memory is resident memory of a process of its own: after photos of mixed sizes
while they go on, and after a large photo among them, which shows what of it
is kept. That it stays flat over many photos is tested in
tests/serving/test_memory.py. The weights are those that are shipped.
"""

import argparse
import dataclasses
import json
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np
import onnxruntime
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.measure import RESULTS
from benchmarks.measure import compare
from benchmarks.measure import machine
from keras_colorize.presets import find_shipped
from keras_colorize.serving.onnx_file import giving_back
from keras_colorize.serving.onnx_file import open_model

NAME = "session_options"
OURS = "keras_colorize"
PHOTO = (512, 512)
SMALLEST = 200  # pixels: sides of the photos of mixed sizes
LARGEST = 900
LARGE_PHOTO = (2000, 3000)
NUM_MIXED = 5  # photos of the series that is timed
NUM_MEMORY = 40  # photos of the series whose memory is weighed
NUM_SETTLE = 16  # of those, at first, while memory may grow
_CPU = ["CPUExecutionProvider"]


@dataclasses.dataclass(frozen=True)
class Options:
    """What a session is opened and run with; the defaults are onnxruntime's.

    Attributes:
        threads: of one inference; 0 for all cores.
        arena: keeps freed memory for the next run.
        pattern: plans where the tensors of an input shape lie.
        optimization: of the graph, a `GraphOptimizationLevel`.
        spinning: threads that wait for work stay on their core.
        shrink: gives the arena's free memory back after each run.
    """

    threads: int = 0
    arena: bool = True
    pattern: bool = True
    optimization: str = "ORT_ENABLE_ALL"
    spinning: bool = True
    shrink: bool = False


VARIANTS = {
    "defaults": Options(),
    "1 thread": Options(threads=1),
    "no arena": Options(arena=False),
    "no memory pattern": Options(pattern=False),
    "neither": Options(arena=False, pattern=False),
    "arena shrunk": Options(shrink=True),
    "graph as it is": Options(optimization="ORT_DISABLE_ALL"),
    "graph: basic": Options(optimization="ORT_ENABLE_BASIC"),
    "graph: extended": Options(optimization="ORT_ENABLE_EXTENDED"),
    "no spinning": Options(spinning=False),
}
NAMES = (*VARIANTS, OURS)
# The other rows keep about what the defaults keep.
WEIGHED = (
    "defaults",
    "no arena",
    "no memory pattern",
    "neither",
    "arena shrunk",
    OURS,
)


def make_runner(name: str) -> Callable[[np.ndarray], np.ndarray]:
    """Opens the default model as a row of the table says.

    Args:
        name: a key of `VARIANTS`, or `OURS`.

    Returns:
        Function of a photo, uint8 (H, W, 3), to the colorized photo.
    """
    path = str(find_shipped("lite").folder / "model.onnx")
    how = onnxruntime.RunOptions()
    if name == OURS:
        session = open_model(path, _CPU).runtime
        how = giving_back()  # as of large photos: this one is in the graph
    else:
        options = VARIANTS[name]
        session = onnxruntime.InferenceSession(
            path, _session_options(options), providers=_CPU
        )
        if options.shrink:
            how.add_run_config_entry(
                "memory.enable_memory_arena_shrinkage", "cpu:0"
            )
    image = session.get_inputs()[0].name
    return lambda photo: session.run(None, {image: photo[None]}, how)[0]


def _session_options(options):
    result = onnxruntime.SessionOptions()
    result.log_severity_level = 3  # it warns of every optional input
    result.intra_op_num_threads = options.threads
    result.enable_cpu_mem_arena = options.arena
    result.enable_mem_pattern = options.pattern
    result.graph_optimization_level = getattr(
        onnxruntime.GraphOptimizationLevel, options.optimization
    )
    result.add_session_config_entry(
        "session.intra_op.allow_spinning", str(int(options.spinning))
    )
    return result


def mixed_photos(count: int, scale: float = 1.0) -> list[np.ndarray]:
    """Photos of noise of mixed sizes, uint8 (H, W, 3); always the same."""
    rng = np.random.default_rng(0)
    sides = rng.integers(SMALLEST, LARGEST, (count, 2), endpoint=True)
    return [noise_photo(*size) for size in (scale * sides).astype(int)]


def noise_photo(height: int, width: int) -> np.ndarray:
    """Makes a photo of noise, uint8 (H, W, 3): only its size matters."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def measure_times(
    name: str, photos: Sequence[np.ndarray], turns: int, warmups: int = 1
) -> dict[str, float]:
    """Compares a row with the defaults, in turns, on a series of photos.

    Returns:
        `time` and `cpu`: how many times faster than the defaults, and how
        many times less CPU time; `ms` and `defaults_ms`: medians.
    """
    row = Metered(make_runner(name), photos)
    defaults = Metered(make_runner("defaults"), photos)
    timed = compare(
        f"lite, {name}",
        (name, row),
        ("defaults", defaults),
        turns=turns,
        warmups=warmups,
    )
    cpu, defaults_cpu = (
        np.median(side.cpu_seconds[warmups:]) for side in (row, defaults)
    )
    return {
        "time": timed.ratio,
        "cpu": float(defaults_cpu / cpu),
        "ms": 1e3 * float(np.median(timed.ours_seconds)),
        "defaults_ms": 1e3 * float(np.median(timed.peer_seconds)),
    }


class Metered:
    """A pass over photos that notes the CPU time of all threads.

    Attributes:
        cpu_seconds: of each call.
    """

    def __init__(self, run, photos):
        self.run = run
        self.photos = photos
        self.cpu_seconds = []

    def __call__(self):
        """Runs all photos once."""
        start = time.process_time()
        for photo in self.photos:
            self.run(photo)
        self.cpu_seconds.append(time.process_time() - start)


def measure_memory(name: str) -> dict[str, float]:
    """Weighs a row in a process of its own, see `weigh`."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.bench_{NAME}", "--weigh", name],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=pathlib.Path(__file__).parents[1],
    )
    return json.loads(done.stdout)


def weigh(
    name: str,
    count: int = NUM_MEMORY,
    settle: int = NUM_SETTLE,
    scale: float = 1.0,
) -> dict[str, float]:
    """Runs photos of mixed sizes in this process, then one that is large.

    Args:
        name: a row of the table.
        count: photos of mixed sizes.
        settle: of those, at first, while memory may grow.
        scale: factor on all sides, for tests.

    Returns:
        Resident memory in MiB: `low` and `high`, the least and the most
        between photos once `settle` are done; `large` and `kept`, after a
        photo of `LARGE_PHOTO`, and after three more of mixed sizes.
    """
    run = make_runner(name)
    process = psutil.Process()

    def mebibytes_after(photo):
        run(photo)
        return process.memory_info().rss / 2**20

    photos = mixed_photos(count, scale)
    sizes = [mebibytes_after(photo) for photo in photos][settle:]
    large = mebibytes_after(noise_photo(*(int(scale * n) for n in LARGE_PHOTO)))
    kept = [mebibytes_after(photo) for photo in photos[:3]][-1]
    return {
        "low": min(sizes),
        "high": max(sizes),
        "large": large,
        "kept": kept,
    }


def report(rows: dict[str, dict]) -> None:
    """Prints two tables: ratios of time, and memory."""
    times = Table(title="lite: times faster than onnxruntime's defaults")
    for column in ("", "512 x 512", "its CPU", "mixed sizes", "their CPU"):
        times.add_column(column)
    memory = Table(title="lite: resident memory, MiB")
    for column in ("", "mixed sizes", "large photo", "kept of it"):
        memory.add_column(column)
    for name, row in rows.items():
        ratios = [
            row[s][k] for s in ("photo", "mixed") for k in ("time", "cpu")
        ]
        times.add_row(name, *(f"{ratio:.2f}" for ratio in ratios))
        if found := row["memory"]:
            memory.add_row(
                name,
                f"{found['low']:.0f} to {found['high']:.0f}",
                f"{found['large']:.0f}",
                f"{found['kept']:.0f}",
            )
    console = Console()
    console.print(times)
    console.print(memory)
    console.print(machine())


def main() -> None:
    """Prints all figures and keeps them as `results/session_options.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--weigh", choices=WEIGHED, help="one row's memory only"
    )
    options = parser.parse_args()
    if options.weigh:
        print(json.dumps(weigh(options.weigh)))
        return
    photo, mixed = [noise_photo(*PHOTO)], mixed_photos(NUM_MIXED)
    rows = {
        name: {
            "photo": measure_times(name, photo, turns=7, warmups=1),
            "mixed": measure_times(name, mixed, turns=3),
            "memory": measure_memory(name) if name in WEIGHED else None,
        }
        for name in NAMES
    }
    report(rows)
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"rows": rows, "machine": machine()}, indent=2)
    (RESULTS / f"{NAME}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
