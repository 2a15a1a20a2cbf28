"""Lambda's side of a function: its Runtime API on this machine.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, version
2018-06-01, as far as a Python function sees it.
"""

import contextlib
import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer

_PREFIX = "/2018-06-01/runtime"


class RuntimeApi:
    """Hands out events and takes answers.

    Attributes:
        address: "host:port", for `AWS_LAMBDA_RUNTIME_API`.
    """

    def __init__(self, address):
        self.address = address
        self.events = queue.Queue()
        self.answers = queue.Queue()

    def invoke(self, event, timeout=30):
        """Gives one event to the function.

        Returns:
            Pair of "response" or "error", and what came with it.
        """
        self.events.put(event)
        return self.answers.get(timeout=timeout)


@contextlib.contextmanager
def running():
    """Runs a server in a thread; gives its `RuntimeApi`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.block_on_close = False  # a function waits for its next event
    server.api = RuntimeApi(f"127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path != f"{_PREFIX}/invocation/next":
            return self._send(404, b"")
        event = self.server.api.events.get()
        deadline_ms = int(time.time() * 1000) + 60_000
        self._send(
            200,
            json.dumps(event).encode(),
            {
                "Lambda-Runtime-Aws-Request-Id": f"request-{id(event)}",
                "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:x",
            },
        )

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.path.removeprefix(f"{_PREFIX}/").split("/")
        # invocation/<id>/response, invocation/<id>/error, or init/error
        name = kind[-1] if kind[0] == "invocation" else "init error"
        self._send(202, b'{"status": "OK"}')
        self.server.api.answers.put((name, json.loads(body)))

    def _send(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass
