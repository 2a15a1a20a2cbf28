"""The server under clients that mean no good; an honest one is answered."""

import concurrent.futures
import contextlib
import os
import random
import signal
import socket
import time

import httpx
import numpy as np
import psutil
import pytest

from keras_colorize.errors import SettingError
from keras_colorize.serving.http.settings import ServerSettings
from tests.helpers import textured_photo
from tests.serving.http import test_process
from tests.serving.http.conftest import serving
from tests.serving.http.test_fuzz import FORMATS
from tests.serving.http.test_fuzz import damaged
from tests.serving.photo_bytes import encode

pytestmark = pytest.mark.slow
SOON_S = 2.0
HEAD = (
    b"POST /v1/colorize HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png"
)


def post(client, photo, **options):
    return client.post("/v1/colorize", files={"photo": photo}, **options)


def connected(client, stack, sent):
    address = (client.base_url.host, client.base_url.port)
    connection = stack.enter_context(socket.create_connection(address))
    connection.sendall(sent)
    return connection


def is_closed_within(connection, seconds):
    """Whether the server hangs up in time, with or without a word."""
    deadline = time.monotonic() + seconds
    with contextlib.suppress(OSError):
        while (left := deadline - time.monotonic()) > 0:
            connection.settimeout(left)
            if not connection.recv(65536):
                return True
        return False
    return time.monotonic() < deadline


def is_answered_soon(client, photo):
    begin = time.monotonic()
    answer = httpx.post(
        f"{client.base_url}/v1/colorize", files={"photo": photo}, timeout=30
    )
    return answer.status_code == 200 and time.monotonic() - begin < SOON_S


@pytest.fixture
def client(catalog, png):
    """Of a server with the default limits, which has loaded its model."""
    with serving(catalog) as client:
        assert post(client, png).status_code == 200
        yield client


def test_half_sent_heads(trials, client, png):
    """Half-sent heads of requests, beside an honest client."""
    with contextlib.ExitStack() as stack:
        half = [connected(client, stack, HEAD) for _ in range(64)]
        answers = [is_answered_soon(client, png) for _ in range(5)]
        begin = time.monotonic()
        for connection in half:
            left = begin + 12 - time.monotonic()
            is_closed = is_closed_within(connection, left)
            trials.add(is_closed and all(answers), answers)


def test_slow_uploads(trials, client, png):
    """Slow uploads, beside an honest client."""
    with contextlib.ExitStack() as stack:
        start = HEAD + b"\r\nContent-Length: 900000\r\n\r\n"
        slow = [connected(client, stack, start) for _ in range(20)]
        answers = [is_answered_soon(client, png)]
        for _ in range(3):  # a byte now and then
            for connection in slow:
                with contextlib.suppress(OSError):
                    connection.send(b"a")
            answers.append(is_answered_soon(client, png))
            time.sleep(0.5)
        begin = time.monotonic()
        for connection in slow:
            left = begin + 15 - time.monotonic()
            is_closed = is_closed_within(connection, left)
            trials.add(is_closed and all(answers), answers)


def test_both_at_once(trials, client, png):
    """Half-sent heads and slow uploads together."""
    with contextlib.ExitStack() as stack:
        for _ in range(64):
            connected(client, stack, HEAD)
        for _ in range(20):
            connected(
                client, stack, HEAD + b"\r\nContent-Length: 900000\r\n\r\n"
            )
        for _ in range(10):
            trials.add(is_answered_soon(client, png))


def test_silent_connections(trials, client, png):
    """More connections than there are places."""
    with contextlib.ExitStack() as stack:
        for number in range(400):
            connected(client, stack, b"")
            if number % 20 == 0:
                trials.add(is_answered_soon(client, png), number)


def test_bodies_that_nobody_reads(trials, client):
    """Endless bodies for paths that read none."""
    with contextlib.ExitStack() as stack:
        endless = []
        for path in (b"/nix", b"/health", b"/", b"/web/main.js", b"/ready") * 2:
            start = b"POST %s HTTP/1.1\r\nHost: localhost\r\n" % path
            start += b"Transfer-Encoding: chunked\r\n\r\n"
            endless.append(connected(client, stack, start))
        deadline = time.monotonic() + 20
        while endless and time.monotonic() < deadline:
            for connection in [*endless]:
                try:
                    connection.sendall(b"1\r\na\r\n")
                except OSError:
                    endless.remove(connection)
                    trials.add(True)
            time.sleep(0.1)
        for _ in endless:
            trials.add(False, "still open")


