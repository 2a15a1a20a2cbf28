"""Letting one step of a chain work while the next one does."""

import contextlib
import queue
import threading
from collections.abc import Generator
from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")

_POLL_SECONDS = 0.1


def run_ahead(items: Iterable[Item], depth: int) -> Generator[Item, None, None]:
    """Gives the same items, made by a thread that is up to `depth` ahead.

    What goes wrong in the thread is raised here. Closing this generator
    stops the thread and closes `items`.

    Args:
        items: What to go through; only the thread touches it.
        depth: Number of items that may wait.
    """
    ready: queue.Queue = queue.Queue(depth)
    stopped = threading.Event()
    thread = threading.Thread(
        target=_work, args=(items, ready, stopped), daemon=True
    )
    thread.start()
    try:
        while (received := ready.get())[0]:
            yield received[1]
        if received[1] is not None:
            raise received[1]
    finally:
        stopped.set()
        thread.join()


def _work(items, ready, stopped) -> None:
    """Puts pairs: (True, item), and at the end (False, error or None)."""
    end = None
    try:
        for item in items:
            if not _put((True, item), ready, stopped):
                break
    except BaseException as error:  # raised again where the items are read
        end = error
    finally:
        getattr(items, "close", lambda: None)()
    _put((False, end), ready, stopped)


def _put(pair, ready, stopped) -> bool:
    """Waits for room; False if nobody wants the items any more."""
    while not stopped.is_set():
        with contextlib.suppress(queue.Full):
            ready.put(pair, timeout=_POLL_SECONDS)
            return True
    return False
