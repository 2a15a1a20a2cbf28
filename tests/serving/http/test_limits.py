"""What the server refuses before it works: key, queue, size and time."""

import contextlib
import socket
import time

import httpx
import pytest

from keras_colorize import colorize
from tests.serving.http.conftest import serving


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
            b"POST /v1/colorize HTTP/1.1\r\nHost: x\r\n"
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


def test_full_server_says_when_to_come_again(catalog, png, model_paths):
    with serving(catalog, queue_size=1) as client:
        with unfinished_upload(client), unfinished_upload(client):
            wait_for_accepted(client, 2)
            response = post(client, png)
            assert "All 2 places" in reason_of(response, 429)
            assert 1 <= int(response.headers["retry-after"]) <= 60
            json_response = client.post("/colorized", json={"image": "x"})
            assert reason_of(json_response, 429)
        wait_for_accepted(client, 0)  # whoever leaves gives the place back
        assert post(client, png).content == colorize(png, model=model_paths[0])
