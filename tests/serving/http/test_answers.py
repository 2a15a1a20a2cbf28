"""What clients see of the server, to the letter: status, headers, JSON."""

import base64

import anyio
import pytest

from keras_colorize import colorize
from tests.helpers import textured_photo
from tests.serving.http.conftest import serving
from tests.serving.photo_bytes import encode

JSON = {"content-type": "application/json"}
SAFE = {
    "content-security-policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
FORM = {"content-type": "multipart/form-data; boundary=x"}
PHOTO_FIELD = (
    b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
)
PNG = encode(textured_photo(40, 56), "PNG")
RED = '{"x": 1, "y": 1, "radius": 1, "color": "red"}'


def seen(response):
    """Status, headers without date and length, and JSON of an answer."""
    headers = dict(response.headers)
    del headers["date"], headers["content-length"], headers["x-request-id"]
    return response.status_code, headers, response.json()


def refused(status, reason, **headers):
    return status, JSON | SAFE | headers, {"reason": reason}


def post(client, photo=PNG, **fields):
    files = {"photo": ("old photo.png", photo)}
    return client.post("/v1/colorize", files=files, data=fields)


def post_as(content_type, content, path="/v1/colorize"):
    headers = {"content-type": content_type}
    return lambda c: c.post(path, content=content, headers=headers)


# === Photos ===


def test_photo_files_have_these_headers(client, png, model_paths):
    response = post(client)
    headers = dict(response.headers)
    assert int(headers.pop("content-length")) == len(response.content)
    del headers["date"], headers["x-request-id"]
    assert (response.status_code, headers) == (
        200,
        SAFE
        | {
            "content-type": "image/png",
            "content-disposition": "inline; "
            "filename*=UTF-8''old%20photo.colorized.png",
            "x-colorize-model": "tiny; weights=tiny.test; version=3",
            "x-colorize-notes": "[]",
        },
    )
    assert response.content == colorize(png, model=model_paths[0])


def test_image_strings_are_json_of_one_key(client, png, model_paths):
    expected = base64.b64encode(colorize(png, model=model_paths[0])).decode()
    image = {"image": base64.b64encode(png).decode()}
    response = client.post("/colorized", json=image)
    assert seen(response) == (200, JSON | SAFE, {"image": expected})


# === Refusals ===

OF_FORMS = {
    "strength": (
        {"strength": "11"},
        "strength: Input should be less than or equal to 10. Received: 11.",
    ),
    "temperature": (
        {"model": "hinted", "temperature": "0.5"},
        "hinted.test takes no temperature; only classification models do. "
        "Received: temperature=0.5. Leave it out.",
    ),
    "model": (
        {"model": "nix"},
        "`model` must be one of this server's: tiny, hinted. Received: "
        "model='nix'.",
    ),
    "hints": (
        {"hints": "{"},
        "`hints` must be a JSON list of hints. Received: Expecting property "
        "name enclosed in double quotes: line 1 column 2 (char 1).",
    ),
    "many hints": (
        {"model": "hinted", "hints": f"[{', '.join([RED] * 501)}]"},
        "`hints` must be at most 500. Received: 501.",
    ),
    "hint outside": (
        {"model": "hinted", "hints": f"[{RED.replace('1', '99')}]"},
        "Hint 1 lies outside the photo of 56x40 pixels. Expected x from 0 to "
        "below 56 and y from 0 to below 40, in the upright photo. Received: "
        "x=99, y=99.",
    ),
    "unknown option": (
        {"strengh": "1"},
        "strengh: Extra inputs are not permitted. Received: 1.",
    ),
    "cut photo": (
        {"photo": PNG[:-200]},
        "The input is damaged or cut short (image file is truncated). Expected "
        "a complete photo file; copy it again from where it came from.",
    ),
}
OF_REQUESTS = {
    "unknown path": (
        lambda c: c.get("/nix"),
        404,
        "Not Found: GET /nix. /openapi.json lists what there is.",
    ),
    "empty form": (
        lambda c: c.post("/v1/colorize"),
        422,
        "photo: Field required. Received: nothing.",
    ),
    "no form": (
        post_as("text/plain", b"a"),
        422,
        "Expected a form of the type multipart/form-data, as `curl -F "
        "photo=@old.jpg` sends it. Received: text/plain.",
    ),
    "bare option": (
        post_as("image/png", PNG, "/v1/colorize?strength=11"),
        422,
        "`strength` must be from 0 to 10 (1 is what the model predicts). "
        "Received: strength=11.0.",
    ),
    "bare options": (
        post_as("image/png", PNG, "/v1/colorize?strength=1&strength=2"),
        422,
        "strength: Expected one. Received: 2.",
    ),
    "two photos": (
        lambda c: c.post("/v1/colorize", files=[("photo", ("a", b"a"))] * 2),
        422,
        "photo: Expected one. Received: 2. Send a request for each photo.",
    ),
    "type": (
        post_as("text/plain", b"a", "/colorized"),
        415,
        "Expected Content-Type: application/json. Received: text/plain. Files "
        "go to POST /v1/colorize.",
    ),
    "no JSON": (
        post_as("application/json", b"{", "/colorized"),
        422,
        'The body must be JSON, {"image": "<base64 of a photo file>"}. '
        "Received: JSONDecodeError: Expecting property name enclosed in double "
        "quotes: line 1 column 2 (char 1).",
    ),
    "other keys": (
        lambda c: c.post("/colorized", json={"image": "", "model": 1}),
        422,
        'The body must be {"image": "<base64 of a photo file>"} and nothing '
        "else. Options are in the address (?look=…). Received: an object with "
        "the keys ['image', 'model'].",
    ),
    "no base64": (
        lambda c: c.post("/colorized", json={"image": "/etc/passwd"}),
        422,
        "`image` must be the base64 of a photo file, with or without "
        "data:…;base64, before it. Received: 11 characters (Incorrect "
        "padding).",
    ),
}


@pytest.mark.parametrize(("fields", "reason"), OF_FORMS.values(), ids=OF_FORMS)
def test_forms_are_refused_with_these_words(client, fields, reason):
    assert seen(post(client, **fields)) == refused(422, reason)


@pytest.mark.parametrize(
    ("send", "status", "reason"), OF_REQUESTS.values(), ids=OF_REQUESTS
)
def test_requests_are_refused_with_these_words(client, send, status, reason):
    assert seen(send(client)) == refused(status, reason)


def test_formats_that_can_be_asked_for_are_listed(client):
    formats = client.get("/v1/models").json()["formats"]
    *most, last = [f"'{name}'" for name in formats]
    assert seen(post(client, format="exe")) == refused(
        422,
        f"format: Input should be {', '.join(most)} or {last}. Received: exe.",
    )


def test_methods_are_refused_with_those_there_are(client):
    assert seen(client.get("/v1/colorize")) == refused(
        405,
        "Method Not Allowed: GET /v1/colorize. /openapi.json lists what there "
        "is.",
        allow="POST",
    )


# === Limits ===


@pytest.fixture(scope="module")
def limited(catalog):
    limits = {"max_body_bytes": 5000, "max_pixels": 2000}
    with serving(catalog, api_key="key", **limits) as client:
        assert seen(client.get("/v1/models")) == refused(
            401,
            "This server asks for a key: send the header `Authorization: "
            "Bearer KEY`.",
            **{"www-authenticate": "Bearer"},
        )
        client.headers["Authorization"] = "Bearer key"
        yield client


@pytest.mark.parametrize(
    ("path", "headers", "start"),
    [("/v1/colorize", FORM, PHOTO_FIELD), ("/colorized", JSON, b'{"image": "')],
)
def test_large_requests_are_refused_alike_before_and_while_they_come(
    limited, path, headers, start
):
    def in_pieces():  # of no declared length
        yield start
        yield from [bytes(1000)] * 6

    for content in (bytes(5001), in_pieces()):
        response = limited.post(path, content=content, headers=headers)
        assert seen(response) == refused(
            413,
            "A request may have at most 5000 bytes. Shrink the photo, or save "
            "it as JPEG.",
        )


def test_large_photos_are_refused_with_their_size(limited):
    black = encode(textured_photo(40, 56) // 255, "PNG")
    assert seen(post(limited, black)) == refused(
        413,
        "The photo is too large: expected at most 2000 pixels (a guard against "
        "decompression bombs). Received: 2240 pixels. Shrink or crop it, then "
        "send it again.",
    )
    strip = encode(textured_photo(33, 1), "PNG")
    assert seen(post(limited, strip)) == refused(
        413,
        "The photo is too large: expected a side at most 32 times the other. "
        "Received: 1x33 pixels. Shrink or crop it, then send it again.",
    )


def test_full_server_names_a_time(catalog, monkeypatch):
    with serving(catalog, queue_size=1) as client:
        pool = client.server.config.app.state.pool
        monkeypatch.setattr(pool, "num_accepted", 2)
        reason = "All 2 places of this server are taken. Try again in a moment."
        expected = refused(429, reason, **{"retry-after": "2"})
        assert seen(post(client)) == expected


def test_photo_that_takes_too_long_is_refused(catalog):
    with serving(catalog, job_timeout_s=1e-4) as client:
        assert seen(post(client)) == refused(
            503,
            "The photo took longer than 0.0001 s. Shrink it, or try again when "
            "the server is less busy.",
            **{"retry-after": "1"},
        )


# === Failures ===

FAILURES = {
    "memory": (
        MemoryError("no more"),
        refused(413, "Out of memory: no more. Shrink the photo."),
    ),
    "worker": (
        anyio.BrokenWorkerProcess(),
        refused(
            500,
            "The process that worked on this photo died, perhaps for lack of "
            "memory. Another one takes its place; try a smaller photo.",
        ),
    ),
    "bug": (
        RuntimeError("a bug"),
        # Answered outside of what adds the headers of the page.
        (
            500,
            JSON,
            {"reason": "The server failed on this request. Its log says why."},
        ),
    ),
}


@pytest.mark.parametrize(("error", "answer"), FAILURES.values(), ids=FAILURES)
def test_failures_are_told_without_their_insides(
    client, monkeypatch, error, answer
):
    async def run(*_, **__):
        raise error

    monkeypatch.setattr(client.server.config.app.state.pool, "run", run)
    assert seen(post(client)) == answer
