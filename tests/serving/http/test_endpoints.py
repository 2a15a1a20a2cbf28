"""What the endpoints do with good requests, and say to bad ones."""

import base64
import io
import json
import urllib.parse

import numpy as np
import pytest
from PIL import Image

from keras_colorize import __version__
from keras_colorize import colorize
from keras_colorize.hints import Hint
from keras_colorize.serving.http import gate
from keras_colorize.serving.http import routes
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.options import MAX_STRENGTH
from keras_colorize.serving.web_api.requests import OPTION_NAMES
from tests.helpers import textured_photo
from tests.serving.photo_bytes import encode
from tests.serving.photo_bytes import exif_bytes


def post(client, photo, name="old photo.png", **fields):
    return client.post(
        "/v1/colorize", files={"photo": (name, photo)}, data=fields
    )


def reason_of(response, status):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert set(response.json()) == {"reason"}
    return response.json()["reason"]


# === /v1/colorize ===


def test_options_do_what_they_do_in_the_library(client, png, model_paths):
    response = post(client, png, strength="0.5", temperature="0.2")
    expected = colorize(
        png, model=model_paths[0], strength=0.5, temperature=0.2
    )
    assert response.content == expected != colorize(png, model=model_paths[0])


def test_look_is_one_of_the_model(client, png, model_paths):
    response = post(client, png, look="calm")
    expected = colorize(png, model=model_paths[0], look="calm")
    assert response.content == expected != colorize(png, model=model_paths[0])
    reason = reason_of(post(client, png, look="vivid"), 422)
    assert "Received: look='vivid'" in reason


def test_pages_that_are_left_out_are_said(client, png):
    with Image.open(io.BytesIO(png)) as image:
        pages = encode(image, "TIFF", save_all=True, append_images=[image] * 2)
    response = post(client, pages, name="scan.tif")
    assert read_photo(response.content).num_pages == 1
    (note,) = json.loads(response.headers["x-colorize-notes"])
    assert note.startswith("The file has 3 pages; only the first")


def test_exif_too_long_for_a_jpeg_is_no_failure_of_the_server(client):
    exif = exif_bytes(ImageDescription="x" * 70_000)
    photo = encode(textured_photo(9, 9), "PNG", exif=exif)
    response = post(client, photo, format="jpeg")
    assert response.status_code == 200
    assert "ImageDescription" in response.headers["x-colorize-notes"]


@pytest.mark.parametrize("format", ["JPEG2000", "PPM"])
def test_formats_of_archives_are_taken(client, format):
    photo = encode(textured_photo(9, 12), format)
    response = post(client, photo)
    assert read_photo(response.content).format == format


def test_another_model_and_hints_are_followed(client, png, model_paths):
    hint = {"x": 10, "y": 20, "radius": 3, "color": "#c22f2f"}
    plain = post(client, png, model="hinted")
    hinted = post(client, png, model="hinted", hints=json.dumps([hint]))
    expected = colorize(png, model=model_paths[1], hints=[Hint(**hint)])
    assert hinted.content == expected != plain.content
    wrapped = json.dumps({"hints": [hint]})
    assert post(client, png, model="hinted", hints=wrapped).content == expected


@pytest.mark.parametrize(
    "content_type", ["image/png", "Image/PNG", "application/octet-stream"]
)
def test_photo_may_be_the_body_itself(client, png, model_paths, content_type):
    response = client.post(
        "/v1/colorize?strength=0.5&format=webp&model=tiny",
        content=png,
        headers={"content-type": content_type},
    )
    expected = post(client, png, strength="0.5", format="webp", name="photo")
    assert response.content == expected.content
    ours, theirs = dict(response.headers), dict(expected.headers)
    for headers in (ours, theirs):
        del headers["date"], headers["x-request-id"]
    assert ours == theirs


@pytest.mark.parametrize(
    ("format", "media_type"),
    [("jpeg", "image/jpeg"), ("webp", "image/webp"), ("tiff", "image/tiff")],
)
def test_format_is_the_one_asked_for(client, png, format, media_type):
    response = post(client, png, format=format)
    assert response.headers["content-type"] == media_type
    assert read_photo(response.content).format == format.upper()


def test_what_the_photo_carries_comes_along(client):
    exif = exif_bytes(Orientation=6, Artist="Grandmother")
    jpeg = encode(textured_photo(24, 40), "JPEG", exif=exif, dpi=(300, 300))
    photo = read_photo(post(client, jpeg).content)
    assert photo.rgb.shape == (40, 24, 3)  # upright
    assert b"Grandmother" in photo.exif
    assert photo.dpi == (300, 300)


