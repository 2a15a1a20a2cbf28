"""A photo of 24 megapixels from file to file: time, processor time, memory.

The peers go the way of the pipelines that DDColor and OpenCV's sample publish:
OpenCV makes float Lab of the whole photo, the network sees a square of 512 or
256 pixels, its ab is enlarged over the whole photo, merged in float and
converted back. Their networks run in onnxruntime as ours does. Each turn is a
process of its own, so that its peak of memory is its own; what is timed begins
when the model is loaded. Promised: half the time of the peers in a seventh of
their memory; and a photo of 512 x 512 pixels, from file to file, in a quarter
of the time of DDColor's network alone.
"""

import argparse
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks.measure import RESULTS
from benchmarks.measure import machine

SIZE = (4000, 6000)  # height, width
# Name -> model and side of the square that its network sees.
PEERS = {
    "DDColor's way": ("ddcolor_tiny", 512),
    "OpenCV's way": ("eccv16_base", 256),
}
OURS = "keras_colorize"
NETWORK = "DDColor's network alone"
SMALL_SIDE = 512


def measure(
    size: tuple[int, int] = SIZE,
    turns: int = 5,
    model: str = "lite",
    peers: dict[str, tuple[str, int]] = PEERS,
) -> dict[str, dict[str, list[float]]]:
    """Runs all contestants in turns, each in a process of its own.

    Args:
        size: (height, width) of the photo.
        turns: Of each contestant.
        model: Ours: a name of shipped weights or the path of a file.
        peers: Their names, models and the sides of their squares.

    Returns:
        For each contestant, and for the small photo and the network alone,
        lists of "seconds", "cpu_seconds" and "megabytes".
    """
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        photo = write_photo(folder / "large.jpg", *size)
        small = write_photo(folder / "small.jpg", SMALL_SIDE, SMALL_SIDE)
        tasks = {OURS: ["ours", model, photo]}
        for name, (network, side) in peers.items():
            path = _export(network, side, folder / f"{network}.onnx")
            tasks[name] = ["peer", path, photo, side]
            if name == next(iter(peers)):
                tasks[NETWORK] = ["network", path, photo, side]
        tasks[f"{OURS}, {SMALL_SIDE} x {SMALL_SIDE}"] = ["ours", model, small]
        found = {name: [] for name in tasks}
        for _ in range(turns):
            for name, task in tasks.items():
                found[name].append(_run(task, folder / "result.jpg"))
    return {
        name: {key: [run[key] for run in runs] for key in runs[0]}
        for name, runs in found.items()
    }


def write_photo(path: pathlib.Path, height: int, width: int) -> pathlib.Path:
    """Writes a gray photo with the grain of a scan."""
    from skimage import data

    photo = Image.fromarray(data.coffee()).convert("L").resize((width, height))
    grain = np.random.default_rng(0).normal(0.0, 5.0, (height, width))
    gray = np.clip(np.asarray(photo) + grain, 0.0, 255.0).astype(np.uint8)
    Image.fromarray(gray).save(path, quality=92)
    return path


def report(found: dict[str, dict[str, list[float]]]) -> None:
    """Prints medians and ratios, and keeps every single number."""
    ours = _medians(found[OURS])
    table = Table(title="a gray JPEG, from file to file")
    for column in ("", "s", "CPU s", "MB", "time", "CPU", "memory"):
        table.add_column(column)
    for name, runs in found.items():
        theirs = _medians(runs)
        ratios = [f"{theirs[key] / ours[key]:.2f}" for key in ours]
        values = [f"{value:.3g}" for value in theirs.values()]
        table.add_row(name, *values, *ratios)
    console = Console()
    console.print(table)
    console.print("ratios: theirs over ours; promised: 2 in time, 7 in memory")
    console.print(machine())
    RESULTS.mkdir(exist_ok=True)
    content = {"runs": found, "machine": machine()}
    text = json.dumps(content, indent=2)
    (RESULTS / "large_photo.json").write_text(text + "\n")


def _medians(runs):
    return {key: float(np.median(values)) for key, values in runs.items()}


def _export(name, side, path):
    from keras_colorize.exporters.onnx import export_onnx
    from keras_colorize.models.registry import create_model

    model = create_model(name)
    export_onnx(model, path, head="ab", size=side, network_size=side)
    return path


def _run(task, output):
    command = [sys.executable, "-m", __spec__.name, *map(str, task)]
    done = subprocess.run(
        [*command, "--output", output],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


# === One turn, in a process of its own ===


def _ours(model, photo, output, _side):
    from keras_colorize.serving.colorize import colorize_file
    from keras_colorize.serving.options import PhotoOptions
    from keras_colorize.serving.session import ColorizeSession

    session = ColorizeSession(model)
    session.colorize_array(np.zeros((64, 96, 3), np.uint8))  # warm
    return lambda: colorize_file(
        photo, output, session, PhotoOptions(), overwrite=True
    )


def _network(model, _photo, _output, side):
    predict = _predictor(model, side)
    L = np.full((1, side, side, 1), 50.0, np.float32)
    return lambda: predict(L)


def _peer(model, photo, output, side):
    import cv2

    predict = _predictor(model, side)

    def colorize():
        bgr = cv2.imread(str(photo)).astype(np.float32) / 255.0
        L = cv2.cvtColor(bgr, cv2.COLOR_BGR2Lab)[..., :1]
        small = cv2.cvtColor(cv2.resize(bgr, (side, side)), cv2.COLOR_BGR2Lab)
        ab = predict(np.ascontiguousarray(small[None, ..., :1]))
        ab = cv2.resize(ab, bgr.shape[1::-1])
        lab = np.concatenate([L, ab], axis=-1)
        colored = cv2.cvtColor(lab, cv2.COLOR_Lab2BGR)
        image = (colored * 255.0).round().astype(np.uint8)
        cv2.imwrite(str(output), image, [cv2.IMWRITE_JPEG_QUALITY, 95])

    return colorize


def _predictor(model, side):
    """Opens a network as a function of L (1, side, side, 1), and warms it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of every optional input
    session = onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"]
    )

    def predict(L):
        return session.run(["ab"], {"L": L})[0][0]

    predict(np.full((1, side, side, 1), 50.0, np.float32))
    return predict


def _main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", nargs="?", choices=["ours", "peer", "network"])
    parser.add_argument("model", nargs="?")
    parser.add_argument("photo", nargs="?", type=pathlib.Path)
    parser.add_argument("side", nargs="?", type=int)
    parser.add_argument("--output", type=pathlib.Path)
    parser.add_argument("--turns", type=int, default=5)
    given = parser.parse_args()
    if given.kind is None:
        report(measure(turns=given.turns))
        return
    kinds = {"ours": _ours, "peer": _peer, "network": _network}
    work = kinds[given.kind](given.model, given.photo, given.output, given.side)
    begin, cpu_begin = time.perf_counter(), time.process_time()
    work()
    seconds = time.perf_counter() - begin
    cpu_seconds = time.process_time() - cpu_begin
    found = {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "megabytes": _peak_megabytes(),
    }
    print(json.dumps(found))


def _peak_megabytes():
    # TRICKY: Linux counts what the parent had before the program was loaded
    # into `ru_maxrss`; the high-water mark of its own memory begins anew.
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        line = next(
            line
            for line in status.read_text().splitlines()
            if line.startswith("VmHWM")
        )
        return int(line.split()[1]) / 2**10
    # Kilobytes, but bytes on macOS.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    _main()
