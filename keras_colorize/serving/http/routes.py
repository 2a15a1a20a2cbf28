"""The endpoints."""

import json
from collections.abc import Callable
from pathlib import PurePath
from typing import Annotated
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi import Depends
from fastapi import Form
from fastapi import Request
from fastapi import Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from PIL import Image
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope

from keras_colorize import __version__
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.serving.colorize import Written
from keras_colorize.serving.http import jobs
from keras_colorize.serving.http.metrics import Metrics
from keras_colorize.serving.http.schemas import ColorizeForm
from keras_colorize.serving.http.schemas import Health
from keras_colorize.serving.http.schemas import ImageString
from keras_colorize.serving.http.schemas import ModelRow
from keras_colorize.serving.http.schemas import Models
from keras_colorize.serving.http.schemas import PhotoFormat
from keras_colorize.serving.http.schemas import Ready
from keras_colorize.serving.http.schemas import Reason
from keras_colorize.serving.http.schemas import parameters_of_address
from keras_colorize.serving.http.workers import WorkerPool
from keras_colorize.serving.web_api.models import ServedModel
from keras_colorize.serving.web_api.refusals import Refused
from keras_colorize.serving.web_api.requests import JSON_TYPE
from keras_colorize.serving.web_api.requests import RequestOptions
from keras_colorize.serving.web_api.requests import is_photo_type
from keras_colorize.serving.web_api.requests import media_type_of
from keras_colorize.serving.web_api.requests import read_options

_BINARY = {"schema": {"type": "string", "format": "binary"}}


def _refusals(descriptions: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"model": Reason, "description": description}
        for status, description in descriptions.items()
    }


_REFUSALS_OF_ALL = _refusals(
    {
        400: "The request is no HTTP, or its body not what its type says.",
        403: "It comes from the page of another site, or by a name that the "
        "server does not answer under.",
        405: "The address has no such method; Allow names those it has.",
        408: "The request did not arrive in time.",
        503: "There are too many connections, or the photo took too long.",
    }
)
_REFUSALS = _refusals(
    {
        401: "The key is missing or wrong, where the server asks for one.",
        413: "The body or the photo is too large.",
        415: "The type of the body is not taken here.",
        422: "The photo or an option cannot be used.",
        429: "All places are taken; Retry-After says when to come again.",
        500: "The server failed.",
    }
)
_IMAGE_BODY = {
    "parameters": parameters_of_address(),
    "requestBody": {
        "required": True,
        "content": {JSON_TYPE: {"schema": ImageString.model_json_schema()}},
    },
}
_PHOTO_ANSWER = {
    "description": "The photo in color. X-Colorize-Model names the model, its "
    "weights and their version, X-Colorize-Notes is a JSON list of what the "
    "file does not carry.",
    "content": {"image/*": _BINARY},
}
_PREVIEW_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "At most 4096 pixels a side. X-Photo-Size is "
        "WIDTHxHEIGHT of the photo itself.",
        "content": {"image/jpeg": _BINARY},
    }
}
_METRICS_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "In the text form of Prometheus.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}
_BARE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": _BINARY,
            "application/octet-stream": _BINARY,
        },
    }
}

# The gate checks the key; here it is only described.
_key = HTTPBearer(auto_error=False, description="Only where a key is set.")
router = APIRouter(responses=_REFUSALS_OF_ALL)
guarded = APIRouter(
    dependencies=[Depends(_key)], responses={**_REFUSALS_OF_ALL, **_REFUSALS}
)


@router.head("/health", include_in_schema=False)
@router.get("/health")
async def health(request: Request) -> Health:
    """Whether the server runs, and how busy it is; answers at once."""
    pool = request.app.state.pool
    return Health(
        status="ok",
        version=__version__,
        workers=pool.workers,
        accepted=pool.num_accepted,
        capacity=pool.capacity,
    )


@router.head("/ready", include_in_schema=False)
@router.get("/ready", responses={503: {"model": Reason}})
async def ready(request: Request) -> Ready:
    """Whether a photo that comes now would be accepted."""
    pool: WorkerPool = request.app.state.pool
    try:
        pool.check_room()
    except Refused as error:
        raise Refused(503, error.reason, error.headers) from error
    return Ready(status="ready")


@guarded.get("/metrics", response_class=Response, responses=_METRICS_ANSWER)
async def metrics(request: Request) -> Response:
    """Numbers for Prometheus."""
    numbers: Metrics = request.app.state.metrics
    return Response(numbers.render(), media_type=numbers.content_type)


@guarded.get("/v1/models")
async def models(request: Request) -> Models:
    """The models that requests may name, and the limits of this server."""
    state = request.app.state
    rows = [
        ModelRow(
            name=model.name,
            is_default=model is state.catalog.default,
            takes=model.takes,
            looks=model.looks,
            license=model.contract.facts.get("license", ""),
            fixed_size=model.contract.fixed_size,
        )
        for model in state.catalog
    ]
    return Models(
        models=rows,
        formats=list(PhotoFormat),
        max_body_bytes=state.settings.max_body_bytes,
        max_pixels=state.settings.max_pixels,
    )


