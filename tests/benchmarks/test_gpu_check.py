"""The GPU check tells right from wrong, here without a GPU."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer

from benchmarks import gpu_check
from tests.training.test_packed_training import not_installed

ROOT = Path(__file__).parents[2]
RIGHT = {"out": np.array([1.0, -2.0]), "loss": np.array([3.0, 2.0])}


def verdict(tmp_path, found, precision="float32"):
    np.savez(tmp_path / "cpu.npz", **RIGHT)
    np.savez(tmp_path / "gpu.npz", **found)
    return gpu_check._compared(
        tmp_path / "cpu.npz", tmp_path / "gpu.npz", precision
    )["verdict"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "equal"),
        ({"out": np.array([1.0, -2.003])}, "equal"),  # 0.0015 of the largest
        ({"out": np.array([1.0, -2.005])}, "wrong"),
        ({"out": np.array([1.0, np.nan])}, "wrong"),
        ({"loss": np.array([3.0, 2.01])}, "wrong"),
        ({"loss": np.array([np.nan, 2.0])}, "wrong"),
    ],
)
def test_what_differs_is_wrong(changes, expected, tmp_path):
    assert verdict(tmp_path, {**RIGHT, **changes}) == expected


def test_bfloat16_may_differ_more_but_the_loss_must_fall(tmp_path):
    loose = {"out": np.array([1.15, -2.0]), "loss": np.array([3.1, 2.0])}
    assert verdict(tmp_path, loose) == "wrong"
    assert verdict(tmp_path, loose, "mixed_bfloat16") == "equal"
    rising = {**loose, "loss": np.array([2.99, 2.991])}
    assert verdict(tmp_path, rising, "mixed_bfloat16") == "wrong"


def test_what_was_not_computed_is_told_apart(tmp_path):
    paths = (tmp_path / "cpu.npz", tmp_path / "gpu.npz")
    row = gpu_check._compared(*paths, "float32")
    assert row == {"verdict": "not checked"}
    np.savez(paths[0], **RIGHT)
    (tmp_path / "gpu.txt").write_text("why")
    row = gpu_check._compared(*paths, "float32")
    assert row == {"verdict": "failed", "error": "why"}


def test_a_backend_that_does_not_answer_is_one_sentence(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(gpu_check, "_DEVICE_LIMIT_S", 0.001)
    with pytest.raises(typer.Exit) as ended:
        gpu_check.main(tmp_path / "report.json")
    assert ended.value.exit_code == 2
    assert "did not name its device" in capsys.readouterr().err
    assert not (tmp_path / "report.json").exists()


def test_each_family_is_there_once():
    from keras_colorize.models import registry

    names = gpu_check.families()
    builders = {registry.get_spec(n).builder for n in registry.model_names()}
    assert len(names) == len(builders)
    assert {registry.get_spec(name).builder for name in names} == builders


def test_no_time_left_is_told(tmp_path):
    row = gpu_check.measure(tmp_path, 64, 1, limit_s=1.0)
    assert row == {"error": "no time was left"}


def check(tmp_path, backend, *arguments):
    out = tmp_path / "report.json"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.gpu_check",
            "--out",
            out,
            *arguments,
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "CUDA_VISIBLE_DEVICES": "",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
    )
    return done, json.loads(out.read_text()) if out.exists() else None


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend",
    [
        pytest.param("jax", marks=not_installed("jax")),
        pytest.param("torch", marks=not_installed("torch")),
    ],
)
def test_whole_check_on_a_cpu(backend, tmp_path):
    done, _ = check(tmp_path, backend)
    assert done.returncode == 2 and "no GPU was found" in done.stderr
    done, report = check(
        tmp_path,
        backend,
        *("--allow-cpu", "--minutes", "60", "--family", "eccv16_base"),
        *("--batch-size", "2", "--steps", "1"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert report["device"]["platform"] == "cpu"
    assert [row["precision"] for row in report["families"]] == [
        "float32",
        "mixed_bfloat16",
    ]
    (row,) = report["lite"]
    assert row["batch_size"] == 2 and row["crops_per_second"] > 0
    assert row["idle_share"] < 1 and row["peak_mib"] > 100
