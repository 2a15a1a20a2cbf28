"""A training step of hypercolumn_vgg16 against building the hypercolumn.

Photos of 224 x 224 in float32, Adam, all cores. The peer is the network as
its source describes it: features upsampled and concatenated to 960 channels
at full size, then convolved. Both have the same weights, and their outputs
are compared first. Memory is that of a process of its own for each side: the
peak of one step above what the process held before it.
"""

import json
import pathlib
import re
import subprocess
import sys

import numpy as np

from benchmarks.measure import RESULTS
from benchmarks.measure import Comparison
from benchmarks.measure import compare
from benchmarks.measure import report

NAME = "hypercolumn"
SIZE = 224
BATCH = 4
MEMORY_BATCH = 16
LARGE_BATCH = 32
MAX_DIFFERENCE = 1e-4  # of the outputs, over their largest
_MEBIBYTE = 2**20


def measure(size: int = SIZE, batch: int = BATCH, turns: int = 5) -> Comparison:
    """Compares the outputs, then times whole steps in turns."""
    ours, peer = build_networks()
    L, uv = make_batch(batch, size)
    expected, found = peer.predict_on_batch(L), ours.predict_on_batch(L)
    difference = np.abs(found - expected).max() / np.abs(expected).max()
    if not difference <= MAX_DIFFERENCE:
        raise ValueError(
            f"Both sides must agree within {MAX_DIFFERENCE:g} of the largest "
            f"output. Received: {difference:g}."
        )
    return compare(
        f"training step of hypercolumn_vgg16, batch {batch}, {size} x {size}",
        ("level by level", lambda: ours.train_on_batch(L, uv)),
        ("hypercolumn built", lambda: peer.train_on_batch(L, uv)),
        turns=turns,
        target=3.0,
    )


def measure_memory(side: str, batch: int, size: int = SIZE) -> dict:
    """Takes two steps in a process of its own; Linux only.

    Args:
        side: "ours" or "peer".
        batch: photos in a step.
        size: side of the photos in pixels.

    Returns:
        dict in MiB: step, the peak above what was held before; process, the
        peak of the whole process.
    """
    command = [sys.executable, "-m", "benchmarks.bench_hypercolumn"]
    run = subprocess.run(
        [*command, side, str(batch), str(size)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=pathlib.Path(__file__).parents[1],
    )
    return json.loads(run.stdout.splitlines()[-1])


def build_networks():
    """Returns our network and the peer's, compiled, with the same weights."""
    import keras
    from keras import layers

    from keras_colorize.layers.bilinear_upsampling import BilinearUpsampling
    from keras_colorize.models.registry import create_model

    ours = create_model("hypercolumn_vgg16")
    levels = ours.encoder(ours.get_layer("luma")(ours.input))
    upsampled = [
        layers.Rescaling(scale)(BilinearUpsampling(2**i)(level) if i else level)
        for i, (level, scale) in enumerate(
            zip(levels, ours.level_scales, strict=True)
        )
    ]
    x = layers.Concatenate()(upsampled)  # (B, H, W, 960)
    first = layers.Conv2D(
        ours.shallow_filters[0], 3, padding="same", activation="relu"
    )
    x = first(x)
    for name in ("shallow_conv2", "uv_scaled", "uv"):
        x = ours.get_layer(name)(x)
    peer = keras.Model(ours.input, x)
    first.set_weights(ours.get_layer("shallow_conv1").get_weights())
    for model in (ours, peer):
        model.compile(optimizer=keras.optimizers.Adam(1e-4), loss="mse")
    return ours, peer


def make_batch(batch: int, size: int):
    """Returns random L (B, H, W, 1) and UV (B, H, W, 2)."""
    rng = np.random.default_rng(0)
    L = rng.uniform(0, 100, (batch, size, size, 1)).astype("float32")
    uv = rng.uniform(-0.3, 0.3, (batch, size, size, 2)).astype("float32")
    return L, uv


def take_steps(side: str, batch: int, size: int) -> dict:
    """Measures this process, see `measure_memory`."""
    model = build_networks()[side == "peer"]
    L, uv = make_batch(batch, size)
    model.train_on_batch(L[:1, :32, :32], uv[:1, :32, :32])  # libraries, Adam
    before = process_mebibytes("VmRSS")
    for _ in range(2):
        model.train_on_batch(L, uv)
    peak = process_mebibytes("VmHWM")
    return {"step": peak - before, "process": peak}


def process_mebibytes(field: str) -> float:
    """Reads a size from Linux' account of this process."""
    status = pathlib.Path("/proc/self/status").read_text()
    kibibytes = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    return int(kibibytes[1]) * 1024 / _MEBIBYTE


def main() -> None:
    """Prints and keeps all figures."""
    comparison = measure()
    report(comparison, NAME)
    ours, peer = (
        measure_memory(side, MEMORY_BATCH) for side in ("ours", "peer")
    )
    large = measure_memory("ours", LARGE_BATCH)
    memory = {
        "batch": MEMORY_BATCH,
        "ours_step_mib": ours["step"],
        "peer_step_mib": peer["step"],
        "ratio": peer["step"] / ours["step"],
        "promised_ratio": 4.0,
        "large_batch": LARGE_BATCH,
        "large_batch_process_mib": large["process"],
    }
    print(json.dumps(memory, indent=2))
    path = RESULTS / f"{NAME}.json"
    content = {**json.loads(path.read_text()), "memory": memory}
    path.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        steps = take_steps(sys.argv[1], *map(int, sys.argv[2:]))
        print(json.dumps(steps))
    else:
        main()
