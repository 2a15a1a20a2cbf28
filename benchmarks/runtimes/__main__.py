"""Runs the models of the zoo in other runtimes, and writes docs/runtimes.md.

    python -m benchmarks.runtimes --photos FOLDER

Each runtime is installed by version into an environment of its own and runs
in a process of its own; its results are compared with those of Keras, photo by
photo. In turns with onnxruntime on the fp32 file of the same model it is then
timed; ratios are of medians. What was seen is kept in
`results/runtimes/<model>/<runtime>.json`, so that `--model` and `--runtime`
renew parts of the page.
"""

import argparse
import contextlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

from benchmarks.measure import RESULTS
from benchmarks.measure import machine
from benchmarks.runtimes import environments
from benchmarks.runtimes import page
from benchmarks.runtimes.worker import Worker
from benchmarks.runtimes.worker import WorkerError

ROOT = pathlib.Path(__file__).parents[2]
NUM_PHOTOS = 16
TURNS = 9
WARMUPS = 2
# Those with weights in the box, and the smallest of each other family.
MODELS = (
    "lite",
    "eccv16_small",
    "autoencoder_32",
    "ddcolor_nano",
    "hypercolumn_vgg16",
    "pix2pix_small",
    "resnet18_unet_small",
    "siggraph17_small",
    "unetpp_color_small",
)


def main() -> None:
    """Tries what the command line names, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--photos", type=pathlib.Path, required=True, help="a folder of photos"
    )
    parser.add_argument(
        "--model", action="append", choices=MODELS, help="may be repeated"
    )
    parser.add_argument(
        "--runtime", action="append", help="part of a name; may be repeated"
    )
    parser.add_argument(
        "--work",
        type=pathlib.Path,
        help="keeps files and environments there (a temporary folder)",
    )
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        work = options.work or pathlib.Path(
            stack.enter_context(tempfile.TemporaryDirectory())
        )
        photos = store_photos(options.photos, work / "photos")
        for model in options.model or MODELS:
            folder = work / "models" / model
            if not (folder / "keras").is_dir():
                write_files(model, folder, work / "photos")
            for runtime in environments.RUNTIMES:
                is_wanted = any(
                    part in runtime.name for part in options.runtime or [""]
                )
                has_file = (folder / "shipped.onnx").is_file()
                if runtime.file == "shipped.onnx" and not has_file:
                    continue
                if is_wanted:
                    found = try_runtime(
                        runtime, folder, photos, work / "environments"
                    )
                    keep(model, runtime.name, found)
                    print(model, "|", runtime.name, "|", json.dumps(found))
    page.write(RESULTS / "runtimes", ROOT / "docs/runtimes.md", MODELS)


def store_photos(
    source: pathlib.Path, target: pathlib.Path
) -> list[pathlib.Path]:
    """Picks photos of a folder and stores their pixels, unless it is done.

    Args:
        source: Folder of JPEG files.
        target: Gets `<photo>.npy`, uint8 (H, W, 3).

    Returns:
        The files, `NUM_PHOTOS`, evenly out of all names.

    Raises:
        ValueError: If there are too few photos.
    """
    from PIL import Image

    names = sorted(source.glob("*.jpg"))
    if len(names) < NUM_PHOTOS:
        raise ValueError(
            f"--photos needs at least {NUM_PHOTOS} JPEG files (*.jpg). "
            f"Received: {source} with {len(names)}."
        )
    target.mkdir(parents=True, exist_ok=True)
    for path in names[:: len(names) // NUM_PHOTOS][:NUM_PHOTOS]:
        if not (target / f"{path.stem}.npy").is_file():
            with Image.open(path) as image:
                pixels = np.asarray(image.convert("RGB"))
            np.save(target / f"{path.stem}.npy", pixels)
    return sorted(target.glob("*.npy"))


def write_files(model: str, folder: pathlib.Path, photos: pathlib.Path) -> None:
    """Writes a model's files in a process of its own."""
    subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.runtimes.files"),
            *(model, folder, "--photos", photos),
        ],
        check=True,
        cwd=ROOT,
    )


