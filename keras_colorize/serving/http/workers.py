"""Processes that colorize while the server answers others.

A process each, and not threads: one that takes too long can be ended, one
that dies takes one photo with it, and the server's own thread is never held
up by the work.
"""

import contextlib
import math
import time
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic
from typing import TypeVar
from typing import TypeVarTuple

import anyio
from anyio import to_process

from keras_colorize.serving.http.settings import ServerSettings
from keras_colorize.serving.web_api.refusals import Refused

_LONGEST_RETRY_S = 60.0
_WEIGHT_OF_LAST_JOB = 0.2  # in the running mean
# A worker that fails so soon was killed while it was idle.
_FOUND_DEAD_S = 1.0


Result = TypeVar("Result")
Args = TypeVarTuple("Args")


class ClientGone(Exception):
    """Whoever sent the request waits no longer."""


@dataclass(frozen=True)
class Done(Generic[Result]):
    """What a worker returned.

    Attributes:
        result: That.
        wait_s: Seconds that it had to wait for a worker.
    """

    result: Result
    wait_s: float


class WorkerPool:
    """A fixed number of worker processes and a queue of fixed length.

    Attributes:
        workers: Number of processes.
        capacity: Requests that are accepted at a time, in work or waiting.
        num_accepted: How many there are now.
        num_waiting: How many of them wait for a worker.
        num_restarts: How many workers died or were ended.
    """

    def __init__(self, settings: ServerSettings):
        self.workers = settings.workers
        self.capacity = settings.workers + settings.queue_size
        self.num_accepted = 0
        self.num_waiting = 0
        self.num_restarts = 0
        self._job_timeout_s = settings.job_timeout_s
        self._limiter = anyio.CapacityLimiter(settings.workers)
        self._process_limiter = anyio.CapacityLimiter(settings.workers)
        self._mean_job_s = 1.0

    def check_room(self) -> None:
        """Refuses a request for which there would be no place.

        Raises:
            Refused: 429.
        """
        if self.num_accepted >= self.capacity:
            raise Refused(
                429,
                f"All {self.capacity} places of this server are taken. Try "
                "again in a moment.",
                self._retry_after(),
            )

    @contextlib.contextmanager
    def accept(self) -> Iterator[None]:
        """Holds a place for a request whose body has come.

        Raises:
            Refused: 429, if there is none.
        """
        self.check_room()
        self.num_accepted += 1
        try:
            yield
        finally:
            self.num_accepted -= 1

    async def start(
        self, function: Callable[[*Args], object], *args: *Args
    ) -> None:
        """Starts every process by calling `function` in each."""
        async with anyio.create_task_group() as group:
            for _ in range(self.workers):
                group.start_soon(self._call, function, *args)

    async def run(
        self,
        function: Callable[[*Args], Result],
        *args: *Args,
        is_gone: Callable[[], Awaitable[bool]],
    ) -> "Done[Result]":
        """Calls a function in a worker, as soon as one is free.

        Args:
            function: A function of a module, called with `args`.
            *args: What it takes; pickled.
            is_gone: Asked when a worker is free: whether nobody waits for
                the result any more.

        Raises:
            ClientGone: If nobody waits.
            Refused: 429, if there is no place; 503, if it takes longer than
                the settings allow. The worker is ended then, and another one
                started.
            BrokenWorkerProcess: If the worker dies.
        """
        with self.accept():
            begin = time.monotonic()
            self.num_waiting += 1
            try:
                await self._limiter.acquire()
            finally:
                self.num_waiting -= 1
            try:
                if await is_gone():
                    raise ClientGone
                wait_s = time.monotonic() - begin
                return Done(await self._run_now(function, *args), wait_s)
            finally:
                self._limiter.release()

    async def _run_now(
        self, function: Callable[[*Args], Result], *args: *Args
    ) -> Result:
        start = time.monotonic()
        try:
            with anyio.fail_after(self._job_timeout_s):
                return await self._call_again_if_dead(function, *args)
        except TimeoutError as error:
            self.num_restarts += 1
            raise Refused(
                503,
                f"The photo took longer than {self._job_timeout_s:g} s. "
                "Shrink it, or try again when the server is less busy.",
                self._retry_after(),
            ) from error
        finally:
            change = time.monotonic() - start - self._mean_job_s
            self._mean_job_s += _WEIGHT_OF_LAST_JOB * change

    async def _call_again_if_dead(
        self, function: Callable[[*Args], Result], *args: *Args
    ) -> Result:
        """Calls once more where the worker was dead before it began."""
        start = time.monotonic()
        try:
            return await self._call(function, *args)
        except anyio.BrokenWorkerProcess:
            if time.monotonic() - start > _FOUND_DEAD_S:
                raise  # this photo may be what killed it
        return await self._call(function, *args)

    async def _call(
        self, function: Callable[[*Args], Result], *args: *Args
    ) -> Result:
        try:
            return await to_process.run_sync(
                function, *args, cancellable=True, limiter=self._process_limiter
            )
        except anyio.BrokenWorkerProcess:
            self.num_restarts += 1
            raise

    def _retry_after(self) -> dict[str, str]:
        seconds = self._mean_job_s * self.num_accepted / self.workers
        seconds = min(max(seconds, 1.0), _LONGEST_RETRY_S)
        return {"Retry-After": str(math.ceil(seconds))}
