"""Everything that wants a GPU, in eight minutes: right first, then fast.

    KERAS_BACKEND=jax python -m benchmarks.gpu_check --out gpu.json

For a machine with CUDA and JAX or PyTorch; TensorFlow is not needed. Of each
family of models a small one is computed from fixed weights, forward and two
steps of `fit`: on the CPU in float32, and on the GPU in float32 and in mixed
bfloat16, compiled by XLA under JAX. Then `lite` at its real size is trained
on packed photos in mixed bfloat16 with batches of 64 to 512 crops of 128
pixels: crops a second, the share of a step that waits for the pipeline, and
memory. The report has a line for all of it and for what did not fit into the
time; the exit code is 1 if a family is wrong or was not checked.

Each part runs in a process of its own, those of the first half side by side
on two thirds of the cores.
"""

import contextlib
import dataclasses
import importlib.metadata
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated
from typing import Any

import numpy as np
import typer

from benchmarks.measure import machine
from keras_colorize.files import written_beside
from keras_colorize.serving.web_api.limits import num_cores

BATCH_SIZES = (64, 128, 256, 512)
CROP = 128
# Largest difference relative to the largest value. TF32 is switched off; the
# mantissa of bfloat16 has 8 bits, and networks of random weights add them up.
TOLERANCES = {"float32": 2e-3, "mixed_bfloat16": 0.1}
LOSS_TOLERANCES = {"float32": 2e-3, "mixed_bfloat16": 0.05}
_CHECK_SHARE = 0.55  # of the time, for the first half
_DEVICE_LIMIT_S = 120.0


@dataclasses.dataclass(frozen=True)
class Clock:
    """When to be done."""

    end: float

    def left(self) -> float:
        """Returns the seconds that are left, at least 0."""
        return max(0.0, self.end - time.monotonic())


def main(
    out: Annotated[Path, typer.Option(help="File for the report, JSON.")],
    minutes: Annotated[float, typer.Option(help="For all of it.")] = 8.0,
    batch_size: Annotated[
        list[int] | None, typer.Option(help="To measure; repeat.")
    ] = None,
    family: Annotated[
        list[str] | None, typer.Option(help="To check; repeat. Default: all.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Of a timed turn.")] = 20,
    allow_cpu: Annotated[
        bool, typer.Option("--allow-cpu", help="Go on without a GPU.")
    ] = False,
) -> None:
    """Checks, measures, and writes the report."""
    start = time.monotonic()
    try:
        found = _run(print_device, timeout=_DEVICE_LIMIT_S)
    except subprocess.TimeoutExpired as error:
        typer.echo(
            f"Error: {os.environ['KERAS_BACKEND']} did not name its device "
            f"within {_DEVICE_LIMIT_S:g} s. Try `nvidia-smi`, end what else "
            "takes the processor, and run this again.",
            err=True,
        )
        raise typer.Exit(2) from error
    if found.returncode:
        typer.echo(found.stderr, err=True)
        raise typer.Exit(2)
    device = json.loads(found.stdout.splitlines()[-1])
    if device["platform"] == "cpu" and not allow_cpu:
        typer.echo(f"Error: no GPU was found. Received: {device}.", err=True)
        raise typer.Exit(2)
    report: dict[str, Any] = {"device": device, "machine": machine()}
    typer.echo(f"{device}")
    half = Clock(start + 60 * minutes * _CHECK_SHARE)
    report["families"] = check_families(family or families(), half)
    _write(out, report, start)
    report["lite"] = []
    with tempfile.TemporaryDirectory() as folder:
        write_photos(Path(folder) / "packed")
        for size in batch_size or BATCH_SIZES:
            left = Clock(start + 60 * minutes).left()
            row = measure(Path(folder) / "packed", size, steps, left)
            typer.echo(f"lite, batch {size}: {row}")
            report["lite"].append({"batch_size": size, **row})
            _write(out, report, start)
    wrong = [r for r in report["families"] if r["verdict"] != "equal"]
    if wrong:
        raise typer.Exit(1)


def families() -> list[str]:
    """Names the first registered model of each family."""
    from keras_colorize.models import registry

    found = {}
    for name in sorted(registry.model_names()):
        found.setdefault(registry.get_spec(name).builder, name)
    # The one that takes longest to compile comes first.
    return sorted(
        found.values(), key=lambda name: not name.startswith("ddcolor")
    )


