"""The server's application: endpoints, limits and the web page."""

import contextlib
from collections.abc import AsyncIterator
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from keras_colorize import __version__
from keras_colorize.serving.http import jobs
from keras_colorize.serving.http.errors import add_error_handlers
from keras_colorize.serving.http.gate import Gate
from keras_colorize.serving.http.metrics import Metrics
from keras_colorize.serving.http.requests_log import RequestsLog
from keras_colorize.serving.http.routes import guarded
from keras_colorize.serving.http.routes import router
from keras_colorize.serving.http.settings import ServerSettings
from keras_colorize.serving.http.sites import SiteCheck
from keras_colorize.serving.http.uploads import Uploads
from keras_colorize.serving.http.workers import WorkerPool
from keras_colorize.serving.web_api.models import Catalog

WEB_DIR = Path(__file__).resolve().parent.parent / "web"
_SAFE_HEADERS = {
    # The page loads its own files and nothing else.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(
    settings: ServerSettings,
    catalog: Catalog,
    write_log: Callable[[str], None] | None = None,
) -> FastAPI:
    """Builds the ASGI application.

    Args:
        settings: What whoever runs it decided.
        catalog: The models that it offers.
        write_log: Takes a line of JSON for each request; None for no log.
    """
    pool, uploads = WorkerPool(settings), Uploads(settings)
    metrics = Metrics(pool, uploads)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        model_path = str(catalog.default.source)
        await pool.start(jobs.prepare, model_path, settings.threads_per_worker)
        yield

    app = FastAPI(
        title="keras_colorize",
        summary="Gives black and white photos color.",
        version=__version__,
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,  # to where `Host` says
    )
    app.state.settings = settings
    app.state.catalog = catalog
    app.state.pool = pool
    app.state.metrics = metrics
    add_error_handlers(app)
    app.include_router(router)
    app.include_router(guarded)
    app.mount("/web", StaticFiles(directory=WEB_DIR), name="web")
    app.add_api_route(
        "/", _page, methods=["GET", "HEAD"], include_in_schema=False
    )
    app.add_middleware(Gate, settings=settings, pool=pool, uploads=uploads)
    app.add_middleware(SiteCheck, hosts=settings.hosts)
    app.add_middleware(_SafeHeaders)
    app.add_middleware(RequestsLog, metrics=metrics, write=write_log)
    return app


class _SafeHeaders:
    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_SAFE_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def _page() -> FileResponse:
    return FileResponse(WEB_DIR / "index.html")
