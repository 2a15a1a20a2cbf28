"""Work spread over processes, a few items at a time.

Around `ProcessPoolExecutor`: no more items are handed out than are worked on,
so that memory does not grow with their number; a process that is killed (out
of memory) costs the item it worked on and no other; and no process outlives
the one that started it.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED
from concurrent.futures import Future
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_handles
from typing import Any

_state: Any = None  # of a worker process; what `setup` is


class WorkerDied(Exception):
    """The process that worked on an item was killed."""


def run_in_processes(
    items: Iterable,
    work: Callable[[Any, Any], Any],
    setup: Any,
    jobs: int,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Any, Any]]:
    """Calls `work(item, setup)` for each item in other processes.

    Args:
        items: What to work on; drawn as processes get free. Pickled.
        work: Function of a module.
        setup: Given to every call; pickled once a process.
        jobs: Number of processes, 1 or more.
        is_stopped: Asked before an item is handed out; once it says True,
            what was handed out is finished, and no more.

    Yields:
        Item, and what `work` returned for it or the exception that it
        raised; as they are done.
    """
    items, again = iter(items), deque()
    while True:
        with _executor(jobs, setup) as executor:
            lost = yield from _run(executor, items, work, jobs, is_stopped)
        if not lost:
            break
        # One of these killed its process; alone, the guilty one is found.
        again.extend(lost)
        while again and not is_stopped():
            item = again.popleft()
            with _executor(1, setup) as executor:
                alone = yield from _run(
                    executor, iter([item]), work, 1, lambda: False
                )
            if alone:
                yield item, WorkerDied("its process was killed")


def _run(executor, items, work, jobs, is_stopped):
    """Yields results until all are done; returns those of a broken pool."""
    pending: dict[Future, Any] = {}
    lost = []
    is_over = False
    while True:
        while not (is_over or lost) and len(pending) < 2 * jobs:
            is_over = is_stopped() or not _submit(
                executor, items, work, pending, lost
            )
        if not pending:
            return lost
        done, _ = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            item = pending.pop(future)
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                lost.append(item)
            else:
                yield item, error or future.result()


def _submit(executor, items, work, pending, lost) -> bool:
    for item in items:
        try:
            pending[executor.submit(_call, work, item)] = item
        except BrokenProcessPool:
            lost.append(item)
        return True
    return False


@contextlib.contextmanager
def _executor(jobs: int, setup: Any) -> Iterator[ProcessPoolExecutor]:
    executor = ProcessPoolExecutor(
        jobs,
        # Not forked: threads of the runtime would not be there in the child.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(setup,),
    )
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)  # what waits is not begun


def _start(setup: Any) -> None:
    global _state
    # The terminal sends Ctrl-C to all; the parent decides what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _state = setup


def _call(work: Callable[[Any, Any], Any], item: Any) -> Any:
    return work(item, _state)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_handles([parent.sentinel])
        os._exit(1)
