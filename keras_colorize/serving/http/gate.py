"""What a request must pass before anything reads its body."""

import secrets

import anyio
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from keras_colorize.serving.http.errors import answer_of
from keras_colorize.serving.http.settings import ServerSettings
from keras_colorize.serving.http.workers import WorkerPool
from keras_colorize.serving.web_api.refusals import Refused

# What is open to everybody: the page, its files, /health, /openapi.json.
_GUARDED = ("/v1/", "/colorized")
# How long the body of a refused request is read and dropped.
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
        answer = _Answer(send, body, self._settings)
        try:
            self._check_key(scope)
            if scope["method"] != "POST":
                return await self._app(scope, body.receive, answer.send)
            body.check_declared_size()
            with self._pool.accept():
                return await self._app(scope, body.receive, answer.send)
        except Refused as error:
            await answer_of(error)(scope, receive, answer.send)

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
                {"WWW-Authenticate": "Bearer"},
            )


class _Body:
    """The body of one request, bounded in size and time.

    Attributes:
        is_complete: Whether all of it has come.
    """

    def __init__(
        self, receive: Receive, scope: Scope, settings: ServerSettings
    ):
        self.is_complete = False
        self._receive = receive
        self._scope = scope
        self._max_bytes = settings.max_body_bytes
        self._timeout_s = settings.upload_timeout_s
        self._deadline = anyio.current_time() + self._timeout_s
        self._num_bytes = 0

    def check_declared_size(self) -> None:
        declared = _header(self._scope, b"content-length")
        if declared.isdigit() and int(declared) > self._max_bytes:
            raise self._too_large()

    async def receive(self) -> Message:
        if self.is_complete:  # next comes the news that the client left
            return await self._receive()
        with anyio.CancelScope(deadline=self._deadline):
            message = await self._receive()
            self._count(message)
            if self._num_bytes > self._max_bytes:
                raise self._too_large()
            return message
        raise Refused(
            408,
            f"The request did not arrive within {self._timeout_s:g} s. Send a "
            "smaller photo.",
        )

    async def drain(self) -> None:
        """Takes the rest and drops it, if it comes soon and is not endless.

        Most clients send all before they look at the answer, and would not
        see it if the connection were closed under them.
        """
        if _header(self._scope, b"expect"):
            return  # such a client waits for a word before it sends
        allowed = self._num_bytes + self._max_bytes
        deadline = min(self._deadline, anyio.current_time() + _DRAIN_S)
        with anyio.CancelScope(deadline=deadline):
            while not self.is_complete and self._num_bytes <= allowed:
                self._count(await self._receive())

    def _count(self, message: Message) -> None:
        self._num_bytes += len(message.get("body", b""))
        self.is_complete = not message.get("more_body", False)

    def _too_large(self) -> Refused:
        return Refused(
            413,
            f"A request may have at most {self._max_bytes} bytes. Shrink the "
            "photo, or save it as JPEG.",
        )


class _Answer:
    """The way back, for clients that send too much or take too little."""

    def __init__(self, send: Send, body: _Body, settings: ServerSettings):
        self._send = send
        self._body = body
        self._timeout_s = settings.upload_timeout_s

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._body.drain()
            if not self._body.is_complete:
                MutableHeaders(scope=message)["Connection"] = "close"
        with anyio.move_on_after(self._timeout_s):
            await self._send(message)


def _header(scope: Scope, name: bytes) -> bytes:
    return dict(scope["headers"]).get(name, b"")
