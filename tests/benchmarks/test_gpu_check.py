"""The GPU check tells right from wrong and ends in time, here without a GPU."""

import asyncio
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu_check import __main__ as gpu_check
from benchmarks.gpu_check import families
from benchmarks.gpu_check import speed
from benchmarks.gpu_check import stages
from benchmarks.gpu_check.report import Report
from tests.training.test_packed_training import not_installed

ROOT = Path(__file__).parents[2]
PRECISIONS = ("float32", "mixed_bfloat16")
RIGHT = families.Computed(
    outputs=[np.array([0.5]), np.array([1.0, -2.0])],
    loss=np.array([3.0, 2.0]),
    weights=np.array([3.0, 4.0]),  # of length 5
    statistics=np.array([0.6, 0.8]),
)


def verdict(precision="float32", **changes):
    found = dataclasses.replace(RIGHT, **changes)
    return families.compare(RIGHT, found, precision)["verdict"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "equal"),
        # 0.0015 and 0.0025 of the largest value of that output.
        ({"outputs": [np.array([0.5]), np.array([1.0, -2.003])]}, "equal"),
        ({"outputs": [np.array([0.5]), np.array([1.0, -2.005])]}, "differs"),
        ({"outputs": [np.array([0.503]), RIGHT.outputs[1]]}, "differs"),
        ({"outputs": [RIGHT.outputs[0], np.full(2, np.nan)]}, "differs"),
        ({"loss": np.array([3.0, 2.01])}, "differs"),
        ({"loss": np.array([np.nan, 2.0])}, "differs"),
        # 0.4 and 0.6 of a length of 5.
        ({"weights": np.array([3.0, 4.4])}, "equal"),
        ({"weights": np.array([3.0, 4.6])}, "differs"),
        ({"weights": np.array([3.0, np.inf])}, "differs"),
        ({"weights": np.zeros(2)}, "differs"),
        ({"statistics": np.array([0.6, 0.804])}, "equal"),
        ({"statistics": np.array([0.6, 0.806])}, "differs"),
    ],
)
def test_what_differs_is_told(changes, expected):
    assert verdict(**changes) == expected


def test_bfloat16_may_differ_more_but_the_loss_must_fall():
    loose = {
        "outputs": [np.array([0.5]), np.array([1.15, -2.0])],
        "loss": np.array([3.1, 2.0]),
        "weights": np.array([-3.0, 4.0]),
    }
    assert verdict(**loose) == "differs"
    assert verdict("mixed_bfloat16", **loose) == "equal"
    rising = {**loose, "loss": np.array([2.95, 2.951])}
    assert verdict("mixed_bfloat16", **rising) == "differs"
    broken = {**loose, "weights": np.array([np.nan, 4.0])}
    assert verdict("mixed_bfloat16", **broken) == "differs"


def test_a_model_without_batch_norm_has_no_statistics_to_differ_in():
    none = dataclasses.replace(RIGHT, statistics=np.zeros(0))
    row = families.compare(none, none, "float32")
    assert row["verdict"] == "equal" and row["statistics"] == 0
    json.dumps(row, allow_nan=False)


def test_each_family_is_there_once():
    from keras_colorize.models import registry

    builders = [registry.get_spec(n).builder for n in families.FAMILIES]
    assert len(set(builders)) == len(builders)
    names = registry.model_names()
    assert set(builders) == {registry.get_spec(n).builder for n in names}


@pytest.mark.parametrize(
    ("step_s", "left_s", "ahead", "expected"),
    [
        (0.01, 1000.0, 32, 200),  # 2 s of each kind
        (0.5, 1000.0, 4, 4),
        (10.0, 1000.0, 4, 4),
        (0.5, 5.0, 4, 3),  # 4 would need 6 s
        (1.0, 6.5, 4, 1),
        (1.0, 5.5, 4, 0),
        (1.0, -3.0, 4, 0),
    ],
)
def test_a_turn_fits_into_the_time(step_s, left_s, ahead, expected):
    assert speed.steps_of_turn(step_s, left_s, ahead) == expected


