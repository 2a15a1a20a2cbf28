"""What the server refuses before it works: key, queue, size and time."""

import contextlib
import json
import socket
import time

import httpx
import numpy as np
import pytest

from keras_colorize import colorize
from keras_colorize.serving.http import connections
from tests.serving.http.conftest import serving
from tests.serving.photo_bytes import encode


def reason_of(response, status):
    assert response.status_code == status, response.text
    return response.json()["reason"]


def post(client, photo, **options):
    return client.post("/v1/colorize", files={"photo": photo}, **options)


# === API key ===


@pytest.fixture(scope="module")
def locked(catalog):
    with serving(catalog, api_key="open sesame") as client:
        yield client


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer nix", "open sesame", "Basic open sesame"],
)
def test_without_the_key_nothing_is_done(locked, png, header):
    headers = {} if header is None else {"Authorization": header}
    response = post(locked, png, headers=headers)
    assert "Bearer KEY" in reason_of(response, 401)
    assert response.headers["www-authenticate"] == "Bearer"
    assert reason_of(locked.get("/v1/models", headers=headers), 401)
    json_body = {"image": "x"}
    response = locked.post("/colorized", json=json_body, headers=headers)
    assert reason_of(response, 401)


def test_key_in_other_bytes_is_refused(locked):
    headers = {b"Authorization": b"Bearer \xff\xfe"}
    assert reason_of(locked.get("/v1/models", headers=headers), 401)


def test_with_the_key_all_is_as_without(locked, png, model_paths):
    headers = {"Authorization": "Bearer open sesame"}
    response = post(locked, png, headers=headers)
    assert response.content == colorize(png, model=model_paths[0])
    assert locked.get("/v1/models", headers=headers).status_code == 200


def test_page_and_health_need_no_key(locked):
    for path in ("/", "/web/main.js", "/health", "/openapi.json"):
        assert locked.get(path).status_code == 200


# === Size ===


@pytest.fixture(scope="module")
def small(catalog):
    with serving(
        catalog, max_body_bytes=50_000, upload_timeout_s=1.0
    ) as client:
        yield client


def test_endless_bodies_are_cut_off(small):
    sent = []

    def body():
        while True:
            sent.append(1)
            yield bytes(10_000)

    headers = {"content-type": "application/json"}
    with contextlib.suppress(httpx.TransportError):  # it hangs up
        response = small.post("/colorized", content=body(), headers=headers)
        assert response.status_code == 413
    # Twice the limit, and what the system holds on the way.
    assert len(sent) < 2000
    assert small.get("/health").json()["accepted"] == 0


# === Time and queue ===


@contextlib.contextmanager
def unfinished_upload(client, length=40_000):
    """A client that says how much it will send, and does not."""
    address = (client.base_url.host, client.base_url.port)
    with socket.create_connection(address) as connection:
        connection.sendall(
            b"POST /v1/colorize HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n"
            b"Content-Length: %d\r\n\r\n--x\r\n" % length
        )
        yield connection


def wait_for_accepted(client, number):
    for _ in range(200):
        if client.get("/health").json()["accepted"] == number:
            return
        time.sleep(0.02)
    pytest.fail(f"never {number} accepted")


def test_slow_uploads_are_given_up(small):
    with unfinished_upload(small) as connection:
        connection.settimeout(20)
        answer = b""
        while chunk := connection.recv(4096):  # until it hangs up
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive within 1 s" in answer
    wait_for_accepted(small, 0)


def test_uploads_below_the_least_rate_are_given_up(catalog):
    limits = {"upload_grace_s": 0.2, "min_bytes_per_s": 1e6}
    with serving(catalog, **limits) as client:
        with unfinished_upload(client) as connection:
            connection.settimeout(10)
            begin = time.monotonic()
            answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - begin < 5  # and not after upload_timeout_s


def test_slow_uploads_take_no_place_of_work(catalog, png, model_paths):
    with serving(catalog, queue_size=0) as client:
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                stack.enter_context(unfinished_upload(client))
            assert client.get("/health").json()["accepted"] == 0
            response = post(client, png)
            assert response.content == colorize(png, model=model_paths[0])


