"""Threads that keep the priority they were started with.

The AV1 encoder SVT makes threads real-time ones where it may, which is as
root: its own, and the thread that opens it. For as long as the process lives
these would take the cores from everything else on the machine.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

_THREADS = Path("/proc/self/task")  # Linux


@contextlib.contextmanager
def kept_priority() -> Iterator[None]:
    """Gives each thread the scheduling that it had at the beginning.

    Threads that are begun inside get that of the calling one.
    """
    if not _THREADS.is_dir():
        yield
        return
    own = _scheduling(threading.get_native_id())
    before = {thread: _scheduling(thread) for thread in _thread_ids()}
    try:
        yield
    finally:
        for thread in _thread_ids():
            wanted = before.get(thread) or own
            if wanted is not None:
                _set_scheduling(thread, *wanted)


def _thread_ids() -> list[int]:
    return [int(thread.name) for thread in _THREADS.iterdir()]


def _scheduling(thread: int) -> tuple[int, int] | None:
    """Policy and real-time priority; None of a thread that has ended."""
    with contextlib.suppress(ProcessLookupError):
        return (
            os.sched_getscheduler(thread),
            os.sched_getparam(thread).sched_priority,
        )
    return None


def _set_scheduling(thread: int, policy: int, priority: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has ended
        os.sched_setscheduler(thread, policy, os.sched_param(priority))
