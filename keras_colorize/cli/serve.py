"""`keras-colorize serve`: the HTTP server and its web page."""

import contextlib
import ipaddress
import os
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Annotated

import typer

from keras_colorize.cli.errors import errors_in_one_sentence
from keras_colorize.errors import SettingError
from keras_colorize.serving.http.settings import LOOPBACK_NAMES
from keras_colorize.serving.http.settings import ServerSettings
from keras_colorize.serving.http.settings import default_threads
from keras_colorize.serving.http.settings import default_workers

EXAMPLES = """\b
Examples:
  keras-colorize serve
  keras-colorize serve --port 9000 --model lite --model my_model.onnx
  curl -F photo=@old.jpg -o color.jpg http://127.0.0.1:8000/v1/colorize
"""
_KEY_VARIABLE = "KERAS_COLORIZE_API_KEY"
_SERVE_LIBRARIES = {
    *("fastapi", "uvicorn", "anyio", "pydantic", "starlette", "h11"),
    "prometheus_client",
}


def serve(
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Model to offer, a name or an .onnx file; repeat it for "
            "several, the default one first. By default all that are in the "
            "box. Clients can ask for no others."
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen on; 0.0.0.0 lets other machines in."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="0 takes any that is free."),
    ] = 8000,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Further name under which clients may reach the server, such "
            "as that of a proxy before it; repeat it for several. By default "
            "127.0.0.1, localhost and [::1], and any where --host lets other "
            "machines in.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes that colorize; by default one for two cores, at "
            "most 4.",
        ),
    ] = None,
    queue: Annotated[
        int,
        typer.Option(
            min=0, help="Requests that may wait; one more is told to retry."
        ),
    ] = ServerSettings.queue_size,
    max_mib: Annotated[
        int, typer.Option(min=1, help="Largest request, in MiB.")
    ] = ServerSettings.max_body_bytes // 2**20,
    max_pixels: Annotated[
        int,
        typer.Option(
            min=1,
            help="Largest photo; 100 megapixels take a worker 0.7 GB as JPEG, "
            "up to 4 GB of 16 bits with transparency.",
        ),
    ] = ServerSettings.max_pixels,
    timeout: Annotated[
        float,
        typer.Option(min=1, help="Seconds that one photo may take."),
    ] = ServerSettings.job_timeout_s,
    api_key: Annotated[
        str | None,
        typer.Option(
            envvar=_KEY_VARIABLE,
            show_envvar=True,
            help="What clients must send as `Authorization: Bearer KEY`. "
            "Other users of the machine can read a command line: set the "
            "variable instead.",
        ),
    ] = None,
    access_log: Annotated[
        bool, typer.Option("--access-log", help="Log each request.")
    ] = False,
    json_log: Annotated[
        bool,
        typer.Option(
            "--json-log",
            help="Write a line of JSON for each request to standard error: "
            "time, id, path of the endpoint, status, seconds. No names, no "
            "keys.",
        ),
    ] = False,
) -> None:
    """Serve a web page and an HTTP interface that colorize photos.

    Only this machine can reach the server unless --host says otherwise.
    Ctrl+C finishes what was accepted, then stops; twice stops at once.
    """
    with errors_in_one_sentence():
        with _naming_the_extra():
            from keras_colorize.serving.http.server import run_server
            from keras_colorize.serving.web_api.models import open_catalog

        if api_key is None and _KEY_VARIABLE in os.environ:
            api_key = ""  # set and empty: refused, and no open server
        host = host.strip("[]")
        num_workers = workers or default_workers()
        settings = ServerSettings(
            workers=num_workers,
            threads_per_worker=default_threads(num_workers),
            queue_size=queue,
            max_body_bytes=max_mib * 2**20,
            max_pixels=max_pixels,
            job_timeout_s=timeout,
            hosts=_allowed_hosts(host, allow_host or []),
            api_key=api_key,
        )
        if not _is_loopback(host) and api_key is None:
            typer.echo(
                f"Note: whoever can reach {host} may use this server. Set an "
                "API key, or put it behind something that asks who is there.",
                err=True,
            )
        run_server(
            settings,
            open_catalog(model or ()),
            host,
            port,
            announce=lambda url: typer.echo(f"Serving on {url}"),
            access_log=access_log,
            write_log=_write_line if json_log else None,
        )


@contextlib.contextmanager
def _naming_the_extra() -> Iterator[None]:
    """Tells what to install where a library of the server is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _SERVE_LIBRARIES:
            raise
        raise SettingError(
            f"The server needs the package {error.name}, which is not "
            "installed. Run: pip install 'keras-colorize[serve]'"
        ) from error


def _write_line(line: str) -> None:
    typer.echo(line, err=True)


def _allowed_hosts(host: str, named: Sequence[str]) -> tuple[str, ...]:
    """Lists the names that are answered; none for any."""
    if _is_loopback(host):
        return (*LOOPBACK_NAMES, host, *named)
    return (*LOOPBACK_NAMES, *named) if named else ()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