class _BareBodyRoute(APIRoute):
    """The same address for a photo that is the body itself."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child_scope = super().matches(scope)
        if match is Match.FULL and not _is_photo(Headers(scope=scope)):
            return Match.NONE, {}
        return match, child_scope


async def colorize_bare(request: Request) -> Response:
    """Colorizes the photo file that is the body; options in the address."""
    options = _options_of_address(request)
    data = await request.body()
    return await _photo_answer(request, data, options, "photo")


guarded.add_api_route(
    "/v1/colorize",
    colorize_bare,
    methods=["POST"],
    response_class=Response,
    include_in_schema=False,
    route_class_override=_BareBodyRoute,
)


@guarded.post(
    "/v1/colorize",
    response_class=Response,
    responses={200: _PHOTO_ANSWER},
    openapi_extra={"parameters": parameters_of_address(), **_BARE_BODY},
)
async def colorize(
    request: Request,
    form: Annotated[ColorizeForm, Form(media_type="multipart/form-data")],
) -> Response:
    """Colorizes an uploaded photo file.

    The photo may also be the body itself, of the type image/jpeg, another
    image/… or application/octet-stream; options are in the address then, and
    only then. One that is empty has its default.
    """
    await _check_repeated(request)
    if request.query_params:
        names = ", ".join(request.query_params)
        raise Refused(
            422,
            "Options of a form are fields of it. Received in the address: "
            f"{names:.200}.",
        )
    options = RequestOptions(
        model=form.model,
        strength=form.strength,
        temperature=form.temperature,
        format=form.format and form.format.name,
        hints=form.hints,
        look=form.look,
    )
    data = await form.photo.read()
    name = form.photo.filename or "photo"
    return await _photo_answer(request, data, options, name)


@guarded.post(
    "/v1/preview",
    response_class=Response,
    responses=_PREVIEW_ANSWER,
    openapi_extra=_BARE_BODY,
)
async def preview(request: Request) -> Response:
    """Shows a photo file that browsers cannot, as a JPEG; colors nothing.

    The file is the body, of the type image/… or application/octet-stream.
    """
    if not _is_photo(request.headers):
        content_type = request.headers.get("content-type", "none")
        raise Refused(
            415,
            "Expected the photo file as the body, of the type image/… or "
            f"application/octet-stream. Received: {content_type:.80}.",
        )
    state = request.app.state
    done = await state.pool.run(
        jobs.run_preview,
        await request.body(),
        state.settings.max_pixels,
        is_gone=request.is_disconnected,
    )
    shown = done.result
    return Response(
        shown.data,
        media_type="image/jpeg",
        headers={"X-Photo-Size": f"{shown.width}x{shown.height}"},
    )


@guarded.post(
    "/colorized",
    response_class=Response,
    responses={200: {"model": ImageString, "description": "In color."}},
    openapi_extra=_IMAGE_BODY,
)
async def colorized(request: Request) -> Response:
    """Colorizes a photo given as a base64 string into another such string.

    Options are in the address. One that is empty has its default.
    """
    content_type = request.headers.get("content-type", "")
    if media_type_of(content_type) != JSON_TYPE:
        raise Refused(
            415,
            f"Expected Content-Type: {JSON_TYPE}. Received: "
            f"{content_type or 'none'}. Files go to POST /v1/colorize.",
        )
    options = _options_of_address(request)
    model = request.app.state.catalog.find(options.model)
    job = _job(request, model, options)
    body = await request.body()
    written = await _run(request, jobs.run_json_job, body, job)
    return Response(written.data, media_type=JSON_TYPE)


def _is_photo(headers: Headers) -> bool:
    return is_photo_type(headers.get("content-type", ""))


async def _photo_answer(
    request: Request, data: bytes, options: RequestOptions, name: str
) -> Response:
    model = request.app.state.catalog.find(options.model)
    job = _job(request, model, options)
    written = await _run(request, jobs.run_job, data, job)
    stem = PurePath(name).stem[:100]
    name = f"{stem}.colorized{PHOTO_FORMATS[written.format].suffixes[0]}"
    return Response(
        written.data,
        media_type=Image.MIME[written.format],
        headers={
            "Content-Disposition": "inline; filename*=UTF-8''"
            + quote(name, safe="", errors="replace"),
            "X-Colorize-Model": model.label,
            "X-Colorize-Notes": json.dumps(written.notes),
        },
    )


def _options_of_address(request: Request) -> RequestOptions:
    values = request.query_params
    for name in values:
        count = len(values.getlist(name))
        if count > 1:
            raise Refused(422, f"{name:.80}: Expected one. Received: {count}.")
    return read_options(values)


async def _check_repeated(request: Request) -> None:
    """Refuses what would be dropped: all but the last of a field."""
    form = await request.form()  # FastAPI has read it
    for field in form:
        if len(form.getlist(field)) > 1:
            raise Refused(
                422,
                f"{field}: Expected one. Received: {len(form.getlist(field))}. "
                "Send a request for each photo.",
            )


def _job(
    request: Request, model: ServedModel, options: RequestOptions
) -> jobs.Job:
    settings = request.app.state.settings
    return jobs.Job(
        model_path=str(model.source),
        num_threads=settings.threads_per_worker,
        max_pixels=settings.max_pixels,
        options=options,
    )


async def _run(
    request: Request,
    function: Callable[[bytes, jobs.Job], Written],
    data: bytes,
    job: jobs.Job,
) -> Written:
    pool: WorkerPool = request.app.state.pool
    done = await pool.run(function, data, job, is_gone=request.is_disconnected)
    request.app.state.metrics.count_photo(done.result, done.wait_s)
    return done.result
