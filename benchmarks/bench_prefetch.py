"""How long a training step of `lite` waits for its photos.

Packed photos are read, cropped, flipped, degraded and converted ahead by
`training_dataset`, as `training.train` does it, while the network trains on
all cores. What counts is the time in which nobody trains since the next batch
is not there, as a share of all. Promised: less than 5 %.
"""

import argparse
import json
import pathlib
import tempfile
import time

import numpy as np

from benchmarks.lite_training import compiled_lite
from benchmarks.lite_training import pipeline_config
from benchmarks.lite_training import write_photos
from benchmarks.measure import RESULTS
from benchmarks.measure import machine

TARGET = 0.05


def measure(batch_size: int = 32, steps: int = 20) -> dict[str, list[float]]:
    """Trains for some steps after those that compile and fill the buffers.

    Args:
        batch_size: Crops a step.
        steps: That are timed.

    Returns:
        Lists of "waited" and "trained", seconds of each step.
    """
    from keras_colorize.data.packed import read_packed
    from keras_colorize.data.pipeline import training_dataset

    model = compiled_lite()
    config = pipeline_config(model, batch_size)
    found = {"waited": [], "trained": []}
    with tempfile.TemporaryDirectory() as folder:
        packed = pathlib.Path(folder) / "packed"
        write_photos(packed)
        batches = iter(training_dataset(read_packed(packed), config))
        for step in range(steps + 3):
            begin = time.perf_counter()
            batch = next(batches)
            ready = time.perf_counter()
            model.train_on_batch(*batch)
            end = time.perf_counter()
            if step >= 3:
                found["waited"].append(ready - begin)
                found["trained"].append(end - ready)
    return found


def report(found: dict[str, list[float]], batch_size: int) -> None:
    """Prints the share and keeps every single time."""
    waited, trained = (np.sum(found[key]) for key in ("waited", "trained"))
    share = waited / (waited + trained)
    crops = batch_size * len(found["waited"]) / (waited + trained)
    print(
        f"{share:.1%} of the time waited (promised: less than {TARGET:.0%}), "
        f"{np.median(found['trained']):.2f} s a step, {crops:.1f} crops/s"
    )
    print(machine())
    RESULTS.mkdir(exist_ok=True)
    content = {**found, "share": float(share), "machine": machine()}
    (RESULTS / "prefetch.json").write_text(json.dumps(content, indent=2) + "\n")


def _main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=20)
    given = parser.parse_args()
    report(measure(given.batch_size, given.steps), given.batch_size)


if __name__ == "__main__":
    _main()