def test_what_is_left_out_is_told(client):
    rgba = np.dstack([textured_photo(24, 40), np.full((24, 40), 90, np.uint8)])
    response = post(client, encode(rgba, "PNG"), format="jpeg")
    notes = json.loads(response.headers["x-colorize-notes"])
    assert len(notes) == 1 and "ransparency" in notes[0]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\\b.png", "größe \u4e2d.png", '"; x="y', "."]
)
def test_file_names_are_only_names(client, png, name):
    response = post(client, png, name=name)
    assert response.status_code == 200
    quoted = response.headers["content-disposition"].partition("''")[2]
    assert "/" not in urllib.parse.unquote(quoted)
    assert quoted.endswith(".colorized.png")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"strength": "nan"}, ["strength", "finite", "nan"]),
        ({"strength": "inf"}, ["strength", "finite"]),
        ({"strength": "-1"}, ["strength", "-1"]),
        ({"strength": "1e9"}, ["strength", "10"]),
        ({"strength": "much"}, ["strength", "number", "much"]),
        ({"temperature": "0"}, ["temperature", "greater than 0"]),
        ({"temperature": "2"}, ["temperature", "1"]),
        ({"temperature": "NaN"}, ["temperature", "finite"]),
        ({"model": "/etc/passwd"}, ["tiny, hinted"]),
        ({"model": "../tiny.onnx"}, ["tiny, hinted"]),
        ({"hints": "[]", "strengh": "1"}, ["strengh", "not permitted"]),
        ({"hints": "[" * 100_000}, ["`hints`", "JSON"]),
        ({"hints": '[{"x": 1}]'}, ["hint 1", "radius"]),
        ({"hints": "[1e999]"}, ["hint 1"]),
        (
            {"hints": '[{"x": NaN, "y": 1, "radius": 1, "color": "red"}]'},
            ["hint 1", "`x`"],
        ),
        (
            {"hints": '[{"x": 1, "y": 1, "radius": 1, "color": "red"}]'},
            ["no color hints"],
        ),
    ],
)
def test_bad_options_are_refused_with_the_reason(client, png, fields, words):
    reason = reason_of(post(client, png, **fields), 422)
    for word in words:
        assert word in reason


def test_a_photo_that_is_not_in_a_form_is_refused_briefly(client, png):
    """As `curl --data-binary @photo.png` sends it."""
    for content_type in ("application/x-www-form-urlencoded", "text/plain"):
        response = client.post(
            "/v1/colorize",
            content=png,
            headers={"content-type": content_type},
        )
        reason = reason_of(response, 422)
        assert "curl -F photo=@old.jpg" in reason and content_type in reason
        assert len(reason) < 300


def test_a_file_in_a_wrong_field_is_named(client, png):
    response = client.post("/v1/colorize", files={"foto" * 99: ("a.png", png)})
    reason = reason_of(response, 422)
    assert "photo: Field required" in reason
    assert "Received: the file a.png." in reason and len(reason) < 300


def test_a_path_or_an_address_is_no_photo(client):
    for text in ("/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/"):
        response = client.post("/v1/colorize", files={"photo": (None, text)})
        assert "Expected a file" in reason_of(response, 422)


def test_request_without_a_photo_is_refused(client):
    assert "photo" in reason_of(client.post("/v1/colorize"), 422)
    json_body = client.post("/v1/colorize", json={"photo": "x"})
    assert "photo" in reason_of(json_body, 422)
    headers = {"content-type": "multipart/form-data; boundary=x"}
    broken = client.post("/v1/colorize", content=b"--y\r\n", headers=headers)
    assert reason_of(broken, 400 if broken.status_code == 400 else 422)


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (dict.fromkeys(OPTION_NAMES, ""), 200),
        ({"format": "WebP"}, 200),
        ({"nix": ""}, 422),
    ],
)
def test_options_are_read_alike_in_a_form_and_in_the_address(
    client, png, options, status
):
    in_form = post(client, png, **options)
    in_address = client.post(
        "/v1/colorize",
        content=png,
        headers={"content-type": "image/png"},
        params=options,
    )
    statuses = (in_form.status_code, in_address.status_code)
    assert statuses == (status, status), in_form.text + in_address.text
    if status == 200:
        assert in_form.content == in_address.content


