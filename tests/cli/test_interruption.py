"""A folder that is interrupted twice: nothing is lost, nothing done twice."""

import collections
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from keras_colorize.files import PART_PREFIX
from keras_colorize.serving.batch.journal import JOURNAL_NAME
from keras_colorize.serving.images.read import read_photo
from tests.helpers import mid_tone_photo
from tests.helpers import write_photo
from tests.serving import tiny_models

ROOT = Path(__file__).parents[2]
COLLISIONS = 4  # pairs of a.jpg and a.png


@pytest.fixture
def make_photos(tmp_path):
    """Function that fills a folder; returns it."""

    def make_photos(count, size):
        source = tmp_path / "in"
        photo = mid_tone_photo(*size)
        for i in range(count - COLLISIONS):
            name = f"{i % 7}/photo{i:05d}.png"
            write_photo(source / name, np.roll(photo, i, axis=1))
        for i in range(COLLISIONS):
            write_photo(source / f"{i}/photo{i:05d}.jpg", photo)
        return source

    return make_photos


def rows_of(target):
    path = target / JOURNAL_NAME
    if not path.is_file():
        return []
    lines = path.read_text("utf-8").split("\n")[:-1]  # whole lines
    return [json.loads(line) for line in lines]


def results_of(target):
    return {
        path: path.stat().st_mtime_ns
        for path in target.rglob("*.png")
        if path.is_file() and not path.name.startswith(PART_PREFIX)
    }


def interrupt_twice(start, wait_until, arguments, target, marks, signals):
    """Starts the command and stops it twice, at numbers of finished photos.

    Returns:
        Times of the results after each stop.
    """
    seen = []
    for mark, number in zip(marks, signals, strict=True):
        # Some of each run: a busy machine may finish more before it stops.
        mark = max(mark, len(rows_of(target)) + 5)
        process = start(*arguments)
        wait_until(lambda mark=mark: len(rows_of(target)) >= mark, process)
        os.kill(process.pid, number)
        _, stderr = process.communicate(timeout=60)
        if number == signal.SIGKILL:
            assert process.returncode == -number
            time.sleep(1.0)  # processes that it started end by themselves
        else:
            assert process.returncode == 128 + number, stderr
            assert b"goes on from here" in stderr
            assert b"Traceback" not in stderr
        seen.append(results_of(target))
    return seen


def check_all_done_once(source, target, seen, num_killed):
    """Every photo has its own result, and none was written again.

    A process that is killed may leave one hidden file that is no result.
    """
    photos = [p for p in source.rglob("*") if p.is_file()]
    results = results_of(target)
    assert len(results) == len(photos)
    for before in seen:
        assert before.items() <= results.items()
    counts = collections.Counter(row["output"] for row in rows_of(target))
    assert set(counts.values()) == {1}
    owners = {row["input"] for row in rows_of(target)}
    assert len(owners) == len(rows_of(target))
    assert len(list(target.rglob(f"{PART_PREFIX}*"))) <= num_killed


@pytest.mark.parametrize(
    ("jobs", "signals"),
    [
        (1, (signal.SIGINT, signal.SIGTERM)),
        (2, (signal.SIGINT, signal.SIGKILL)),
    ],
)
def test_folder_of_60_goes_on_after_two_interruptions(
    jobs, signals, make_photos, start, run, wait_until, tiny_model, tmp_path
):
    # Large enough that a run takes seconds: a busy machine looks seldom.
    source, target = make_photos(60, (260, 350)), tmp_path / "out"
    report = tmp_path / "report.jsonl"
    arguments = ["folder", source, target, "-r", "--model", tiny_model]
    arguments += ["--jobs", jobs, "--format", "png", "--report", report]
    seen = interrupt_twice(
        start, wait_until, arguments, target, (10, 25), signals
    )
    assert 10 <= len(seen[0]) < len(seen[1]) < 60
    exit_code, stdout, stderr = run(*arguments)
    assert exit_code == 0, stderr
    num_killed = jobs * signals.count(signal.SIGKILL)
    check_all_done_once(source, target, seen, num_killed)
    rows = [json.loads(line) for line in report.read_text().splitlines()]
    statuses = collections.Counter(row["status"] for row in rows)
    assert statuses["skipped"] == len(seen[1])
    assert statuses["colorized"] == 60 - len(seen[1])
    photo = read_photo(source / "3/photo00010.png").rgb
    shifted = tiny_models.colorized(photo)
    result = read_photo(target / "3/photo00010.png").rgb
    np.testing.assert_array_equal(result, shifted)


