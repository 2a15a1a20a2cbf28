"""What a request must pass before anything reads its body."""

import secrets

import anyio
from starlette.types import ASGIApp
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from keras_colorize.serving.http.errors import Refused
from keras_colorize.serving.http.errors import refusal
from keras_colorize.serving.http.settings import ServerSettings
from keras_colorize.serving.http.workers import WorkerPool

# What is open to everybody: the page, its files, /health, /openapi.json.
_GUARDED = ("/v1/", "/colorized")
# Seconds in which the body of a refused request is read and dropped: most
# clients send all of it before they look at the answer.
_DRAIN_S = 5.0


class Gate:
    """ASGI middleware: API key, place in the queue, size and time of bodies.

    Args:
        app: What is behind it.
        settings: The limits and the key.
        pool: Gives the places.
    """

    def __init__(
        self, app: ASGIApp, settings: ServerSettings, pool: WorkerPool
    ):
        self._app = app
        self._settings = settings
        self._pool = pool

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Lets a request through, or answers it."""
        if scope["type"] != "http" or not scope["path"].startswith(_GUARDED):
            return await self._app(scope, receive, send)
        body = _Body(receive, scope, self._settings)
        try:
            self._check_key(scope)
            if scope["method"] != "POST":
                return await self._app(scope, body.receive, send)
            body.check_declared_size()
            with self._pool.accept():
                answer = _Answer(send, self._settings)
                return await self._app(scope, body.receive, answer.send)
        except Refused as error:
            await body.drain()
            await refusal(error)(scope, receive, send)

    def _check_key(self, scope: Scope) -> None:
        key = self._settings.api_key
        if key is None:
            return
        received = _header(scope, b"authorization")
        scheme, _, token = received.partition(b" ")
        is_right = secrets.compare_digest(token.strip(), key.encode("ascii"))
        if scheme.lower() != b"bearer" or not is_right:
            raise Refused(
                401,
                "This server asks for a key: send the header `Authorization: "
                "Bearer KEY`.",
            )


class _Body:
    """The body of one request, bounded in size and time."""

    def __init__(
        self, receive: Receive, scope: Scope, settings: ServerSettings
    ):
        self._receive = receive
        self._scope = scope
        self._max_bytes = settings.max_body_bytes
        self._timeout_s = settings.upload_timeout_s
        self._deadline = anyio.current_time() + self._timeout_s
        self._num_bytes = 0
        self._is_complete = False

    def check_declared_size(self) -> None:
        declared = _header(self._scope, b"content-length")
        if declared.isdigit() and int(declared) > self._max_bytes:
            raise self._too_large()

    async def receive(self) -> Message:
        if self._is_complete:  # next comes the news that the client left
            return await self._receive()
        with anyio.CancelScope(deadline=self._deadline) as scope:
            message = await self._receive()
            self._count(message)
        if scope.cancelled_caught:
            raise Refused(
                408,
                f"The request did not arrive within {self._timeout_s:g} s. "
                "Send a smaller photo.",
            )
        if self._num_bytes > self._max_bytes:
            await self.drain()
            raise self._too_large()
        return message

    async def drain(self) -> None:
        """Takes the rest and drops it, if it comes soon and is not endless."""
        if _header(self._scope, b"expect"):
            return  # such a client waits for a word before it sends
        allowed = self._num_bytes + self._max_bytes
        with anyio.move_on_after(_DRAIN_S):
            while not self._is_complete and self._num_bytes <= allowed:
                self._count(await self._receive())

    def _count(self, message: Message) -> None:
        self._num_bytes += len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)

    def _too_large(self) -> Refused:
        return Refused(
            413,
            f"A request may have at most {self._max_bytes} bytes. Shrink the "
            "photo, or save it as JPEG.",
        )


class _Answer:
    """Gives up on clients that do not take what they asked for."""

    def __init__(self, send: Send, settings: ServerSettings):
        self._send = send
        self._timeout_s = settings.upload_timeout_s

    async def send(self, message: Message) -> None:
        with anyio.move_on_after(self._timeout_s):
            await self._send(message)


def _header(scope: Scope, name: bytes) -> bytes:
    return dict(scope["headers"]).get(name, b"")
