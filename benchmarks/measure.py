"""Interleaved timing of two ways to do the same, and its report.

Machines are noisy: both sides take turns in one process, and medians of
their times are compared, never times of different runs.
"""

import dataclasses
import importlib.metadata
import json
import os
import pathlib
import platform
import sys
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.table import Table

RESULTS = pathlib.Path(__file__).parent / "results"
# Distribution and module names of what takes part in a measurement.
PACKAGES = {
    "tensorflow": "tensorflow",
    "keras": "keras",
    "onnxruntime": "onnxruntime",
    "torch": "torch",
    "scikit-learn": "sklearn",
    "scikit-image": "skimage",
    "pillow": "PIL",
    "av": "av",
}


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Times of two contestants that did the same work.

    Attributes:
        claim: what is measured, in one line.
        ours: name of our side.
        peer: name of the other side.
        ours_seconds: one time per turn.
        peer_seconds: one time per turn.
        target: ratio that the project promises, or None.
    """

    claim: str
    ours: str
    peer: str
    ours_seconds: list[float]
    peer_seconds: list[float]
    target: float | None = None

    @property
    def ratio(self) -> float:
        """How many times faster our side is: median over median."""
        return float(
            np.median(self.peer_seconds) / np.median(self.ours_seconds)
        )


def compare(
    claim: str,
    ours: tuple[str, Callable[[], object]],
    peer: tuple[str, Callable[[], object]],
    turns: int = 7,
    warmups: int = 2,
    target: float | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Comparison:
    """Times two functions in turns.

    Args:
        claim: what is measured.
        ours: name and function of our side.
        peer: name and function of the other side; does the same work.
        turns: timed calls of each.
        warmups: untimed calls of each before.
        target: ratio that the project promises, for the report.
        clock: what is read before and after; `time.process_time` for the
            processor time of all threads, on a machine that is busy.

    Returns:
        The `Comparison`.
    """
    for _ in range(warmups):
        ours[1]()
        peer[1]()
    times = ([], [])
    for _ in range(turns):
        for side, (_, function) in zip(times, (ours, peer), strict=True):
            start = clock()
            function()
            side.append(clock() - start)
    return Comparison(claim, ours[0], peer[0], *times, target=target)


def report(comparison: Comparison, name: str, save: bool = True) -> None:
    """Prints a comparison and keeps it as `results/<name>.json`."""
    table = Table(title=comparison.claim)
    for column in ("", "median ms", "quartiles ms"):
        table.add_column(column)
    for label, seconds in (
        (comparison.ours, comparison.ours_seconds),
        (comparison.peer, comparison.peer_seconds),
    ):
        low, middle, high = 1e3 * np.quantile(seconds, [0.25, 0.5, 0.75])
        table.add_row(label, f"{middle:.2f}", f"{low:.2f} to {high:.2f}")
    console = Console()
    console.print(table)
    promised = (
        f" (promised: {comparison.target:g})" if comparison.target else ""
    )
    console.print(f"{comparison.ratio:.2f} times faster{promised}")
    console.print(machine())
    if save:
        RESULTS.mkdir(exist_ok=True)
        content = {
            **dataclasses.asdict(comparison),
            "ratio": comparison.ratio,
            "machine": machine(),
        }
        text = json.dumps(content, indent=2)
        (RESULTS / f"{name}.json").write_text(text + "\n")


def machine() -> str:
    """Describes processor, cores and versions in use, for the record."""
    model = platform.processor() or platform.machine()
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    cores = (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count()
    )
    versions = [f"Python {platform.python_version()}"] + [
        f"{name} {importlib.metadata.version(name)}"
        for name, module in PACKAGES.items()
        if module in sys.modules
    ]
    return f"{model}, {cores} core(s), {', '.join(versions)}"


def use_one_core() -> None:
    """Binds this process and its threads to one core, before any work."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
