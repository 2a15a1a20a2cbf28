"""Connections: a limit for their number, and for clients that say nothing.

uvicorn ends connections that are idle between two requests, and can refuse
requests when there are many (`limit_concurrency`). Both begin once the head
of a request is complete; what comes before, and a client that takes no
answer, is watched here.
"""

import asyncio
import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from keras_colorize.serving.http.settings import ServerSettings
from keras_colorize.serving.web_api.refusals import Refused

_CHECK_OF_READER_S = 10.0


class WatchedProtocol(H11Protocol):
    """HTTP/1.1 of uvicorn that waits for nobody without end.

    Attributes:
        waits_since: Since when a request, or the rest of one that is
            answered already, is waited for, in seconds of the event loop;
            None while one is worked on.

    Args:
        settings: The limits.
        **keywords: What uvicorn gives a protocol.
    """

    def __init__(self, settings: ServerSettings, **keywords):
        super().__init__(**keywords)
        self._settings = settings
        self.waits_since: float | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._reader_timer: asyncio.TimerHandle | None = None

    # === What asyncio and uvicorn call ===

    def connection_made(self, transport) -> None:
        """Takes a connection, or another one's place."""
        super().connection_made(transport)
        self._watch_head()
        if len(self.connections) > self._settings.max_connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets a connection."""
        super().connection_lost(exc)
        self._stop_head_timer()
        self.resume_writing()

    def handle_events(self) -> None:
        """Reads what has come."""
        super().handle_events()
        self._watch_head()

    def on_response_complete(self) -> None:
        """Goes on to the next request."""
        super().on_response_complete()
        self._watch_head()

    def send_400_response(self, msg: str) -> None:
        """Answers what breaks the rules of HTTP, with a reason."""
        refused = Refused(400, f"{msg} Expected one of HTTP/1.1.")
        # Not in the middle of an answer; one to HEAD has no body.
        state = self.conn.our_state
        is_due = state is h11.IDLE or (
            state is h11.SEND_RESPONSE and self.scope["method"] != "HEAD"
        )
        self._hang_up(refused if is_due else None)

    def timeout_keep_alive_handler(self) -> None:
        """Ends a connection that is idle, whatever it has not taken."""
        super().timeout_keep_alive_handler()
        self.loop.call_later(_CHECK_OF_READER_S, self.transport.abort)

    def pause_writing(self) -> None:
        """Watches how the client takes what waits for it."""
        super().pause_writing()
        self._watch_reader(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Watches no longer."""
        super().resume_writing()
        if self._reader_timer is not None:
            self._reader_timer.cancel()

    # === What is watched ===

    def _watch_head(self) -> None:
        """Starts a clock where a request is waited for, and stops it after."""
        is_answered = self.cycle is not None and self.cycle.response_complete
        is_due = self.conn.their_state is h11.IDLE or (
            self.conn.their_state is h11.SEND_BODY and is_answered
        )
        if not is_due or self.transport.is_closing():
            self._stop_head_timer()
        elif self.waits_since is None:
            self.waits_since = self.loop.time()
            self._head_timer = self.loop.call_later(
                self._settings.header_timeout_s, self._give_up_waiting
            )

    def _stop_head_timer(self) -> None:
        self.waits_since = None
        if self._head_timer is not None:
            self._head_timer.cancel()

    def _give_up_waiting(self) -> None:
        self._close(
            Refused(
                408,
                "The head of the request did not arrive within "
                f"{self._settings.header_timeout_s:g} s.",
            )
        )

    def _make_room(self) -> None:
        """Closes the connection that has waited longest, or this one."""
        waiting = [
            connection
            for connection in self.connections
            if isinstance(connection, WatchedProtocol)
            and connection.waits_since is not None
        ]
        busy = Refused(503, "There are too many connections. Try again later.")
        # This one is among them, the last.
        min(waiting, key=lambda c: c.waits_since or 0.0)._close(busy)

    def _close(self, refused: Refused) -> None:
        """Says why, where a request was begun and not answered; hangs up.

        Who has sent nothing yet might take the reason for the answer to what
        it sends next.
        """
        is_begun = bool(self.conn.trailing_data[0])
        is_due = self.conn.our_state is h11.IDLE and is_begun
        self._hang_up(refused if is_due else None)

    def _hang_up(self, refused: Refused | None) -> None:
        """Closes the connection, after an answer if there is one."""
        self._stop_head_timer()
        if refused is not None:
            self._answer(refused)
        self.connections.discard(self)  # its place is free from now on
        self.transport.close()
        self.loop.call_later(_CHECK_OF_READER_S, self.transport.abort)

    def _answer(self, refused: Refused) -> None:
        body = json.dumps(refused.content).encode("ascii")
        answer = h11.Response(
            status_code=refused.status,
            headers=[
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
                ("Connection", "close"),
            ],
        )
        events = (answer, h11.Data(data=body), h11.EndOfMessage())
        parts = [self.conn.send(event) or b"" for event in events]
        self.transport.write(b"".join(parts))

    def _watch_reader(self, num_waiting: int) -> None:
        self._reader_timer = self.loop.call_later(
            _CHECK_OF_READER_S, self._check_reader, num_waiting
        )

    def _check_reader(self, num_before: int) -> None:
        """Hangs up on a client that takes its answer too slowly."""
        num_waiting = self.transport.get_write_buffer_size()
        least = self._settings.min_bytes_per_s * _CHECK_OF_READER_S
        if num_before - num_waiting < least:
            self.transport.abort()
        else:
            self._watch_reader(num_waiting)