def test_names_and_origins(trials, client, png):
    """Names and origins of other sites."""
    port = client.base_url.port
    names = [
        *("evil.example", f"evil.example:{port}", "0.0.0.0", "10.0.0.1"),
        *("127.0.0.1.evil.example", "localhost.evil.example", "[::2]", ""),
        *("127.0.0.1@evil.example", "localhost:x", "::1", "127.0.0.1, a"),
    ]
    for name in names:
        answer = post(client, png, headers={"Host": name})
        trials.add(answer.status_code == 403, name)
    origins = [
        *("https://evil.example", "null", "", f"http://evil.example:{port}"),
        *("http://127.0.0.1", "http://127.0.0.1:1", "http://localhost:3000"),
        *("file://", "http://[", f"http://127.0.0.1:{port}.evil.example"),
        *(f"http://127.0.0.1:{port}@evil.example", "chrome-extension://a"),
    ]
    for origin in origins:
        answer = post(client, png, headers={"Origin": origin})
        trials.add(answer.status_code == 403, origin)
    for site in ("cross-site", "same-site", "x"):
        answer = post(client, png, headers={"Sec-Fetch-Site": site})
        trials.add(answer.status_code == 403, site)
    trials.add(post(client, png).status_code == 200)


def test_keys(trials, catalog, png):
    """Keys that are empty, none, or nearly right."""
    for key in ("", " ", "\n", "\r\n", "\t", "a\nb", "a\x00b", "ä", "\ud800"):
        try:
            ServerSettings(api_key=key)
            trials.add(False, key)
        except SettingError:
            trials.add(True)
    with serving(catalog, api_key="open sesame\n") as client:
        for header in (
            *(
                None,
                "",
                "Bearer",
                "Bearer open",
                "Basic open sesame",
            ),
            *("open sesame", "Bearer open  sesame", "Bearer Open Sesame"),
            *("Bearer open sesame1", "Bearer open\tsesame", "Bearer \xff"),
        ):
            headers = [] if header is None else [("Authorization", header)]
            headers = [(k, v.encode("latin-1")) for k, v in headers]
            answer = post(client, png, headers=headers)
            trials.add(answer.status_code == 401, header)
        right = {"Authorization": "bearer open sesame"}
        trials.add(post(client, png, headers=right).status_code == 200)


def test_sizes(trials, client):
    """Photos and bodies that are too large or of an odd shape."""
    for height, width in (
        *((1, 33), (33, 1), (1, 20_000), (20_000, 1), (1, 60_000), (2, 65)),
        *((10_001, 10_000), (14_000, 14_000)),
        *((20_000, 5_001), (400, 12_801)),
    ):
        photo = encode(np.zeros((height, width), np.uint8), "PNG")
        begin = time.monotonic()
        answer = post(client, photo)
        is_soon = time.monotonic() - begin < 10
        trials.add(
            answer.status_code == 413
            and is_soon
            and "--max-pixels" not in answer.text,
            (height, width, answer.text),
        )
    for size in (64 * 2**20 + 1, 72 * 2**20):
        headers = {"content-type": "image/png"}
        answer = client.post(
            "/v1/colorize", content=bytes(size), headers=headers
        )
        trials.add(answer.status_code == 413, size)


def test_damaged_photos(trials, client):
    """Damaged photos."""
    rng = random.Random(0)
    for format in FORMATS:
        photo = encode(textured_photo(24, 36), format)
        for _ in range(20):
            answer = post(client, damaged(photo, rng))
            trials.add(answer.status_code in (200, 413, 422), answer.text[:99])


def test_killed_workers(trials, client, png):
    """Workers that are killed while they are idle."""
    for _ in range(20):
        for child in psutil.Process().children(recursive=True):
            if "anyio" in " ".join(child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)
        trials.add(post(client, png).status_code == 200)


def test_clients_that_leave(trials, client, png):
    """Clients that leave in the middle of a request."""
    request = client.build_request("POST", "/v1/colorize", files={"photo": png})
    head = "".join(f"{k}: {v}\r\n" for k, v in request.headers.items())
    whole = f"POST /v1/colorize HTTP/1.1\r\n{head}\r\n".encode()
    whole += request.read()
    for part in range(20):
        with contextlib.ExitStack() as stack:
            connected(client, stack, whole[: len(whole) * part // 19])
        trials.add(is_answered_soon(client, png))
    deadline = time.monotonic() + 10
    while client.get("/health").json()["accepted"]:
        assert time.monotonic() < deadline


def test_many_requests(trials, model_paths, png):
    """Hundreds of requests, with flat memory."""
    process, url = test_process.start(model_paths)
    family = psutil.Process(process.pid)

    def send(number):
        photo = png if number % 10 else b"no photo"
        path = "/v1/colorize" if number % 3 else "/v1/models"
        with httpx.Client(base_url=url, timeout=60) as client:
            if number % 3 == 0:
                return client.get(path).status_code == 200
            status = post(client, photo).status_code
            return status in (200 if number % 10 else 422, 429)

    def memory_mib():
        members = [family, *family.children(recursive=True)]
        return sum(p.memory_info().rss for p in members) / 2**20

    try:
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            for result in threads.map(send, range(500)):
                trials.add(result)
            early = memory_mib()
            for result in threads.map(send, range(1500)):
                trials.add(result)
        late = memory_mib()
        print(f"memory in MiB after 500: {early:.0f}, after 2,000: {late:.0f}")
        assert late < early + 20
    finally:
        test_process.stop(process)
