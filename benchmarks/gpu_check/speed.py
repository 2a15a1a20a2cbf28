"""How fast `lite` trains on a device, and how long it waits for its photos.

    python -m benchmarks.gpu_check.speed PACKED BATCH_SIZE SECONDS

Trains `lite` at its real size in mixed bfloat16 on crops of packed photos.
Two kinds of steps take turns: on batches that `PackedBatches` prepares ahead,
as in a training, and on one batch over and over, which no one waits for.
Prints a line of JSON after each turn.
"""

import json
import resource
import statistics
import sys
import time
from collections.abc import Iterator

from benchmarks.lite_training import compiled_lite
from benchmarks.lite_training import pipeline_config

_TURN_S = 2.0  # of each kind of steps
_MIN_STEPS = 4  # of a turn, as long as they fit
_TURNS = 3


def measure(packed: str, batch_size: int, seconds: float) -> Iterator[dict]:
    """Trains for some turns.

    Args:
        packed: Folder of packed photos.
        batch_size: Crops a step.
        seconds: Time for all of it.

    Yields:
        After each turn, of all up to it: "verdict" ("measured"),
        "crops_per_second", "step_ms", "idle_share" (of a step, in which
        nobody trains since the next batch is not there), "peak_mib", "turns"
        and "compile_s". Nothing if the time is too short for a turn.
    """
    end = time.monotonic() + seconds
    from keras_colorize.data.packed import read_packed
    from keras_colorize.data.packed_batches import PackedBatches
    from keras_colorize.data.packed_batches import num_ahead

    model = compiled_lite()
    config = pipeline_config(model, batch_size)
    batches = PackedBatches(read_packed(packed), config, training=True)
    stream = batches.stream()
    same = _forever(batches[0])

    def fit(stream, steps) -> float:
        begin = time.perf_counter()
        model.fit(stream, steps_per_epoch=steps, shuffle=False, verbose=0)
        return time.perf_counter() - begin

    compile_s = fit(same, 1)
    step_s = fit(same, 1)
    alone, fed = [], []
    for _ in range(_TURNS):
        steps = steps_of_turn(step_s, end - time.monotonic(), num_ahead())
        if not steps:
            return
        alone.append(fit(same, steps) / steps)
        fit(stream, num_ahead())  # what was prepared meanwhile
        fed.append(fit(stream, steps) / steps)
        step_s = statistics.median(fed)
        yield {
            "verdict": "measured",
            "crops_per_second": round(batch_size / step_s, 1),
            "step_ms": round(1e3 * step_s, 2),
            "idle_share": round(1 - statistics.median(alone) / step_s, 3),
            "peak_mib": peak_mib(),
            "turns": len(fed),
            "compile_s": round(compile_s, 1),
        }


def steps_of_turn(step_s: float, left_s: float, ahead: int) -> int:
    """Says how many steps of each kind a turn may have.

    Args:
        step_s: How long a step takes.
        left_s: The time that is left.
        ahead: Steps of a turn that are not timed.

    Returns:
        About `_TURN_S` of them or `_MIN_STEPS`, fewer if those do not fit.
    """
    most = int(left_s / step_s - ahead) // 2
    return max(0, min(most, max(_MIN_STEPS, round(_TURN_S / step_s))))


def peak_mib() -> int:
    """Returns the most memory of the device so far; of a CPU, the process'."""
    import keras

    stats: dict[str, int] = {}
    if keras.backend.backend() == "jax":
        import jax

        stats = jax.devices()[0].memory_stats() or {}
    else:
        import torch

        if torch.cuda.is_available():
            stats = {"peak_bytes_in_use": torch.cuda.max_memory_allocated()}
    if "peak_bytes_in_use" in stats:
        return stats["peak_bytes_in_use"] // 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**10


def _forever(batch) -> Iterator:
    while True:
        yield batch


def main(packed: str, batch_size: int, seconds: float) -> None:
    """Prints what one batch size gives."""
    for row in measure(packed, batch_size, seconds):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
