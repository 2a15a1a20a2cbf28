"""Everything that wants a GPU, in eight minutes: right first, then fast.

    KERAS_BACKEND=jax python -m benchmarks.gpu_check --out gpu.json

For a machine with CUDA and JAX or PyTorch; TensorFlow is not needed. Compares
every family of models with the CPU (`families`), then trains `lite` with
batches of 64 to 512 crops (`speed`). Ends by itself in time. Whatever ends it,
the report says what was found until then, and what was not reached.

The exit code is 0 if all was reached and is right, 1 if not, and 2 if nothing
could begin.
"""

import argparse
import asyncio
import importlib.util
import os
import signal
import sys
from pathlib import Path

from benchmarks.gpu_check import stages
from benchmarks.gpu_check.families import FAMILIES
from benchmarks.gpu_check.report import Report
from benchmarks.measure import machine

# In order of worth: the ends tell most.
BATCH_SIZES = (64, 512, 256, 128)
_CHECK_SHARE = 0.6  # of the time that is left, at most
_END_S = 5.0  # kept for the end
_DEVICE_LIMIT_S = 120.0
_NO_OPENCV = (
    "OpenCV is not installed, which cuts the crops: `lite` cannot be trained. "
    "Run `pip install opencv-python-headless`."
)
_ON_CPU = {
    "jax": "No GPU was used: the device is a second CPU device, for which XLA "
    "optimizes in float32. For the reference it does not.",
    "torch": "No GPU was used: the device is the CPU itself. In float32 it "
    "computes the same again, which shows that the check runs, no more.",
}


def main(arguments: list[str] | None = None) -> int:
    """Checks, measures and writes the report; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        if not given.out.parent.is_dir():
            raise ValueError(
                "`--out` must be a file in a folder that exists. "
                f"Received: {given.out}."
            )
        backend = set_environment()
        return asyncio.run(_check_all(given, backend))
    except (ValueError, stages.ChildFailed) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu_check", description=__doc__
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="file for the report, JSON"
    )
    parser.add_argument(
        "--minutes", type=float, default=8.0, help="all of it takes no longer"
    )
    parser.add_argument(
        "--families", nargs="+", default=FAMILIES, help="default: all"
    )
    parser.add_argument(
        "--batch-sizes",
        nargs="+",
        type=int,
        default=BATCH_SIZES,
        help="of the training that is measured, in this order; few on a CPU",
    )
    parser.add_argument(
        "--allow-cpu", action="store_true", help="go on without a GPU"
    )
    return parser


def set_environment() -> str:
    """Prepares what the processes inherit; returns the name of the backend.

    Raises:
        ValueError: If no backend is named that can be checked.
    """
    backend = os.environ.get("KERAS_BACKEND", "")
    if backend not in _ON_CPU:
        raise ValueError(
            "Set KERAS_BACKEND to jax or torch. Received: "
            f"KERAS_BACKEND={backend!r}."
        )
    # Several processes share the GPU, and peaks are of what is used.
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    platforms = os.environ.get("JAX_PLATFORMS", "")
    if platforms and "cpu" not in platforms.split(","):
        os.environ["JAX_PLATFORMS"] = f"{platforms},cpu"  # for the reference
    return backend


async def _check_all(given, backend):
    # Whoever ends this ends its processes as well.
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    start = asyncio.get_running_loop().time()
    end = start + 60 * given.minutes - _END_S
    device = await find_device(backend, min(end, start + _DEVICE_LIMIT_S))
    notes = [] if importlib.util.find_spec("cv2") else [_NO_OPENCV]
    if device["platform"] == "cpu":
        if not given.allow_cpu:
            raise ValueError(
                "A GPU is needed; `--allow-cpu` goes on without one. "
                f"Received: {device}."
            )
        notes.append(_ON_CPU[backend])
    report = Report(
        given.out,
        stages.parts(given.families, given.batch_sizes),
        device=device,
        machine=machine(),
        notes=notes,
    )
    try:
        now = asyncio.get_running_loop().time()
        until = now + _CHECK_SHARE * (end - now)
        await stages.check_families(given.families, until, report)
        await stages.measure_lite(given.batch_sizes, end, report)
    finally:
        report.finish()
    return report.exit_code()


async def find_device(backend: str, end: float) -> dict:
    """Asks in a process of its own what the backend computes on.

    Raises:
        ChildFailed: If it does not say so in time, or not at all.
    """
    found: list[dict] = []
    try:
        await stages.run_child(
            "benchmarks.gpu_check.device", tell=found.append, end=end
        )
    except TimeoutError as error:
        raise stages.ChildFailed(
            f"{backend} did not name its device in time. Try `nvidia-smi`, end "
            "what else takes the processor, and run this again."
        ) from error
    return found[0]


if __name__ == "__main__":
    sys.exit(main())
