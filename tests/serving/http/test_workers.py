"""Worker processes: limits, time-outs, deaths."""

import functools
import os
import signal

import anyio
import pytest

from keras_colorize.errors import SettingError
from keras_colorize.serving.http.settings import ServerSettings
from keras_colorize.serving.http.settings import default_threads
from keras_colorize.serving.http.settings import default_workers
from keras_colorize.serving.http.workers import ClientGone
from keras_colorize.serving.http.workers import WorkerPool
from keras_colorize.serving.web_api.refusals import Refused
from tests.serving.http import worker_functions as functions


async def is_here():
    return False


async def is_gone():
    return True


async def identity(pool, value):
    """Process and value that a worker gives back."""
    done = await pool.run(functions.identify, value, is_gone=is_here)
    assert done.wait_s >= 0
    return done.result


def in_event_loop(function):
    @functools.wraps(function)
    def test():
        anyio.run(function)

    return test


@in_event_loop
async def test_processes_are_as_many_as_asked_for_and_stay():
    pool = WorkerPool(ServerSettings(workers=2))
    found = set()

    async def call():
        found.add((await identity(pool, 7))[0])

    await pool.start(functions.sleep, 0.2)
    for _ in range(3):
        async with anyio.create_task_group() as group:
            group.start_soon(call)
            group.start_soon(call)
    assert 1 <= len(found) <= 2


@in_event_loop
async def test_photo_that_takes_too_long_is_refused_and_its_worker_replaced():
    pool = WorkerPool(ServerSettings())
    first, _ = await identity(pool, 0)
    # Processes belong to the event loop: this one finds the same.
    hasty = WorkerPool(ServerSettings(job_timeout_s=0.5))
    with pytest.raises(Refused, match="longer than 0.5 s") as refusal:
        await hasty.run(functions.sleep, 60, is_gone=is_here)
    assert refusal.value.status == 503
    assert int(refusal.value.headers["Retry-After"]) >= 1
    second, value = await identity(pool, 5)
    assert second != first and value == 5
    assert (pool.num_restarts, hasty.num_restarts) == (0, 1)


@in_event_loop
async def test_worker_that_dies_takes_one_photo_with_it():
    pool = WorkerPool(ServerSettings())
    with pytest.raises(anyio.BrokenWorkerProcess):
        await pool.run(functions.die, is_gone=is_here)
    assert (await identity(pool, 5))[1] == 5


@in_event_loop
async def test_worker_that_was_killed_while_idle_costs_nobody_a_photo():
    pool = WorkerPool(ServerSettings())
    first, _ = await identity(pool, 0)
    os.kill(first, signal.SIGKILL)
    second, value = await identity(pool, 5)
    assert second != first and value == 5


@in_event_loop
async def test_what_a_worker_raises_arrives():
    pool = WorkerPool(ServerSettings())
    with pytest.raises(ZeroDivisionError, match="a bug"):
        await pool.run(functions.fail, is_gone=is_here)


@in_event_loop
async def test_nothing_is_done_for_clients_that_left():
    pool = WorkerPool(ServerSettings())
    with pytest.raises(ClientGone):
        await pool.run(functions.die, is_gone=is_gone)


def test_places_are_given_back():
    pool = WorkerPool(ServerSettings(workers=2, queue_size=1))
    with pool.accept(), pool.accept(), pool.accept():
        assert pool.num_accepted == pool.capacity == 3
        with pytest.raises(Refused, match="All 3 places") as refusal:
            with pool.accept():
                pass
        assert refusal.value.status == 429
        assert 1 <= int(refusal.value.headers["Retry-After"]) <= 60
    assert pool.num_accepted == 0


def test_workers_and_threads_share_the_cores():
    workers = default_workers()
    assert 1 <= workers <= 4
    assert default_threads(workers) >= 1
    assert default_threads(10_000) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"workers": 0},
        {"queue_size": -1},
        {"max_pixels": 0},
        {"job_timeout_s": float("nan")},
        {"api_key": ""},
        {"api_key": " \n"},
        {"api_key": "open\nsesame"},
        {"api_key": "schlüssel"},
    ],
)
def test_settings_without_a_meaning_are_refused(settings):
    with pytest.raises(SettingError):
        ServerSettings(**settings)


def test_space_around_a_key_does_not_count():
    assert ServerSettings(api_key=" open sesame\n").api_key == "open sesame"


def test_key_is_not_printed():
    assert "secret" not in repr(ServerSettings(api_key="secret"))
