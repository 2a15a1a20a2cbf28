"""Ctrl-C and SIGTERM: finish what was begun, then stop with their code."""

import contextlib
import os
import signal
from collections.abc import Iterator
from typing import NoReturn

_STDERR = 2
_STOPPING = b"\nStopping after the photos that were begun; again: at once.\n"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether somebody asked the command to stop.

    Attributes:
        exit_code: What the command returns then, 128 + the signal; None
            while nobody asked.
    """

    exit_code: int | None = None

    def is_set(self) -> bool:
        """Whether to begin nothing more."""
        return self.exit_code is not None


@contextlib.contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Turns the first signal into a request; the second one stops at once."""
    request = StopRequest()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def ask(number, _frame):
        request.exit_code = 128 + number
        restore()
        os.write(_STDERR, _STOPPING)  # print() may be in the middle of a line

    def restore():
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in _SIGNALS:
        signal.signal(number, ask)
    try:
        yield request
    finally:
        restore()


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Lets SIGTERM clean up what is half-written, as Ctrl-C does."""

    def stop(number, _frame) -> NoReturn:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
