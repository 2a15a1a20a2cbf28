import os
import signal
import time

import psutil
import pytest

from keras_colorize.serving.batch.pool import WorkerDied
from keras_colorize.serving.batch.pool import run_in_processes


def times(item, factor):
    if item == "bad":
        raise ValueError("bad item")
    return item * factor


def times_or_die(item, factor):
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return item * factor


def slow(item, _):
    time.sleep(0.05)
    return item


def test_every_item_is_worked_on_once_with_what_is_set_up():
    results = dict(run_in_processes(range(20), times, 10, jobs=2))
    assert results == {i: 10 * i for i in range(20)}


def test_error_of_an_item_is_its_result():
    results = dict(run_in_processes(["a", "bad"], times, 2, jobs=1))
    assert results["a"] == "aa"
    assert isinstance(results["bad"], ValueError)


def test_killed_process_costs_one_item():
    results = dict(run_in_processes(range(8), times_or_die, 10, jobs=2))
    assert isinstance(results.pop(3), WorkerDied)
    assert results == {i: 10 * i for i in range(8) if i != 3}


def test_items_are_drawn_as_they_are_needed():
    drawn = []

    def items():
        for i in range(50):
            drawn.append(i)
            yield i

    results = run_in_processes(items(), slow, None, jobs=2)
    for done, _ in enumerate(results, start=1):
        assert len(drawn) <= done + 2 * 2
    assert len(drawn) == 50


def test_stop_finishes_what_was_handed_out():
    done = []
    for item, _ in run_in_processes(
        range(100), slow, None, 2, is_stopped=lambda: len(done) >= 5
    ):
        done.append(item)
    assert 5 <= len(done) <= 5 + 2 * 2
    assert sorted(done) == list(range(len(done)))


@pytest.mark.parametrize("jobs", [2])
def test_no_process_is_left_behind(jobs):
    list(run_in_processes(range(4), times, 1, jobs))
    workers = [
        p
        for p in psutil.Process().children(recursive=True)
        if "spawn_main" in " ".join(p.cmdline())
    ]
    assert workers == []
