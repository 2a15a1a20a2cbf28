"""The application in uvicorn, which runs until it is told to stop."""

import asyncio
import contextlib
import functools
import socket
from collections.abc import Callable
from typing import cast

import uvicorn

from keras_colorize.errors import SettingError
from keras_colorize.serving.http.app import create_app
from keras_colorize.serving.http.connections import WatchedProtocol
from keras_colorize.serving.http.settings import ServerSettings
from keras_colorize.serving.web_api.models import Catalog

_BACKLOG = 2048


def run_server(
    settings: ServerSettings,
    catalog: Catalog,
    host: str,
    port: int,
    announce: Callable[[str], None],
    access_log: bool = False,
    write_log: Callable[[str], None] | None = None,
) -> None:
    """Serves until Ctrl+C or SIGTERM; finishes what was accepted by then.

    Args:
        settings: What whoever runs it decided.
        catalog: The models that it offers.
        host: Address to listen on.
        port: To listen on; 0 for any that is free.
        announce: Called with the server's URL once it listens.
        access_log: Whether to log each request to standard error.
        write_log: Takes a line of JSON for each request; None for no log.

    Raises:
        SettingError: If the address cannot be used.
    """
    listener = open_listener(host, port)
    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    server = make_server(settings, catalog, access_log, write_log)
    server.on_ready = lambda: announce(url)
    with listener, contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def make_server(
    settings: ServerSettings,
    catalog: Catalog,
    access_log: bool = False,
    write_log: Callable[[str], None] | None = None,
) -> "Server":
    """Puts the application into uvicorn, not yet running."""
    config = uvicorn.Config(
        create_app(settings, catalog, write_log),
        # uvicorn calls it with keywords, as it calls a class.
        http=cast(
            type[asyncio.Protocol],
            functools.partial(WatchedProtocol, settings),
        ),
        ws="none",
        log_level="info" if access_log else "warning",
        access_log=access_log,
        server_header=False,
        # All that is accepted may be finished, and not more.
        timeout_graceful_shutdown=_longest_wait_s(settings),
    )
    return Server(config)


def open_listener(host: str, port: int) -> socket.socket:
    """Opens a socket that listens.

    Raises:
        SettingError: If the address is unknown or taken.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(
            address[:2], family=family, backlog=_BACKLOG
        )
    except (OSError, OverflowError, UnicodeError) as error:
        raise SettingError(
            f"The server cannot listen on {host}, port {port}: {error}. "
            "Choose another --port or --host."
        ) from error


class Server(uvicorn.Server):
    """Server of uvicorn that says when it is ready.

    Attributes:
        on_ready: Called once the application has started.
    """

    on_ready: Callable[[], None] = staticmethod(lambda: None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to answer."""
        await super().startup(sockets)
        if self.started:
            self.on_ready()


def _longest_wait_s(settings: ServerSettings) -> int:
    rounds = 1 + settings.queue_size / settings.workers
    return int(settings.upload_timeout_s + rounds * settings.job_timeout_s) + 1