# === /colorized, the contract of the first web apps of this kind ===


def base64_of(data):
    return base64.b64encode(data).decode()


def test_image_string_may_be_a_data_url_or_wrapped(client, png):
    plain = client.post("/colorized", json={"image": base64_of(png)}).json()
    for text in (
        "data:image/png;base64," + base64_of(png),
        base64.encodebytes(png).decode(),
    ):
        assert client.post("/colorized", json={"image": text}).json() == plain


def test_image_string_takes_options_in_the_address(client, png):
    image = {"image": base64_of(png)}
    response = client.post("/colorized?model=hinted&format=webp", json=image)
    expected = post(client, png, model="hinted", format="webp").content
    assert response.json() == {"image": base64_of(expected)}
    response = client.post("/colorized?look=nix", json=image)
    assert "nix" in reason_of(response, 422)
    response = client.post("/colorized?look=calm&look=vivid", json=image)
    assert "Received: 2" in reason_of(response, 422)


def test_options_of_a_form_in_the_address_are_refused(client, png):
    response = client.post(
        "/v1/colorize?strength=0.5", files={"photo": ("a.png", png)}
    )
    assert "in the address: strength" in reason_of(response, 422)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["must be JSON"]),
        (b"\xff\xfe", ["must be JSON"]),
        (b"[" * 100_000, ["must be JSON"]),
        (b"[]", ["Received: list"]),
        (b"null", ["Received: NoneType"]),
        (b"NaN", ["Received: float"]),
        (b"{}", ["keys []"]),
        (b'{"image": 7}', ["keys ['image']"]),
        (b'{"image": "", "strength": 2}', ["strength", "in the address"]),
        (b'{"image": ""}', ["empty"]),
        (b'{"image": "/etc/passwd"}', ["base64"]),
        (b'{"image": "http://localhost/a.png"}', ["base64"]),
        (b'{"image": "\\ud800"}', ["base64"]),
        (b'{"image": "aGVsbG8"}', ["base64"]),
        (b'{"image": "aGVsbG8="}', ["not a photo", "b'hello'"]),
    ],
)
def test_bad_image_strings_are_refused_with_the_reason(client, content, words):
    headers = {"content-type": "application/json"}
    response = client.post("/colorized", content=content, headers=headers)
    reason = reason_of(response, 422)
    for word in words:
        assert word in reason


# === Photos that are none ===


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.7])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "WEBP", "GIF"])
def test_cut_photos_are_refused(client, format, share):
    data = encode(textured_photo(60, 80), format)
    response = post(client, data[: int(share * len(data))])
    assert response.status_code == 422, response.content[:200]
    assert reason_of(response, 422)


