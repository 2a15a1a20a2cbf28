"""Refusals with a reason, as JSON: `{"reason": "one sentence"}`."""

import json
import math
from typing import Any

from anyio import BrokenWorkerProcess
from fastapi import FastAPI
from fastapi import Request
from fastapi import Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from keras_colorize.errors import ColorizeError


class Refused(HTTPException):
    """A request that is not carried out.

    Attributes:
        status_code: HTTP status.
        detail: The reason, for a person.
        headers: Of the answer.
    """

    def __init__(
        self, status_code: int, reason: str, retry_after_s: float | None = None
    ):
        headers = {}
        if retry_after_s is not None:
            headers["Retry-After"] = str(math.ceil(retry_after_s))
        if status_code == 401:
            headers["WWW-Authenticate"] = "Bearer"
        super().__init__(status_code, reason, headers)


def refusal(error: HTTPException) -> Response:
    """The answer to a request that is not carried out."""
    return Response(
        # ASCII: a reason may quote what UTF-8 cannot hold.
        json.dumps({"reason": error.detail}),
        error.status_code,
        error.headers,
        media_type="application/json",
    )


def add_error_handlers(app: FastAPI) -> None:
    """Makes a reason of everything that is raised while a request is served."""
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(ColorizeError, _on_colorize_error)
    app.add_exception_handler(MemoryError, _on_memory_error)
    app.add_exception_handler(BrokenWorkerProcess, _on_broken_worker)
    app.add_exception_handler(Exception, _on_bug)


async def _on_http_exception(request: Request, error: Any) -> Response:
    if error.status_code in (404, 405):
        error.detail = (
            f"{error.detail}: {request.method} {request.url.path}. "
            "/openapi.json lists what there is."
        )
    return refusal(error)


async def _on_invalid_request(request: Request, error: Any) -> Response:
    sent = request.headers.get("content-type", "")
    if sent and not sent.lower().startswith("multipart/form-data"):
        reason = (
            "Expected a form of the type multipart/form-data, as `curl -F "
            f"photo=@old.jpg` sends it. Received: {sent:.80}."
        )
        return refusal(Refused(422, reason))
    return refusal(Refused(422, _describe(error)))


async def _on_colorize_error(request: Request, error: Any) -> Response:
    return refusal(Refused(422, str(error)))


async def _on_memory_error(request: Request, error: Any) -> Response:
    return refusal(Refused(413, f"Out of memory: {error}. Shrink the photo."))


async def _on_broken_worker(request: Request, error: Any) -> Response:
    reason = (
        "The process that worked on this photo died, perhaps for lack of "
        "memory. Another one takes its place; try a smaller photo."
    )
    return refusal(Refused(500, reason))


async def _on_bug(request: Request, error: Any) -> Response:
    reason = "The server failed on this request. Its log says why."
    return refusal(Refused(500, reason))


def _describe(error: RequestValidationError) -> str:
    """One sentence for each field: what was expected, what came."""
    sentences = []
    for item in error.errors()[:5]:
        field = ".".join(str(part) for part in item["loc"][1:]) or "body"
        received = "nothing" if item["type"] == "missing" else item["input"]
        if isinstance(received, UploadFile):
            received = f"the file {received.filename}"
        expected = item["msg"]
        if "UploadFile" in expected:  # FastAPI's word for it
            expected = "Expected a file, as in `curl -F photo=@old.jpg`"
        sentences.append(
            f"{field:.80}: {expected}. Received: {received!s:.80}."
        )
    return " ".join(sentences)
