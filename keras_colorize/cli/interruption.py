"""A second signal ends a command, whatever it is in the middle of."""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_CLEANING_UP_S = 1.0
_STDERR = 2
_ENDED = b"\nEnded at once; what was begun is lost.\n"


@contextlib.contextmanager
def ended_by_second_signal() -> Iterator[None]:
    """Ends the process when Ctrl-C or SIGTERM comes a second time.

    The first one is what the command makes of it. But a handler runs between
    two steps of Python, and a model may compute for minutes in one: a thread
    counts the signals as they come. Where Python can still clean up, it has
    a second to do so.
    """
    heard, told = socket.socketpair()
    told.setblocking(False)
    before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_count, args=(heard,), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        told.close()  # which ends the thread


def _count(heard: socket.socket) -> None:
    with heard:
        is_second = False
        while number := heard.recv(1):
            if number[0] not in SIGNALS:
                continue
            if is_second:
                time.sleep(_CLEANING_UP_S)
                os.write(_STDERR, _ENDED)
                os._exit(128 + number[0])
            is_second = True
