"""The benchmarks measure what they say, here at a size that tells nothing."""

import json
import pathlib

import pytest
from PIL import Image

from benchmarks import measure


def test_ratio_is_median_over_median_in_turns():
    calls = []
    comparison = measure.compare(
        "a claim",
        ("ours", lambda: calls.append("ours")),
        ("peer", lambda: calls.append("peer")),
        turns=2,
        warmups=1,
    )
    assert calls == ["ours", "peer"] * 3
    assert len(comparison.ours_seconds) == len(comparison.peer_seconds) == 2
    timed = measure.Comparison("c", "o", "p", [1.0, 9.0, 2.0], [8.0, 3.0, 4.0])
    assert timed.ratio == 2.0


def test_report_keeps_the_numbers(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(measure, "RESULTS", tmp_path / "results")
    timed = measure.Comparison("claim", "o", "p", [0.5], [1.0], target=1.5)
    measure.report(timed, "name")
    assert "2.00 times faster (promised: 1.5)" in capsys.readouterr().out
    kept = json.loads((tmp_path / "results/name.json").read_text())
    assert kept["ratio"] == 2.0 and kept["machine"]


def test_soft_encoding_runs_and_both_sides_agree():
    pytest.importorskip("sklearn", reason="part of the dev extra")
    from benchmarks import bench_soft_encoding

    assert bench_soft_encoding.measure(num_pixels=2000, turns=1).ratio > 0


def test_photos_of_the_pipeline_benchmark_are_readable(tmp_path):
    from benchmarks import bench_pipeline

    paths = bench_pipeline.write_photos(pathlib.Path(tmp_path), count=3)
    L, ab = bench_pipeline.load_with_pil(paths[2])
    assert L.shape == (128, 128, 1) and ab.shape == (32, 32, 2)


def test_video_benchmark_writes_all_frames():
    pytest.importorskip("av", reason="part of the video extra")
    from benchmarks import bench_video

    size = (48, 80)
    frames = bench_video._frames(size, 3)
    assert len(frames) == 3 and frames[0].shape == (*size, 3)
    assert not (frames[0] == frames[1]).all()
    # `measure` fails if the film lacks a frame.
    assert bench_video.measure(size, num_frames=3, turns=1).ratio > 0


def test_builds_are_run_in_turns_by_their_own_command(tmp_path):
    from benchmarks import bench_builds

    bench_builds.write_photos(tmp_path, count=5)
    with Image.open(tmp_path / "004.jpg") as photo:
        assert (photo.size, photo.mode) == ((481, 321), "L")
    (tmp_path / "keras_colorize").mkdir()
    (tmp_path / "keras_colorize" / "__init__.py").touch()
    (tmp_path / "keras_colorize" / "cli.py").write_text(
        "import sys, pathlib; pathlib.Path('seen').write_text(sys.argv[1])"
    )
    found = bench_builds.measure(tmp_path, ["--version"], turns=1)
    assert (tmp_path / "seen").read_text() == "--version"
    for comparison in found.values():
        assert comparison.ours_seconds[0] > comparison.peer_seconds[0] > 0


@pytest.mark.slow
def test_each_step_waits_and_trains():
    pytest.importorskip("tensorflow", reason="part of the train extra")
    from benchmarks import bench_prefetch

    found = bench_prefetch.measure(batch_size=2, steps=2)
    assert len(found["waited"]) == len(found["trained"]) == 2
    assert min(found["waited"] + found["trained"]) > 0


def test_session_options_change_no_photo_and_are_measured():
    from benchmarks import bench_session_options as bench

    photo = bench.noise_photo(24, 40)
    expected = bench.make_runner("defaults")(photo).astype(int)
    for name in ("1 thread", "arena shrunk", "graph as it is", bench.OURS):
        difference = bench.make_runner(name)(photo) - expected
        assert abs(difference).max() <= 1, name
    times = bench.measure_times("neither", [photo], turns=1)
    assert times["time"] > 0 and times["cpu"] > 0
    memory = bench.weigh(bench.OURS, count=6, settle=2, scale=0.1)
    assert 20 < memory["low"] <= memory["high"]


@pytest.mark.reference
@pytest.mark.slow
@pytest.mark.parametrize("name", ["inference", "training"])
def test_torch_network_is_the_same_network(name):
    import importlib

    module = importlib.import_module(f"benchmarks.bench_eccv16_{name}")
    # `measure` of the inference compares the outputs before it times.
    assert module.measure("eccv16_small", size=64, turns=1).ratio > 0


@pytest.mark.reference
@pytest.mark.slow
def test_int8_is_timed_against_both_peers():
    from benchmarks import bench_int8

    # The colors of all three are compared before anything is timed.
    timed = bench_int8.measure("eccv16_small", size=64, turns=1)
    assert [comparison.ratio > 0 for comparison in timed] == [True, True]


@pytest.mark.reference
@pytest.mark.slow
def test_bfloat16_is_timed_against_both_peers():
    from benchmarks import bench_bfloat16

    # The colors of all three are compared before anything is timed.
    timed = bench_bfloat16.measure("eccv16_small", size=64, turns=1)
    assert [comparison.ratio > 0 for comparison in timed] == [True, True]


def test_load_test_serves_everybody_and_counts_it():
    pytest.importorskip("uvicorn", reason="part of the serve extra")
    from benchmarks import bench_server

    numbers = bench_server.measure(clients=3, seconds=2.0, loop_s=0.2)
    assert numbers["other_than_200_and_429"] == 0
    assert numbers["statuses"]["200"] >= 1
    assert numbers["ratio"] > 0 and numbers["memory_mib"]["median"] > 20


@pytest.mark.reference
@pytest.mark.slow
def test_both_sides_take_the_same_step_of_pix2pix():
    from benchmarks import bench_pix2pix_training

    # Compares the losses of one step before it times.
    timed = bench_pix2pix_training.measure(
        "pix2pix_small", (8, 16, 16), size=128, turns=1
    )
    assert timed.ratio > 0


@pytest.mark.reference
@pytest.mark.slow
def test_torch_ddcolor_is_the_same_network():
    from benchmarks import bench_ddcolor_inference
    from tests.models.tiny import tiny_overrides

    # `measure` compares the outputs before it times.
    tiny = tiny_overrides("ddcolor")
    timed = bench_ddcolor_inference.measure("ddcolor_nano", 64, 1, **tiny)
    assert timed.ratio > 0


def test_large_photo_benchmark_runs_each_side_alone(tmp_path, monkeypatch):
    pytest.importorskip("cv2", reason="part of the dev extra")
    from benchmarks import bench_large_photo
    from tests.exporters.thin_model import NETWORK_SIZE
    from tests.exporters.thin_model import make_thin_model

    def export(_name, side, path):
        from keras_colorize.exporters.onnx import export_onnx

        model = make_thin_model()
        export_onnx(model, path, head="ab", size=side, network_size=side)
        return path

    monkeypatch.setattr(bench_large_photo, "_export", export)
    found = bench_large_photo.measure(
        (60, 90), turns=1, peers={"peer": ("thin", NETWORK_SIZE)}
    )
    assert len(found) == 4
    for runs in found.values():
        assert set(runs) == {"seconds", "cpu_seconds", "megabytes"}
        assert all(values[0] > 0 for values in runs.values())
