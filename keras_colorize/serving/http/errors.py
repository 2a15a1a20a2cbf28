"""Whatever goes wrong, as JSON: `{"reason": "one sentence"}`."""

import json
from typing import Any

from anyio import BrokenWorkerProcess
from fastapi import FastAPI
from fastapi import Request
from fastapi import Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from keras_colorize.serving.http.workers import ClientGone
from keras_colorize.serving.web_api.refusals import MISTAKES
from keras_colorize.serving.web_api.refusals import Refused
from keras_colorize.serving.web_api.refusals import refusal_of
from keras_colorize.serving.web_api.requests import JSON_TYPE
from keras_colorize.serving.web_api.requests import media_type_of


def answer_of(refused: Refused) -> Response:
    """Returns the answer to a request that is not carried out."""
    return Response(
        # ASCII: a reason may quote what UTF-8 cannot hold.
        json.dumps(refused.content),
        refused.status,
        refused.headers,
        media_type=JSON_TYPE,
    )


def add_error_handlers(app: FastAPI) -> None:
    """Makes a reason of all that is raised while a request is served."""
    for kind in MISTAKES:
        app.add_exception_handler(kind, _on_mistake)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(BrokenWorkerProcess, _on_broken_worker)
    app.add_exception_handler(ClientGone, _on_client_gone)


async def _on_mistake(_request: Request, error: Exception) -> Response:
    return answer_of(refusal_of(error))


async def _on_http_exception(request: Request, error: Any) -> Response:
    # TRICKY: FastAPI answers 400 to all that reading a form raises, also to
    # what the gate raised inside it.
    if isinstance(error.__cause__, Refused):
        return answer_of(error.__cause__)
    reason = error.detail
    if error.status_code in (404, 405):
        reason += (
            f": {request.method} {request.url.path}. /openapi.json lists what "
            "there is."
        )
    return answer_of(Refused(error.status_code, reason, error.headers))


async def _on_invalid_request(request: Request, error: Any) -> Response:
    sent = request.headers.get("content-type", "")
    if sent and media_type_of(sent) != "multipart/form-data":
        reason = (
            "Expected a form of the type multipart/form-data, as `curl -F "
            f"photo=@old.jpg` sends it. Received: {sent:.80}."
        )
        return answer_of(Refused(422, reason))
    return answer_of(Refused(422, _describe(error)))


async def _on_broken_worker(_request: Request, _error: Exception) -> Response:
    reason = (
        "The process that worked on this photo died, perhaps for lack of "
        "memory. Another one takes its place; try a smaller photo."
    )
    return answer_of(Refused(500, reason))


async def _on_client_gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


def _describe(error: RequestValidationError) -> str:
    """Says in a sentence for each field what was expected, what came."""
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