def try_runtime(
    runtime: environments.Runtime,
    folder: pathlib.Path,
    photos: list[pathlib.Path],
    environments_folder: pathlib.Path,
) -> dict:
    """Runs a model's file in a runtime, compares and times it.

    Args:
        runtime: Which.
        folder: That of the model's files.
        photos: Their `.npy` files.
        environments_folder: Where runtimes are installed.

    Returns:
        What `page.write` reads. `error` alone where nothing ran.
    """
    file = folder / runtime.file
    found: dict = {"done": runtime.done}
    error = folder / f"{runtime.file}.error"
    if error.is_file():
        return {**found, "error": error.read_text()}
    try:
        command = environments.command_of(runtime, environments_folder)
        if not file.exists():
            environments.convert(runtime, folder, environments_folder)
        with Worker(command, file, runtime.options) as worker:
            if worker.said.get("converted"):
                return {**found, **worker.said}
            found |= {"num_bytes": size_of(file)}
            found |= compare(worker, photos[: runtime.num_photos], folder)
            timed = found.pop("timed")
            if runtime.is_timed:
                found |= time_beside(worker, timed, folder, environments_folder)
    except WorkerError as failure:
        return {**found, "error": str(failure)}
    except subprocess.CalledProcessError as failure:
        return {**found, "error": telling_line_of(failure.output)}
    return {**found, "machine": machine()}


def compare(
    worker: Worker, photos: list[pathlib.Path], folder: pathlib.Path
) -> dict:
    """Compares the colors of a runtime with those of Keras.

    Returns:
        `num_photos` that it colorized, `refused`: what it said of the first
        other one; `max_difference` in levels of 255, `mean_ciede2000`,
        `worst_ciede2000`: the mean of the worst photo, `share_differing` of
        channels, and `timed`, the first photo that it colorized.
    """
    from keras import ops

    from keras_colorize.color.cielab_numpy import rgb_to_lab
    from keras_colorize.color.difference import delta_e_2000

    largest, means, differing, done, refused = [], [], [], [], ""
    for photo in photos:
        expected = np.load(folder / "keras" / photo.name)
        try:
            result = worker.colorize(photo).result
        except WorkerError as error:
            refused = refused or str(error)
            continue
        if result.shape != expected.shape or result.dtype != expected.dtype:
            raise WorkerError(
                f"gives {result.dtype} {result.shape} for {expected.shape}"
            )
        done.append(photo)
        difference = np.abs(result.astype(int) - expected)
        largest.append(int(difference.max()))
        differing.append(float((difference > 0).mean()))
        labs = [rgb_to_lab(x / np.float32(255.0)) for x in (result, expected)]
        means.append(float(ops.mean(delta_e_2000(*labs))))
    if not done:
        raise WorkerError(refused)
    return {
        "num_photos": len(done),
        "refused": refused,
        "max_difference": max(largest),
        "mean_ciede2000": float(np.mean(means)),
        "worst_ciede2000": max(means),
        "share_differing": float(np.mean(differing)),
        "timed": done[0],
    }


def time_beside(
    worker: Worker,
    photo: pathlib.Path,
    folder: pathlib.Path,
    environments_folder: pathlib.Path,
) -> dict[str, float]:
    """Times a runtime in turns with onnxruntime on the fp32 file.

    Returns:
        `wall` and `cpu`: how many times faster, medians over `TURNS`;
        `wall_ms` and `cpu_ms`: its medians.
    """
    baseline = environments.RUNTIMES[0]
    command = environments.command_of(baseline, environments_folder)
    with Worker(command, folder / baseline.file, baseline.options) as peer:
        turns = [
            (worker.colorize(photo), peer.colorize(photo))
            for _ in range(WARMUPS + TURNS)
        ][WARMUPS:]
    found = {}
    for kind in ("wall", "cpu"):
        ours, theirs = (
            float(np.median([getattr(turn[side], kind) for turn in turns]))
            for side in (0, 1)
        )
        found |= {kind: theirs / ours, f"{kind}_ms": 1e3 * ours}
    return found


def keep(model: str, runtime: str, found: dict) -> None:
    """Keeps what was seen as a JSON file."""
    name = re.sub(r"[^A-Za-z0-9.]+", "_", runtime)
    path = RESULTS / "runtimes" / model / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"model": model, "runtime": runtime, **found}
    path.write_text(json.dumps(content, indent=2) + "\n")


def size_of(path: pathlib.Path) -> int:
    """Returns the bytes of a file, or of the folder that it stands for."""
    if path.name == "model.json":
        path = path.parent
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())


def telling_line_of(output: str) -> str:
    """Returns the last line of a program's output that tells of a failure."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [x for x in lines if re.search("error|fail", x, re.IGNORECASE)]
    return (telling or lines or ["ended without a word"])[-1]


if __name__ == "__main__":
    main()