def test_bombs_are_refused_before_they_are_unpacked(client):
    from PIL import Image

    bomb = encode(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 100_000
    reason = reason_of(post(client, bomb), 413)
    assert "at most 100000000 pixels" in reason
    assert client.get("/health").json()["accepted"] == 0


# === Previews ===


def test_previews_are_jpegs_with_the_size_of_the_photo(client, png):
    tiff = encode(Image.open(io.BytesIO(png)), "TIFF")
    response = client.post(
        "/v1/preview", content=tiff, headers={"Content-Type": "image/tiff"}
    )
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["x-photo-size"] == "56x40"
    assert Image.open(io.BytesIO(response.content)).size == (56, 40)


@pytest.mark.parametrize(
    ("kind", "content", "status", "reason"),
    [
        ("application/octet-stream", b"Dear", 422, "not a photo"),
        ("text/plain", b"Dear", 415, "Received: text/plain"),
        ("image/png", b"", 422, "photo"),
    ],
)
def test_what_is_no_photo_has_no_preview(client, kind, content, status, reason):
    response = client.post(
        "/v1/preview", content=content, headers={"Content-Type": kind}
    )
    assert reason in reason_of(response, status)


# === The rest ===


def test_models_are_listed_with_what_they_take(client):
    answer = client.get("/v1/models").json()
    assert answer["models"] == [
        {
            "name": "tiny",
            "is_default": True,
            "takes": ["strength", "temperature"],
            "looks": {"natural": {}, "calm": {"temperature": 0.19}},
            "license": "",
            "fixed_size": None,
        },
        {
            "name": "hinted",
            "is_default": False,
            "takes": ["hints", "strength"],
            "looks": {"natural": {}},
            "license": "",
            "fixed_size": None,
        },
    ]
    assert {"jpeg", "png", "tiff"} <= set(answer["formats"])
    assert answer["max_pixels"] == 100_000_000
    assert answer["max_body_bytes"] == 64 * 2**20


def test_health_says_how_busy_it_is(client):
    assert client.get("/health").json() == {
        "status": "ok",
        "version": __version__,
        "workers": 1,
        "accepted": 0,
        "capacity": 17,
    }


@pytest.mark.parametrize("path", ["/health", "/ready", "/"])
def test_checks_may_ask_for_the_head_only(client, path):
    response = client.head(path)
    assert response.status_code == 200 and response.content == b""


def test_ready_means_that_a_photo_would_be_accepted(client, monkeypatch):
    assert client.get("/ready").json() == {"status": "ready"}
    pool = client.server.config.app.state.pool
    monkeypatch.setattr(pool, "num_accepted", pool.capacity)
    assert "All 17 places" in reason_of(client.get("/ready"), 503)
    assert client.head("/ready").status_code == 503


def test_unknown_paths_and_methods_are_told(client):
    assert "/nix" in reason_of(client.get("/nix"), 404)
    assert "/web/nix.js" in reason_of(client.get("/web/nix.js"), 404)
    assert reason_of(client.get("/web/..%2f..%2fapi.py"), 404)
    response = client.get("/v1/colorize")
    assert "Method Not Allowed" in reason_of(response, 405)
    assert response.headers["allow"] == "POST"


def test_what_the_gate_lets_pass_is_what_needs_no_key():
    guarded = [route.path for route in routes.guarded.routes]
    open_to_all = [route.path for route in routes.router.routes]
    assert len(guarded) >= 5 and "/health" in open_to_all
    assert all(path.startswith(gate._GUARDED) for path in guarded)
    assert not any(path.startswith(gate._GUARDED) for path in open_to_all)


def test_openapi_describes_the_endpoints(client):
    schema = client.get("/openapi.json").json()
    assert set(schema["paths"]) == {
        *("/health", "/ready", "/metrics"),
        *("/v1/models", "/v1/colorize", "/v1/preview", "/colorized"),
    }
    upload = schema["paths"]["/v1/colorize"]["post"]
    bare = {"image/*", "application/octet-stream"}
    assert set(upload["requestBody"]["content"]) == {
        *("multipart/form-data", *bare)
    }
    preview = schema["paths"]["/v1/preview"]["post"]["requestBody"]
    assert set(preview["content"]) == bare and preview["required"]
    assert set(upload["responses"]) >= {"200", "401", "413", "422", "429"}
    fields = schema["components"]["schemas"]["ColorizeForm"]["properties"]
    assert set(fields) == {
        *("photo", "strength", "temperature", "model", "format", "hints"),
        "look",
    }


def test_openapi_lists_what_any_address_may_answer(client):
    paths = client.get("/openapi.json").json()["paths"]
    headers = {"Origin": "https://elsewhere.example"}
    for path, operations in paths.items():
        foreign = client.post(path, headers=headers)
        other_name = client.get(path, headers={"Host": "elsewhere.example"})
        other_method = client.delete(path)
        sent = {
            str(answer.status_code)
            for answer in (foreign, other_name, other_method)
        }
        assert sent == {"403", "405"}
        for operation in operations.values():
            assert set(operation["responses"]) >= {*sent, "400", "408"}


@pytest.mark.parametrize("path", ["/colorized", "/v1/colorize"])
def test_openapi_describes_the_options_of_an_address(client, path):
    schema = client.get("/openapi.json").json()
    parameters = {
        parameter["name"]: parameter["schema"]
        for parameter in schema["paths"][path]["post"]["parameters"]
    }
    assert tuple(sorted(parameters)) == tuple(sorted(OPTION_NAMES))
    assert parameters["strength"]["maximum"] == MAX_STRENGTH
    name = parameters["format"]["$ref"].rpartition("/")[2]
    assert "png" in schema["components"]["schemas"][name]["enum"]


def test_page_and_its_files_come_from_the_server_alone(client):
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http://" not in page.text and "https://" not in page.text
    assert client.head("/").status_code == 200
    script = client.get("/web/main.js")
    assert "javascript" in script.headers["content-type"]


def test_no_other_site_may_read_answers(client):
    headers = {"Origin": "https://elsewhere.example"}
    response = client.get("/v1/models", headers=headers)
    assert "access-control-allow-origin" not in response.headers
