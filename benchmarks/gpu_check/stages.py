"""The two halves of the check, their parts in processes of their own.

A process that breaks down, by an error or by a crash, costs its own part, and
the memory that it took of the GPU is free again.
"""

import asyncio
import functools
import json
import sys
import tempfile
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path

from benchmarks.gpu_check.families import TOLERANCES
from benchmarks.gpu_check.report import Report
from benchmarks.lite_training import write_photos
from keras_colorize.serving.web_api.limits import num_cores

# Compiling takes one core, and each process some memory of the GPU.
_MAX_PROCESSES = 6


class ChildFailed(RuntimeError):
    """A process ended with an error, which is the message."""


async def run_child(
    module: str, *arguments: str, tell: Callable[[dict], None], end: float
) -> None:
    """Runs a module in a process of its own, which dies with this call.

    Args:
        module: To run, as `python -m` names it.
        *arguments: Of its command line.
        tell: Takes the object of each line it prints that is one in JSON.
        end: Time of the event loop when the process is ended.

    Raises:
        TimeoutError: If it had to be ended.
        ChildFailed: If its exit code is not 0, with the end of its errors.
    """
    with tempfile.TemporaryFile() as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
        try:
            async with asyncio.timeout_at(end):
                async for line in process.stdout or ():
                    if line.startswith(b"{"):
                        tell(json.loads(line))
                code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if code:
            errors.seek(0)
            last = errors.read()[-1500:].decode(errors="replace").strip()
            raise ChildFailed(f"exit code {code}: {last or 'no message'}")


def parts(families: Sequence[str], batch_sizes: Sequence[int]) -> list[str]:
    """Names what a whole report has, in the order in which it is begun."""
    compared = [_compared(name, p) for name in families for p in TOLERANCES]
    return compared + [_trained(size) for size in batch_sizes]


def _compared(family, precision):
    return f"{family}, {precision}"


def _trained(batch_size):
    return f"training of lite, batch {batch_size}"


async def check_families(
    names: Sequence[str], end: float, report: Report
) -> None:
    """Compares families of models with the CPU, several side by side.

    Args:
        names: Of the models, in order of worth.
        end: Time of the event loop when to be done.
        report: Takes what `families.check` tells.
    """
    free = asyncio.Semaphore(min(num_cores(), _MAX_PROCESSES))

    async def check(name):
        # Their order is that of the process, too.
        left = [_compared(name, precision) for precision in TOLERANCES]

        def tell(row):
            report.add(left.pop(0), row)

        async with free:
            try:
                await run_child(_FAMILIES, name, tell=tell, end=end)
            except TimeoutError:
                return  # they stay as not reached
            except ChildFailed as failure:
                for part in left or [_compared(name, list(TOLERANCES)[-1])]:
                    report.add(part, _failed(failure))

    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(check(name))


async def measure_lite(
    batch_sizes: Sequence[int], end: float, report: Report
) -> None:
    """Trains `lite` with one batch size after the other.

    Args:
        batch_sizes: Crops a step, in order of worth.
        end: Time of the event loop when to be done.
        report: Takes what `speed.measure` tells.
    """
    now = asyncio.get_running_loop().time
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / "packed"
        write_photos(packed)
        for size in batch_sizes:
            tell = functools.partial(report.add, _trained(size))
            arguments = (str(packed), str(size), f"{end - now():.1f}")
            try:
                await run_child(_SPEED, *arguments, tell=tell, end=end)
            except TimeoutError:
                return
            except ChildFailed as failure:
                tell(_failed(failure))


_FAMILIES = "benchmarks.gpu_check.families"
_SPEED = "benchmarks.gpu_check.speed"


def _failed(failure):
    return {"verdict": "failed", "error": str(failure)}
