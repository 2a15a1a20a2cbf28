"""Events of API Gateway and of function URLs, payload formats 1.0 and 2.0."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from PIL import Image

from keras_colorize.serving.colorize import Written
from keras_colorize.serving.web_api.refusals import Refused
from keras_colorize.serving.web_api.requests import JSON_TYPE
from keras_colorize.serving.web_api.requests import encode_image
from keras_colorize.serving.web_api.requests import is_photo_type
from keras_colorize.serving.web_api.requests import media_type_of


class HttpRequest(NamedTuple):
    """A request that may be carried out.

    Attributes:
        body: JSON, or a photo file.
        is_json: Which of both it is.
        query: Parameters of the address, by name.
    """

    body: bytes
    is_json: bool
    query: Mapping[str, str]


def is_http(event: Mapping[str, Any]) -> bool:
    """Tells whether an event is a request over HTTP."""
    context = event.get("requestContext")
    return isinstance(context, Mapping) and (
        "http" in context or "httpMethod" in event
    )


def read_request(event: Mapping[str, Any], max_body_bytes: int) -> HttpRequest:
    """Takes a request out of its event.

    Raises:
        Refused: If it is no POST of JSON or of a photo, or too large.
    """
    _check_kinds(event)
    context = event["requestContext"]
    method = event.get("httpMethod") or context.get("http", {}).get("method")
    if method != "POST":
        raise Refused(
            405,
            "Expected a POST with a photo. Received: " + str(method),
            {"Allow": "POST"},
        )
    headers = event.get("headers") or {}
    types = [v for k, v in headers.items() if k.lower() == "content-type"]
    content_type = str(types[0] if types else "")
    plain_type = media_type_of(content_type)
    is_json = plain_type == JSON_TYPE
    if not is_json and not is_photo_type(content_type):
        raise Refused(
            415,
            f'Expected Content-Type: {JSON_TYPE}, {{"image": "<base64>"}}, or '
            "that of the photo, such as image/jpeg. Received: "
            f"{content_type[:80] or 'none'}.",
        )
    if not is_json and not event.get("isBase64Encoded"):
        raise Refused(
            415,
            f"The body of {plain_type} came through the API as text, which "
            "damages photos. List it under the API's binary media types, or "
            f"send {JSON_TYPE}.",
        )
    body = _decoded(event)
    if len(body) > max_body_bytes:
        raise Refused(
            413,
            f"A request may have at most {max_body_bytes} bytes. Received: "
            f"{len(body)}. Shrink the photo, or save it as JPEG.",
        )
    return HttpRequest(body, is_json, event.get("queryStringParameters") or {})


def photo_answer(written: Written, model: str) -> dict[str, Any]:
    """Answers with a photo as the body."""
    return {
        "statusCode": 200,
        "headers": {
            "Content-Type": Image.MIME[written.format],
            "X-Colorize-Model": model,
            "X-Colorize-Notes": json.dumps(written.notes),
        },
        "body": encode_image(written),
        "isBase64Encoded": True,
    }


def json_answer(
    content: Mapping[str, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Answers with JSON as the body."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": JSON_TYPE, **(headers or {})},
        "body": json.dumps(content),
        "isBase64Encoded": False,
    }


def refusal_answer(refused: Refused) -> dict[str, Any]:
    """Answers why not."""
    return json_answer(refused.content, refused.status, refused.headers)


def _check_kinds(event: Mapping[str, Any]) -> None:
    """Refuses what neither an API nor a function URL sends."""
    http = event["requestContext"].get("http", {})
    if not (
        isinstance(http, Mapping)
        and _has_texts(event.get("headers"))
        and _has_texts(event.get("queryStringParameters"))
        and isinstance(event.get("body"), str | None)
    ):
        raise Refused(
            400,
            "Expected a request of API Gateway or a function URL: `headers` "
            "and `queryStringParameters` are texts by name, `body` is a text. "
            f"Received: {str(event)[:200]}.",
        )


def _has_texts(values: Any) -> bool:
    return values is None or (
        isinstance(values, Mapping)
        and all(isinstance(value, str) for value in values.values())
    )


def _decoded(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", errors="replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(
            400,
            "The event says `isBase64Encoded`, but its body is not base64 "
            f"({error}). Received: {len(body)} characters.",
        ) from error
