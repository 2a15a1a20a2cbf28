"""Which pages may talk to this server: no other site, under no other name.

A browser sends what any page asks it to. Two headers that pages cannot forge
tell them apart: `Host` is the name in the address, which another site can
point at this machine (DNS rebinding) but not change; `Origin` and
`Sec-Fetch-Site` say whose page sends a form.
"""

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from keras_colorize.serving.http.errors import answer_of
from keras_colorize.serving.http.settings import LOOPBACK_NAMES
from keras_colorize.serving.web_api.refusals import Refused

# A name or an address, IPv6 in brackets; and a port or none.
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@?#\s]+)(:[0-9]+)?", re.ASCII)
_READING = ("GET", "HEAD", "OPTIONS")


class SiteCheck:
    """ASGI middleware that answers 403 to the pages of other sites.

    Args:
        app: What is behind it.
        hosts: Names under which clients may reach the server; none for any.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]):
        self._app = app
        self._hosts = frozenset(plain_host(host) for host in hosts)
        self._named = self._hosts - {plain_host(n) for n in LOOPBACK_NAMES}

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Lets a request through, or answers it."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            try:
                self._check_host(headers)
                if scope["method"] not in _READING:
                    self._check_origin(headers)
            except Refused as error:
                return await answer_of(error)(scope, receive, send)
        await self._app(scope, receive, send)

    def _check_host(self, headers: Headers) -> None:
        host = headers.get("host", "")
        if self._hosts and _name_in(host) not in self._hosts:
            raise Refused(
                403,
                "This server answers under the names "
                f"{', '.join(sorted(self._hosts))} only. Received: Host: "
                f"{host[:80] or 'none'}. Whoever runs it can allow another "
                "one with --allow-host.",
            )

    def _check_origin(self, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin is None:
            site = headers.get("sec-fetch-site", "none")
            is_foreign = site not in ("none", "same-origin")
        else:
            is_foreign = not self._is_own(origin, headers.get("host", ""))
        if is_foreign:
            raise Refused(
                403,
                "Photos are taken from this server's own page and from "
                "programs, not from the page of another site. Received: "
                f"Origin: {(origin or 'none')[:80]}.",
            )

    def _is_own(self, origin: str, host: str) -> bool:
        try:
            address = urlsplit(origin)
        except ValueError:  # brackets that are no IPv6 address
            return False
        if address.scheme not in ("http", "https"):
            return False
        # A proxy may have put its own name for this server into `Host`.
        is_named = _name_in(address.netloc) in self._named
        return is_named or address.netloc.lower() == host.lower()


def plain_host(host: str) -> str:
    """Returns a host as it is compared: small, an address in one notation."""
    host = host.strip().lower()
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return host


def _name_in(host: str) -> str | None:
    """Returns the name in a `Host` header, without the port."""
    match = _HOST.fullmatch(host.lower())
    return match and plain_host(match.group(1))