def module(folder, monkeypatch, text):
    """A module `child` for `run_child`, which runs it in a process."""
    (folder / "child.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return "child"


def rows_of(name, *arguments, seconds=60.0, told=None):
    """Runs a module; gives what it printed."""
    told = [] if told is None else told

    async def run():
        end = asyncio.get_running_loop().time() + seconds
        await stages.run_child(name, *arguments, tell=told.append, end=end)

    asyncio.run(run())
    return told


def test_rows_come_as_they_are_printed(tmp_path, monkeypatch):
    text = "import sys; print('noise'); print('{\"a\": ' + sys.argv[1] + '}')"
    child = module(tmp_path, monkeypatch, text)
    assert rows_of(child, "7") == [{"a": 7}]


def test_an_error_of_a_process_is_kept(tmp_path, monkeypatch):
    child = module(tmp_path, monkeypatch, "print('{}', flush=True); 1 / 0")
    told = []
    with pytest.raises(stages.ChildFailed, match="division by zero"):
        rows_of(child, told=told)
    assert told == [{}]


def test_a_process_ends_with_its_time(tmp_path, monkeypatch):
    text = """
import os, pathlib, time
pathlib.Path(__file__).with_name("pid").write_text(str(os.getpid()))
print("{}", flush=True)
time.sleep(600)
"""
    child = module(tmp_path, monkeypatch, text)
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        rows_of(child, seconds=2.0)
    assert time.monotonic() - start < 60
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def parts_told(monkeypatch, tmp_path, answer, stage, given, seconds=60.0):
    """What a stage reports if the processes answer so."""

    async def run_child(name, *arguments, tell, end):
        for row in answer(*arguments):
            tell(row)

    async def run():
        end = asyncio.get_running_loop().time() + seconds
        await stage(given, end, report)

    monkeypatch.setattr(stages, "run_child", run_child)
    monkeypatch.setattr(stages, "write_photos", lambda folder: folder.mkdir())
    is_families = stage is stages.check_families
    parts = stages.parts(*((given, []) if is_families else ([], given)))
    report = Report(tmp_path / "report.json", parts)
    asyncio.run(run())
    return {
        part: row.get("error", row["verdict"])
        for part, row in report.parts.items()
    }


def test_a_family_that_breaks_or_is_late_costs_no_other(monkeypatch, tmp_path):
    def answer(name):
        yield {"verdict": "equal"}
        if name == "broken":
            raise stages.ChildFailed("exit code -11")
        if name == "late":
            raise TimeoutError
        yield {"verdict": "differs"}
        if name == "broken_at_its_end":
            raise stages.ChildFailed("exit code -6")

    names = ["broken", "a", "late", "broken_at_its_end", "b"]
    told = parts_told(
        monkeypatch, tmp_path, answer, stages.check_families, names
    )
    ends = {
        "broken": "exit code -11",
        "a": "differs",
        "late": "not reached",
        "broken_at_its_end": "exit code -6",
        "b": "differs",
    }
    assert told == {
        **{f"{name}, float32": "equal" for name in names},
        **{f"{name}, mixed_bfloat16": end for name, end in ends.items()},
    }


def test_only_so_many_families_run_at_once(monkeypatch, tmp_path):
    running, most = set(), []

    async def run_child(module, name, tell, end):
        running.add(name)
        most.append(len(running))
        await asyncio.sleep(0)
        running.remove(name)

    monkeypatch.setattr(stages, "run_child", run_child)
    monkeypatch.setattr(stages, "num_cores", lambda: 2)
    names = list("abcdefg")
    report = Report(tmp_path / "report.json", stages.parts(names, []))
    asyncio.run(stages.check_families(names, 0.0, report))
    assert max(most) == 2 and len(most) == len(names)


def test_a_batch_that_fails_does_not_end_the_others(monkeypatch, tmp_path):
    def answer(packed, size, seconds):
        assert Path(packed).is_dir() and 50 < float(seconds) <= 60
        if size == "4":
            raise TimeoutError
        yield {"verdict": "measured", "turns": 1}
        if size == "2":
            raise stages.ChildFailed("RESOURCE_EXHAUSTED: out of memory")

    told = parts_told(
        monkeypatch, tmp_path, answer, stages.measure_lite, [1, 2, 3, 4, 5]
    )
    assert list(told.values()) == [
        "measured",
        "RESOURCE_EXHAUSTED: out of memory",
        "measured",
        "not reached",
        "not reached",
    ]


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["equal", "measured"], 0),
        (["equal", "differs"], 1),
        (["failed", "measured"], 1),
        (["equal"], 1),  # the other was not reached
        ([], 1),
    ],
)
def test_all_must_be_reached_and_right(verdicts, code, tmp_path, capsys):
    out = tmp_path / "report.json"
    report = Report(out, ["a", "b"], device="D")
    for part, verdict in zip("ab", verdicts, strict=False):
        report.add(part, {"verdict": verdict, "x": 0.0123})
        assert f"{part}: {verdict}, x 0.0123\n" in capsys.readouterr().out
    assert report.exit_code() == code
    kept = json.loads(out.read_text())
    assert kept["exit_code"] == code and kept["device"] == "D"
    assert [row["verdict"] for row in kept["parts"].values()] == [
        *verdicts,
        *["not reached"] * (2 - len(verdicts)),
    ]
    report.finish()
    assert ("b: not reached\n" in capsys.readouterr().out) == (
        len(verdicts) < 2
    )


