"""Other runtimes: workers are asked photo by photo; the page says it all."""

import json
import pathlib
import sys

import numpy as np
import pytest

from benchmarks.runtimes import __main__ as runtimes
from benchmarks.runtimes import environments
from benchmarks.runtimes import page
from benchmarks.runtimes.worker import Worker
from benchmarks.runtimes.worker import WorkerError

WORKERS = pathlib.Path(environments.__file__).parent / "workers"
# A runtime that makes photos darker by one level, and knows one height only.
WORKER = f"""
import sys
sys.path.insert(0, {str(WORKERS)!r})
print("a runtime that greets")
from protocol import serve

def open_model(path, options):
    if path == "broken":
        raise OSError("cannot open\\nit")
    def colorize(photo):
        if len(photo) != 4:
            raise ValueError("height must be 4")
        print("a runtime that chats")
        return photo - int(options["less"])
    return colorize

serve(open_model)
"""


@pytest.fixture
def command(tmp_path):
    """Command of a worker in this environment."""
    path = tmp_path / "worker.py"
    path.write_text(WORKER)
    return [sys.executable, str(path)]


def store(folder, **photos):
    """Stores photos as .npy files; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, photo in photos.items():
        np.save(folder / f"{name}.npy", photo)
    return sorted(folder.glob("*.npy"))


def test_runtimes_have_names_workers_and_versions():
    names = [runtime.name for runtime in environments.RUNTIMES]
    assert len(names) == len(set(names)) and names[0] == environments.BASELINE
    for runtime in environments.RUNTIMES:
        assert (WORKERS / runtime.worker).is_file(), runtime.worker
        packages = runtime.packages + runtime.packages_of_converter
        assert all(package.rpartition("==" if "==" in package else "@")[2]
                   for package in packages)  # fmt: skip


def test_colors_of_a_worker_are_compared_with_keras(command, tmp_path):
    flat = np.full((4, 6, 3), 100, np.uint8)
    photos = store(tmp_path / "photos", a=flat, b=flat[:2], c=flat)
    store(tmp_path / "keras", a=flat - 2, b=flat[:2], c=flat - 3)
    with Worker(command, pathlib.Path("file"), {"less": "2"}) as worker:
        found = runtimes.compare(worker, photos, tmp_path)
    assert found["num_photos"] == 2 and found["timed"] == photos[0]
    assert "height must be 4" in found["refused"]
    assert found["max_difference"] == 1 and found["share_differing"] == 0.5
    # 98 and 97 of 255 differ by 0.4 in L*.
    assert 0.3 < found["worst_ciede2000"] < 0.5
    assert found["mean_ciede2000"] == pytest.approx(
        found["worst_ciede2000"] / 2
    )


def test_what_a_runtime_says_is_one_line(command):
    with pytest.raises(WorkerError, match="OSError: cannot open it"):
        Worker(command, pathlib.Path("broken"), {}).__enter__()


def test_a_worker_that_dies_is_no_result():
    dying = [sys.executable, "-c", "raise SystemExit('out of luck')"]
    with pytest.raises(WorkerError, match="ended with 1.*out of luck"):
        Worker(dying, pathlib.Path("file"), {}).__enter__()


def test_page_has_results_and_reasons_between_its_markers(tmp_path):
    first, second, third, fourth = (r.name for r in environments.RUNTIMES[:4])
    done = {
        "done": "nothing",
        "num_bytes": 2_500_000,
        "num_photos": 16,
        "refused": "",
        "max_difference": 3,
        "mean_ciede2000": 0.25,
        "worst_ciede2000": 0.5,
        "wall": 1.5,
        "cpu": 1.25,
    }
    untimed = {k: x for k, x in done.items() if k not in ("wall", "cpu")}
    rows = {
        ("lite", first): done,
        ("lite", second): {"done": "", "error": "no | kernel of <X>"},
        ("ddcolor_nano", first): {**done, "refused": "one", "num_photos": 6},
        ("ddcolor_nano", third): {"done": "", "error": "no kernel"},
        ("lite", third): {"done": "", "num_bytes": 10**6, "converted": True},
        ("lite", fourth): untimed,
        ("unetpp_color_small", fourth): untimed,
    }
    for number, ((model, name), row) in enumerate(rows.items()):
        path = tmp_path / "results" / model / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"runtime": name, **row}))
    target = tmp_path / "page.md"
    target.write_text(f"above\n{page.BEGIN}\nstale text\n{page.END}\nbelow\n")
    models = ("lite", "ddcolor_nano", "unetpp_color_small")
    page.write(tmp_path / "results", target, models)
    text = target.read_text()
    assert text.startswith("above") and text.endswith("below\n")
    assert "stale text" not in text
    line = "| any | 3 | 0.250 (0.500) | 1.50 | 1.25 | 2.5 | nothing |"
    assert f"| {first} {line}" in text
    assert f"- {second}: no \\| kernel of &lt;X>" in text
    assert f"| {first} | 3 / 0.25 / 1.25 † |" in text
    # No cell is empty.
    assert f"| {third} | one |{' does not run here |' * 4} 1.0 |" in text
    assert f"| {fourth} | any | 3 | 0.250 (0.500) | not timed | not" in text
    assert f"| {fourth} | not run | 3 / 0.25 / not timed |" in text
    assert f"| {third} | no (1) |" in text and "1. no kernel" in text
    target.write_text("no markers")
    with pytest.raises(ValueError, match="must have the lines"):
        page.write(tmp_path / "results", target, ("lite",))


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (
            "a greeting\nError: no such layer, as\n is not here.\n\n",
            "Error: no such layer, as",
        ),
        ("loading FAILED\nthen Failed again\n", "then Failed again"),
        ("one\ntwo\n \n", "two"),
        ("", "ended without a word"),
    ],
)
def test_the_line_that_tells_of_a_failure_is_kept(output, line):
    assert runtimes.telling_line_of(output) == line
