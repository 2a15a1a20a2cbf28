"""What a request must pass before anything reads its body."""

import secrets

from starlette.datastructures import Headers
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from keras_colorize.serving.http.errors import answer_of
from keras_colorize.serving.http.settings import ServerSettings
from keras_colorize.serving.http.uploads import Upload
from keras_colorize.serving.http.uploads import Uploads
from keras_colorize.serving.http.workers import WorkerPool
from keras_colorize.serving.web_api.refusals import Refused

# What is open to everybody: the page, its files, /health, /ready,
# /openapi.json.
_GUARDED = ("/v1/", "/colorized", "/metrics")


class Gate:
    """ASGI middleware: API key, room in the queue, size and time of bodies.

    Args:
        app: What is behind it.
        settings: The limits and the key.
        pool: Says whether there is room for work.
        uploads: Gives places to bodies.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: ServerSettings,
        pool: WorkerPool,
        uploads: Uploads,
    ):
        self._app = app
        self._settings = settings
        self._pool = pool
        self._uploads = uploads

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Lets a request through, or answers it."""
        if scope["type"] != "http" or not scope["path"].startswith(_GUARDED):
            return await self._app(scope, receive, send)
        upload = Upload(receive, scope, self._settings)

        async def receive_piece() -> Message:
            message = await upload.receive()
            if upload.is_complete:  # from here on it counts as work
                self._uploads.release(upload)
            return message

        async def send_after_body(message: Message) -> None:
            if message["type"] == "http.response.start":
                await upload.drain()
                if not upload.is_complete:
                    MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        try:
            self._check_key(scope)
            if scope["method"] != "POST":
                return await self._app(scope, receive_piece, send_after_body)
            upload.check_declared_size()
            self._pool.check_room()
            with self._uploads.place(upload):
                return await self._app(scope, receive_piece, send_after_body)
        except Refused as error:
            await answer_of(error)(scope, receive, send_after_body)

    def _check_key(self, scope: Scope) -> None:
        key = self._settings.api_key
        if key is None:
            return
        received = Headers(scope=scope).get("authorization", "")
        scheme, _, token = received.partition(" ")
        is_right = secrets.compare_digest(
            token.strip().encode("latin-1"), key.encode("ascii")
        )
        if scheme.lower() != "bearer" or not is_right:
            raise Refused(
                401,
                "This server asks for a key: send the header `Authorization: "
                "Bearer KEY`.",
                {"WWW-Authenticate": "Bearer"},
            )