def test_a_backend_that_does_not_answer_is_one_sentence(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(gpu_check, "_DEVICE_LIMIT_S", 0.001)
    assert gpu_check.main(["--out", str(tmp_path / "report.json")]) == 2
    assert "did not name its device" in capsys.readouterr().err
    assert not (tmp_path / "report.json").exists()


@pytest.mark.parametrize(
    ("backend", "out", "message"),
    [
        ("tensorflow", "report.json", "Set KERAS_BACKEND to jax or torch"),
        ("torch", "no/report.json", "a folder that exists"),
    ],
)
def test_what_is_missing_is_told_at_once(
    backend, out, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    assert gpu_check.main(["--out", str(tmp_path / out)]) == 2
    assert message in capsys.readouterr().err


def test_jax_keeps_a_cpu_to_compare_with(monkeypatch):
    for given, expected in (("cuda", "cuda,cpu"), ("cpu", "cpu"), ("", "")):
        monkeypatch.setenv("KERAS_BACKEND", "jax")
        monkeypatch.setenv("JAX_PLATFORMS", given)
        monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "")
        assert gpu_check.set_environment() == "jax"
        assert os.environ["JAX_PLATFORMS"] == expected


def environment(backend, path=(ROOT,)):
    return {
        **os.environ,
        "KERAS_BACKEND": backend,
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONPATH": os.pathsep.join(map(str, path)),
    }


def run_python(backend, code):
    """Runs code in a process; gives the rows that it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(backend),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def check(tmp_path, backend, *arguments):
    out = tmp_path / "report.json"
    command = [sys.executable, "-m", "benchmarks.gpu_check", "--out", out]
    done = subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        # Earlier than what is installed, for all processes.
        env=environment(backend, (tmp_path, ROOT)),
        capture_output=True,
        text=True,
    )
    return done, json.loads(out.read_text()) if out.exists() else None


every_backend = pytest.mark.parametrize(
    "backend",
    [
        pytest.param("jax", marks=not_installed("jax")),
        pytest.param("torch", marks=not_installed("torch")),
    ],
)


@not_installed("torch")
def test_a_family_needs_the_backend_keras_and_numpy_alone():
    rows = run_python(
        "torch",
        """
import sys

for name in ("tensorflow", "cv2", "PIL", "typer", "onnxruntime", "pytest"):
    sys.modules[name] = None  # an import fails
from benchmarks.gpu_check import __main__
from benchmarks.gpu_check import families

families.main(["autoencoder_32"])
""",
    )
    assert [row["precision"] for row in rows] == list(PRECISIONS)
    exact, short = rows
    # The same code on the same processor, and 8 bits in place of 24.
    assert exact["verdict"] == short["verdict"] == "equal"
    assert exact["output"] == 0 and 1e-4 < short["output"] < 0.1
    assert exact["loss_device"][1] < exact["loss_device"][0]


@pytest.mark.slow
@every_backend
def test_whole_check_on_a_cpu_without_tensorflow(backend, tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import pathlib\n"
        "pathlib.Path(__file__).with_name('imported').touch()\n"
        "raise ImportError('no tensorflow here')\n"
    )
    done, report = check(tmp_path, backend)
    assert done.returncode == 2 and "A GPU is needed" in done.stderr
    assert report is None
    done, report = check(
        tmp_path,
        backend,
        *("--allow-cpu", "--minutes", "60", "--families", "pix2pix_small"),
        *("--batch-sizes", "2"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert report["device"]["platform"] == "cpu"
    assert "No GPU was used" in done.stdout
    exact, short, lite = report["parts"].values()
    assert exact["verdict"] == short["verdict"] == "equal"
    # XLA optimizes one side and not the other.
    assert (exact["output"] > 0) == (backend == "jax")
    assert lite["verdict"] == "measured" and lite["crops_per_second"] > 0
    assert lite["idle_share"] < 1 and lite["peak_mib"] > 100
    assert not (tmp_path / "imported").exists()


@pytest.mark.slow
@every_backend
def test_a_gradient_that_is_wrong_is_found(backend):
    (row,) = run_python(
        backend,
        """
import json
from benchmarks.gpu_check import families
from tests.backends import reference

families.set_up_backend()
right = reference.train
sides = iter(range(9))

def train(model, inputs, outputs):
    last = model.trainable_weights[-6:]
    before = reference.as_numpy(last)
    loss = right(model, inputs, outputs)
    if next(sides):  # not the reference: as if their gradient were 0
        for weight, old in zip(last, before, strict=True):
            weight.assign(old)
    return loss

reference.train = train
print(json.dumps(next(families.check("autoencoder_bn"))))
""",
    )
    assert row["verdict"] == "differs"
    assert row["output"] < 1e-5 < 0.1 < row["weights"]


@pytest.mark.slow
@not_installed("torch")
def test_who_ends_it_ends_its_processes(tmp_path):
    psutil = pytest.importorskip("psutil", reason="part of the dev extra")
    out = tmp_path / "report.json"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "benchmarks.gpu_check"),
            *("--allow-cpu", "--out", out),
        ],
        cwd=ROOT,
        env=environment("torch"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    while ", float32: equal" not in process.stdout.readline():
        assert process.poll() is None
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    # What was found until then is told and kept, and so is what was not.
    assert f"{families.FAMILIES[-1]}, float32: not reached" in rest
    verdicts = [
        row["verdict"] for row in json.loads(out.read_text())["parts"].values()
    ]
    assert "equal" in verdicts and "not reached" in verdicts