def test_one_address_has_a_share_of_the_uploads(catalog, png):
    limits = {"max_uploads": 3, "max_uploads_per_client": 2}
    with serving(catalog, **limits) as client:
        with unfinished_upload(client), unfinished_upload(client):
            time.sleep(0.2)
            response = post(client, png)
            assert "2 places of one address" in reason_of(response, 429)
            assert response.headers["retry-after"] == "1"
            time.sleep(1.0)  # those that send nothing have had their time
            assert post(client, png).status_code == 200


def test_full_server_refuses_before_a_body_is_read(
    catalog, png, model_paths, monkeypatch
):
    with serving(catalog, queue_size=1) as client:
        pool = client.server.config.app.state.pool
        with monkeypatch.context() as patch:
            patch.setattr(pool, "num_accepted", 2)
            response = post(client, png)
            assert "All 2 places" in reason_of(response, 429)
            assert 1 <= int(response.headers["retry-after"]) <= 60
            json_response = client.post("/colorized", json={"image": "x"})
            assert reason_of(json_response, 429)
        assert post(client, png).content == colorize(png, model=model_paths[0])


def test_half_sent_heads_are_given_up(catalog):
    with serving(catalog, header_timeout_s=0.3) as client:
        address = (client.base_url.host, client.base_url.port)
        with socket.create_connection(address) as connection:
            connection.settimeout(10)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: loc")
            answer = connection.recv(4096)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"did not arrive within 0.3 s" in answer
        with socket.create_connection(address) as connection:
            connection.settimeout(10)
            assert connection.recv(4096) == b""  # it was asked nothing


@pytest.mark.parametrize(
    "sent",
    [
        b"Dear grandmother,\r\n\r\n",
        b"POST /v1/preview HTTP/1.1\r\nHost: localhost\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nno length\r\n",
    ],
)
def test_what_is_no_http_is_refused_as_json(client, sent):
    address = (client.base_url.host, client.base_url.port)
    with socket.create_connection(address) as connection:
        connection.settimeout(10)
        connection.sendall(sent)
        with connection.makefile("rb") as file:
            head, _, body = file.read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nContent-Type: application/json\r\n" in head
    reason = "Invalid HTTP request received. Expected one of HTTP/1.1."
    assert json.loads(body) == {"reason": reason}


def test_bodies_that_nobody_asked_for_are_given_up(catalog):
    with serving(catalog, header_timeout_s=0.3) as client:
        address = (client.base_url.host, client.base_url.port)
        with socket.create_connection(address) as connection:
            connection.settimeout(10)
            connection.sendall(
                b"POST /nix HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Length: 9000\r\n\r\n"
            )
            assert connection.recv(4096).startswith(b"HTTP/1.1 404 ")
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for _ in range(100):  # keeps it busy with a byte at a time
                    connection.sendall(b"a")
                    time.sleep(0.02)
                pytest.fail("the connection stayed open")


def test_new_connections_take_the_place_of_silent_ones(catalog):
    with serving(catalog, max_connections=5) as client:
        address = (client.base_url.host, client.base_url.port)
        with contextlib.ExitStack() as stack:
            silent = [
                stack.enter_context(socket.create_connection(address))
                for _ in range(9)
            ]
            assert httpx.get(f"{client.base_url}/health").status_code == 200
            silent[0].settimeout(10)
            assert silent[0].recv(4096) == b""


def test_clients_that_take_no_answer_are_given_up(catalog, monkeypatch):
    monkeypatch.setattr(connections, "_CHECK_OF_READER_S", 0.3)
    noise = np.random.default_rng(0).integers(0, 256, (900, 1200, 3), np.uint8)
    with serving(catalog) as client:
        request = client.build_request(
            "POST", "/v1/colorize", files={"photo": encode(noise, "BMP")}
        )
        head = "".join(f"{k}: {v}\r\n" for k, v in request.headers.items())
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect((client.base_url.host, client.base_url.port))
            connection.sendall(f"POST /v1/colorize HTTP/1.1\r\n{head}".encode())
            connection.sendall(b"\r\n" + request.read())
            state = client.server.server_state
            for _ in range(500):
                time.sleep(0.02)
                if not state.connections and state.total_requests:
                    return
            pytest.fail("the connection stayed open")