@pytest.mark.slow  # needs cores that are not busy
def test_second_signal_stops_at_once(start, wait_until, tiny_model, tmp_path):
    write_photo(tmp_path / "in/a.png", mid_tone_photo(1000, 1500))
    write_photo(tmp_path / "in/b.png", mid_tone_photo(400, 500))
    arguments = ["folder", tmp_path / "in", tmp_path / "out"]
    process = start(*arguments, "--model", tiny_model)
    wait_until((tmp_path / "out").is_dir, process)
    process.send_signal(signal.SIGINT)
    said = next(line for line in process.stderr if line.strip())
    assert b"Stopping after the photos that were begun" in said
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Interrupted." in stderr
    assert b"Traceback" not in stderr
    assert list((tmp_path / "out").glob("*.png")) == []
    assert list((tmp_path / "out").glob(f"{PART_PREFIX}*")) == []


@pytest.mark.slow  # needs cores that are not busy
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_image_stops_at_once_and_leaves_nothing(
    number, start, wait_until, tiny_model, tmp_path
):
    photos = [tmp_path / f"{name}.png" for name in "abcdefgh"]
    for photo in photos:
        write_photo(photo, mid_tone_photo(400, 600))
    arguments = ["image", *photos, "-o", tmp_path / "out"]
    process = start(*arguments, "--model", tiny_model)
    wait_until((tmp_path / "out/b.png").is_file, process)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + number, stderr
    assert b"Traceback" not in stderr
    results = list((tmp_path / "out").iterdir())
    assert 2 <= len(results) < 8
    for result in results:
        assert read_photo(result).rgb.shape == (400, 600, 3)


COMPUTING = """
import signal, sys, numpy as np
from keras_colorize.cli.interruption import ended_by_second_signal
from keras_colorize.serving.session import ColorizeSession

# Shells let what they start in the background ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
session = ColorizeSession(sys.argv[1])
with ended_by_second_signal():
    print("computing", flush=True)
    session.colorize_array(np.full((40, 50, 3), 99, np.uint8))
"""


def test_second_signal_ends_a_model_that_goes_on(tmp_path):
    (tmp_path / "long.onnx").write_bytes(tiny_models.failing_model("long"))
    process = subprocess.Popen(
        [sys.executable, "-c", COMPUTING, tmp_path / "long.onnx"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"computing\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    assert process.poll() is None  # it is in the middle of a step of Python
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGINT
    assert stderr.strip() == b"Ended at once; what was begun is lost."


@pytest.mark.parametrize("command", ["image", "folder"])
def test_model_that_takes_too_long_fails_the_photo(tmp_path, run, command):
    (tmp_path / "long.onnx").write_bytes(tiny_models.failing_model("long"))
    write_photo(tmp_path / "in/a.png", mid_tone_photo(40, 50))
    places = {"image": ["in/a.png", "-o", "b.png"], "folder": ["in", "out"]}
    arguments = [
        str(tmp_path / place) if place[0] != "-" else place
        for place in places[command]
    ]
    model = ["--model", tmp_path / "long.onnx"]
    code, _, stderr = run(command, *arguments, *model, "--timeout", 0.2)
    assert code == 1 and "longer than 0.2 s" in stderr
    assert not list(tmp_path.rglob("b.png")) + list(tmp_path.rglob("out/*.png"))


@pytest.mark.slow
def test_folder_of_10000_takes_constant_memory(
    make_photos, start, wait_until, tiny_model, tmp_path
):
    source, target = make_photos(10_000, (40, 50)), tmp_path / "out"
    arguments = ["folder", source, target, "-r", "--model", tiny_model]
    arguments += ["--jobs", 2, "--format", "png"]
    seen = interrupt_twice(
        start,
        wait_until,
        arguments,
        target,
        (1000, 3000),
        (signal.SIGINT, signal.SIGKILL),
    )
    process = start(*arguments)
    memory = []  # (photos done, MiB of the command and its processes)
    family = psutil.Process(process.pid)
    while process.poll() is None:
        members = [family, *family.children(recursive=True)]
        try:
            total = sum(p.memory_info().rss for p in members) / 2**20
        except psutil.Error:
            continue  # one has just ended
        memory.append((len(rows_of(target)), total))
        time.sleep(0.5)
    assert process.returncode == 0
    check_all_done_once(source, target, seen, num_killed=2)
    early = [mib for done, mib in memory if 4000 <= done < 5500]
    late = [mib for done, mib in memory if 8500 <= done < 9990]
    print(f"MiB early {np.median(early):.0f}, late {np.median(late):.0f}")
    assert np.median(late) < np.median(early) + 30
