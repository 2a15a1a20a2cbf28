"""Random requests and damaged photos: refused, never a failure."""

import random

import numpy as np
import pytest

from keras_colorize.errors import PhotoError
from keras_colorize.serving.images.read import read_photo
from tests.helpers import textured_photo
from tests.serving.http.conftest import serving
from tests.serving.photo_bytes import encode
from tests.serving.photo_bytes import exif_bytes

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP", "AVIF")


@pytest.fixture(scope="module")
def small(catalog):
    # A damaged header may ask for many pixels.
    with serving(catalog, max_pixels=200_000) as client:
        yield client


# === Requests made up from the description of the server ===


def send_made_up_requests(client, path, method, mode, num_examples):
    """Sends what fits /openapi.json ("positive"), or does not ("negative").

    Returns:
        The statuses of the answers.
    """
    import hypothesis
    import schemathesis

    description = client.get("/openapi.json").json()
    operation = schemathesis.openapi.from_dict(description)[path][method]
    mode = schemathesis.GenerationMode(mode)
    statuses = []

    @hypothesis.settings(
        max_examples=num_examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def check(case):
        response = case.call(base_url=str(client.base_url))
        statuses.append(response.status_code)
        assert response.status_code < 500, response.text
        if response.status_code >= 400:
            assert response.json()["reason"]

    check()
    return statuses


ENDPOINTS = [
    ("/health", "GET", "positive"),
    ("/ready", "GET", "positive"),
    ("/v1/models", "GET", "positive"),
    ("/v1/colorize", "POST", "positive"),
    ("/v1/colorize", "POST", "negative"),
    ("/colorized", "POST", "positive"),
    ("/colorized", "POST", "negative"),
]


@pytest.mark.parametrize(("path", "method", "mode"), ENDPOINTS)
def test_made_up_requests_get_an_answer_or_a_reason(small, path, method, mode):
    pytest.importorskip("schemathesis", reason="part of the dev extra")
    statuses = send_made_up_requests(small, path, method, mode, 12)
    if method == "GET":
        assert set(statuses) == {200}
    else:  # among bodies of any bytes there is a whole JPEG
        assert 422 in statuses
        assert 200 not in statuses or path == "/v1/colorize"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "method", "mode"), [e for e in ENDPOINTS if e[1] == "POST"]
)
def test_many_made_up_requests(small, path, method, mode):
    pytest.importorskip("schemathesis", reason="part of the dev extra")
    statuses = send_made_up_requests(small, path, method, mode, 500)
    assert max(statuses) < 500


# === Damaged photos ===


def damaged(data, rng):
    """Bytes overwritten, cut out, put in, or the end cut off."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 20))):
        at = rng.randrange(max(1, len(data)))
        kind = rng.randrange(4)
        if kind == 0 and data:
            data[at] = rng.randrange(256)
        elif kind == 1:
            del data[at : at + rng.randrange(1, 9)]
        elif kind == 2:
            data[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif len(data) > 16:
            del data[max(8, at) :]
    return bytes(data)


def send_damaged_photos(client, format, number):
    options = {"exif": exif_bytes(Orientation=6, Artist="Grandmother")}
    if format in ("GIF", "BMP"):
        options = {}
    photo = encode(textured_photo(24, 36), format, **options)
    rng = random.Random(format)
    statuses = []
    for _ in range(number):
        response = client.post(
            "/v1/colorize", files={"photo": ("a", damaged(photo, rng))}
        )
        assert response.status_code in (200, 413, 422), response.text
        if response.status_code != 200:
            assert response.json()["reason"]
        statuses.append(response.status_code)
    return statuses


@pytest.mark.parametrize("format", FORMATS)
def test_damaged_photos_get_an_answer_or_a_reason(small, format):
    assert 422 in send_damaged_photos(small, format, 15) or format == "BMP"


@pytest.mark.parametrize("format", FORMATS)
def test_whatever_decoders_raise_becomes_a_reason(format):
    photo = encode(textured_photo(24, 36), format)
    rng = random.Random(format)
    refused = 0
    for _ in range(150):
        try:
            read_photo(damaged(photo, rng), max_pixels=200_000)
        except PhotoError:
            refused += 1
    assert refused > 10


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_many_damaged_photos(small, format):
    send_damaged_photos(small, format, 1000)


@pytest.mark.parametrize("seed", range(4))
def test_noise_is_no_photo(small, seed):
    noise = np.random.default_rng(seed).bytes(10 ** (seed + 1))
    response = small.post("/v1/colorize", files={"photo": ("a", noise)})
    assert response.status_code == 422
