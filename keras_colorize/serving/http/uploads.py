"""Bodies of requests on their way: how many, how large, how slow.

They are counted apart from work: a client that sends slowly, or nothing, must
not hold a place that somebody with a photo could have.
"""

import collections
import contextlib
from collections.abc import Iterator

import anyio
from starlette.datastructures import Headers
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope

from keras_colorize.serving.http.settings import ServerSettings
from keras_colorize.serving.web_api.refusals import Refused

# How long the body of a refused request is read and dropped.
_DRAIN_S = 5.0
_DRAIN_BODIES = 4  # of the largest size that is taken
# What is left of the time of grace where all places are taken.
_GRACE_IF_FULL_S = 1.0


class Upload:
    """The body of one request, bounded in size and time.

    Attributes:
        client: Address that it comes from.
        is_complete: Whether all of it has come.
    """

    def __init__(
        self, receive: Receive, scope: Scope, settings: ServerSettings
    ):
        self.client = (scope.get("client") or ("", 0))[0]
        self.is_complete = False
        self._receive = receive
        self._headers = Headers(scope=scope)
        self._settings = settings
        self._begin = anyio.current_time()
        self._num_bytes = 0
        self._waiting: anyio.CancelScope | None = None
        self._is_given_up = False

    def check_declared_size(self) -> None:
        """Refuses what says by itself that it is too large.

        Raises:
            Refused: 413.
        """
        declared = self._headers.get("content-length", "")
        is_number = declared.isascii() and declared.isdigit()
        if is_number and int(declared) > self._settings.max_body_bytes:
            raise self._too_large()

    async def receive(self) -> Message:
        """Receives the next piece, or the news that the client left.

        Raises:
            Refused: 408 or 413, if it comes too slowly or too much comes.
        """
        if self.is_complete:
            return await self._receive()
        if not self._is_given_up:
            with anyio.CancelScope(deadline=self._deadline()) as self._waiting:
                message = await self._receive()
                self._count(message)
                if self._num_bytes > self._settings.max_body_bytes:
                    raise self._too_large()
                return message
        raise self._too_slow()

    async def drain(self) -> None:
        """Takes the rest and drops it, if it comes soon and is not endless.

        Most clients send all before they look at the answer, and would not
        see it if the connection were closed under them.
        """
        if "expect" in self._headers:
            return  # such a client waits for a word before it sends
        allowed = (
            self._num_bytes + _DRAIN_BODIES * self._settings.max_body_bytes
        )
        deadline = min(self._deadline(), anyio.current_time() + _DRAIN_S)
        with anyio.CancelScope(deadline=deadline):
            while not self.is_complete and self._num_bytes <= allowed:
                self._count(await self._receive())

    def is_slow(self, grace_s: float) -> bool:
        """Says whether less has come than should have, after the grace."""
        age = anyio.current_time() - self._begin
        return self._num_bytes < self._settings.min_bytes_per_s * (
            age - grace_s
        )

    def give_up(self) -> None:
        """Ends an upload whose place somebody else needs."""
        self._is_given_up = True
        if self._waiting is not None:
            self._waiting.cancel()

    def _deadline(self) -> float:
        """Computes when the least rate, or the time of a request, is over."""
        earned_s = self._num_bytes / self._settings.min_bytes_per_s
        return self._begin + min(
            self._settings.upload_timeout_s,
            self._settings.upload_grace_s + earned_s,
        )

    def _count(self, message: Message) -> None:
        self._num_bytes += len(message.get("body", b""))
        self.is_complete = not message.get("more_body", False)

    def _too_large(self) -> Refused:
        return Refused(
            413,
            f"A request may have at most {self._settings.max_body_bytes} "
            "bytes. Shrink the photo, or save it as JPEG.",
        )

    def _too_slow(self) -> Refused:
        limits = self._settings
        return Refused(
            408,
            f"The request did not arrive within {limits.upload_timeout_s:g} s, "
            f"or came with less than {limits.min_bytes_per_s:g} bytes a "
            "second. Send a smaller photo.",
        )


class Uploads:
    """All bodies that are on their way.

    Args:
        settings: Number of places, and the share of one client.
    """

    def __init__(self, settings: ServerSettings):
        self._settings = settings
        self._open: list[Upload] = []

    def __len__(self) -> int:
        return len(self._open)

    @contextlib.contextmanager
    def place(self, upload: Upload) -> Iterator[None]:
        """Holds a place until the block ends.

        Raises:
            Refused: 429, if there is none.
        """
        self._check_room(upload.client)
        self._open.append(upload)
        try:
            yield
        finally:
            self.release(upload)

    def release(self, upload: Upload) -> None:
        """Gives a place back, if it was not given back before."""
        with contextlib.suppress(ValueError):
            self._open.remove(upload)

    def _check_room(self, client: str) -> None:
        counts = collections.Counter(upload.client for upload in self._open)
        if counts[client] >= self._settings.max_uploads_per_client:
            mine = [u for u in self._open if u.client == client]
            self._make_room(mine, f"the {len(mine)} places of one address")
        if len(self._open) >= self._settings.max_uploads:
            self._make_room(self._open, f"all {len(self._open)} places")

    def _make_room(self, uploads: list[Upload], taken: str) -> None:
        for upload in uploads:  # the oldest first
            if upload.is_slow(_GRACE_IF_FULL_S):
                upload.give_up()
                self.release(upload)
                return
        raise Refused(
            429,
            f"Uploads have taken {taken}. Try again in a moment.",
            {"Retry-After": "1"},
        )
