"""One line of JSON and one number for each request."""

import datetime
import json
import re
import secrets
import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from keras_colorize.serving.http.errors import answer_of
from keras_colorize.serving.http.metrics import Metrics
from keras_colorize.serving.web_api.refusals import failure_of

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_NO_ANSWER = 499  # the client left


class RequestsLog:
    """ASGI middleware around all others: names, counts and logs requests.

    A request has the id of its `X-Request-Id`, as a proxy gives it, or a new
    one; the answer has it too. What a client named (a file, an address, a
    key) is not logged.

    Args:
        app: What is behind it.
        metrics: Counts the answers.
        write: Takes a line of JSON for each; None for no log.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        write: Callable[[str], None] | None,
    ):
        self._app = app
        self._metrics = metrics
        self._write = write

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answers a request, whatever goes wrong behind it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begin, status = time.perf_counter(), _NO_ANSWER
        request_id = _id_of(scope)

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            if status == _NO_ANSWER:
                answer = answer_of(failure_of("server"))
                await answer(scope, receive, send_with_id)
            raise  # uvicorn logs it
        finally:
            self._metrics.count_request(status)
            if self._write is not None:
                seconds = time.perf_counter() - begin
                self._write(_line(scope, request_id, status, seconds))


def _id_of(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _line(scope: Scope, request_id: str, status: int, seconds: float) -> str:
    now = datetime.datetime.now(datetime.UTC)
    return json.dumps(
        {
            "time": now.isoformat(timespec="milliseconds"),
            "request_id": request_id,
            "method": scope["method"][:16],
            # That of the endpoint: others may hold a name.
            "path": getattr(scope.get("route"), "path", None),
            "status": status,
            "seconds": round(seconds, 4),
        }
    )