def check_families(names: list[str], clock: Clock) -> list[dict]:
    """Compares each family on the device with the CPU.

    Returns:
        A row for each family and precision: "verdict" is "equal", "wrong",
        "failed" or "not checked", beside the differences and the losses.
    """
    sides = {
        "cpu": ("float32", True),
        "float32": ("float32", False),
        "mixed_bfloat16": ("mixed_bfloat16", False),
    }
    with tempfile.TemporaryDirectory() as folder:
        with ThreadPoolExecutor(max(1, 2 * num_cores() // 3)) as pool:
            for name in names:
                for side, (precision, on_cpu) in sides.items():
                    place = Path(folder) / side
                    place.mkdir(exist_ok=True)
                    pool.submit(
                        _compute_apart, place, precision, name, on_cpu, clock
                    )
        rows = []
        for name in names:
            for precision in TOLERANCES:
                row = _compared(
                    Path(folder) / "cpu" / f"{name}.npz",
                    Path(folder) / precision / f"{name}.npz",
                    precision,
                )
                typer.echo(f"{name}, {precision}: {row}")
                rows.append({"model": name, "precision": precision, **row})
    return rows


def _compute_apart(
    folder: Path, precision: str, name: str, on_cpu: bool, clock: Clock
) -> None:
    """Calls `compute` in a process of its own; its end is in a file."""
    limit_s = clock.left()
    if limit_s < 1:
        return
    with contextlib.suppress(subprocess.TimeoutExpired):
        done = _run(
            compute,
            *(str(folder), precision, name),
            timeout=limit_s,
            on_cpu=on_cpu,
        )
        if done.returncode:
            (folder / f"{name}.txt").write_text(done.stderr[-1000:])


def _compared(cpu: Path, device: Path, precision: str) -> dict:
    if not (cpu.exists() and device.exists()):
        errors = [f.with_suffix(".txt") for f in (cpu, device)]
        for error in errors:
            if error.exists():
                return {"verdict": "failed", "error": error.read_text()}
        return {"verdict": "not checked"}
    with np.load(cpu) as a, np.load(device) as b:
        expected, found = dict(a), dict(b)
    loss, other = expected.pop("loss"), found.pop("loss")
    row: dict[str, Any] = {"loss_cpu": loss.tolist(), "loss": other.tolist()}
    row["difference"] = max(
        float(np.abs(found[key] - value).max() / np.abs(value).max())
        for key, value in expected.items()
    )
    row["loss_difference"] = float(np.abs(other / loss - 1).max())
    is_equal = (
        row["difference"] <= TOLERANCES[precision]
        and row["loss_difference"] <= LOSS_TOLERANCES[precision]
        and other[1] < other[0]
    )  # of a NaN none holds
    return {"verdict": "equal" if is_equal else "wrong", **row}


def write_photos(folder: Path, count: int = 256) -> None:
    """Packs made-up photos of the size that training takes."""
    from keras_colorize.data.packed import PackedWriter
    from tests.helpers import textured_photo

    with PackedWriter(folder) as writer:
        for i in range(count):
            photo = textured_photo(160, 213, seed=i % 32)
            writer.add(np.roll(photo, i, axis=1), f"{i}", "train")


def measure(packed: Path, batch_size: int, steps: int, limit_s: float) -> dict:
    """Trains `lite` for some steps in a process of its own.

    Returns:
        What `train_lite` prints, or "error".
    """
    if limit_s < 20:
        return {"error": "no time was left"}
    arguments = (str(packed), batch_size, steps)
    try:
        done = _run(train_lite, *arguments, timeout=limit_s)
    except subprocess.TimeoutExpired:
        return {"error": f"took longer than the {limit_s:.0f} s that were left"}
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        return {"error": lines[-1], "exit_code": done.returncode}
    return json.loads(done.stdout.splitlines()[-1])


def print_device() -> None:
    """Prints what the backend computes on."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        first, *_ = jax.devices()
        facts = {"platform": first.platform, "name": first.device_kind}
    else:
        import torch

        has_gpu = torch.cuda.is_available()
        name = torch.cuda.get_device_name() if has_gpu else "cpu"
        facts = {"platform": "gpu" if has_gpu else "cpu", "name": name}
    versions = {
        name: importlib.metadata.version(name) for name in ("keras", backend)
    }
    print(json.dumps({"backend": backend, **facts, "versions": versions}))


def compute(folder: str, precision: str, name: str) -> None:
    """Computes one model; writes its outputs and the losses of two steps."""
    import keras

    from keras_colorize.models import registry
    from tests.backends import reference

    _compute_exactly()
    keras.mixed_precision.set_dtype_policy(precision)
    model = registry.create_model(name, **reference.overrides(name))
    reference.set_weights(model)
    size = (32, 64) if model.size_multiple == 32 else (32, 48)
    inputs = reference.network_inputs(model, model.fixed_size or size)
    outputs = model.predict(inputs, verbose=0)  # compiled
    loss = reference.train(model, inputs, outputs)
    arrays = outputs if isinstance(outputs, dict) else {"out": outputs}
    with written_beside(Path(folder) / f"{name}.npz") as part:
        np.savez(part, loss=loss, **arrays)


def train_lite(packed: str, batch_size: int, steps: int) -> None:
    """Prints crops a second, the idle share of a step, and memory."""
    import keras

    from keras_colorize.data.degradation import Degradation
    from keras_colorize.data.packed import read_packed
    from keras_colorize.data.packed_batches import PackedBatches
    from keras_colorize.data.pipeline_config import PipelineConfig
    from keras_colorize.losses.classification import HybridCrossentropy
    from keras_colorize.models import registry

    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    model = registry.create_model("lite")
    model.ab_decoder.trainable = False
    model.compile(keras.optimizers.AdamW(5e-4), HybridCrossentropy())
    config = PipelineConfig(
        crop_size=CROP,
        batch_size=batch_size,
        resize_short=160,
        min_scale=0.8,
        max_scale=1.6,
        degradation=Degradation(probability=0.3),
        average_truth=True,
        output_kind=model.output_kind,
        output_stride=model.output_stride,
    )
    batches = PackedBatches(read_packed(packed), config, training=True)
    first = batches[0]

    def again():
        while True:
            yield first

    def fit(stream) -> float:
        start = time.perf_counter()
        model.fit(stream, steps_per_epoch=steps, shuffle=False, verbose=0)
        return time.perf_counter() - start

    fit(again())  # compiles
    alone, fed = [], []
    for _ in range(3):
        alone.append(fit(again()))
        fed.append(fit(batches.stream()))
    seconds = float(np.median(fed))
    print(
        json.dumps(
            {
                "crops_per_second": round(steps * batch_size / seconds, 1),
                "step_ms": round(1e3 * seconds / steps, 2),
                "idle_share": round(1 - float(np.median(alone)) / seconds, 3),
                "peak_mib": _peak_mib(),
            }
        )
    )


def _peak_mib() -> int:
    """Returns the most memory of the device so far; of a CPU, the process'."""
    import keras

    stats: dict[str, int] = {}
    if keras.backend.backend() == "jax":
        import jax

        stats = jax.devices()[0].memory_stats() or {}
    elif keras.backend.backend() == "torch":
        import torch

        if torch.cuda.is_available():
            stats = {"peak_bytes_in_use": torch.cuda.max_memory_allocated()}
    if "peak_bytes_in_use" in stats:
        return stats["peak_bytes_in_use"] // 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**10


def _compute_exactly() -> None:
    """Switches the short mantissas of TF32 off, which GPUs take by default."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_default_matmul_precision", "highest")
    else:
        import torch

        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False


def _environment(on_cpu: bool = False) -> dict[str, str]:
    backend = os.environ.get("KERAS_BACKEND", "")
    if backend not in ("jax", "torch"):
        raise typer.BadParameter(
            "Set KERAS_BACKEND to jax or torch. Received: "
            f"KERAS_BACKEND={backend!r}."
        )
    environment = {
        **os.environ,
        # Several processes share the GPU, and peaks are of what is used.
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    }
    if on_cpu:
        environment |= {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    return environment


# Calls a function of this module, with arguments in JSON.
_CHILD = """
import json
import sys

from benchmarks import gpu_check

getattr(gpu_check, sys.argv[1])(*json.loads(sys.argv[2]))
"""


def _command(function: Callable, *arguments) -> list[str]:
    text = json.dumps(arguments)
    return [sys.executable, "-c", _CHILD, function.__name__, text]


def _run(
    function: Callable, *arguments, timeout: float, on_cpu: bool = False
) -> subprocess.CompletedProcess:
    return subprocess.run(
        _command(function, *arguments),
        env=_environment(on_cpu),
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def _write(out: Path, report: dict, start: float) -> None:
    report["seconds"] = round(time.monotonic() - start, 1)
    out.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)
