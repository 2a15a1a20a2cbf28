"""What callers see of the function, to the letter: status, headers, JSON."""

import json

import pytest

from keras_colorize.serving.aws_lambda import function as function_module
from keras_colorize.serving.web_api.requests import writable_formats
from tests.helpers import mid_tone_photo
from tests.serving.aws_lambda.conftest import PNG
from tests.serving.aws_lambda.conftest import as_text
from tests.serving.photo_bytes import encode

JSON = {"Content-Type": "application/json"}
HTTP = {
    "2.0": {"requestContext": {"http": {"method": "POST"}}},
    "1.0": {"httpMethod": "POST", "requestContext": {}},
}
LARGE = encode(mid_tone_photo(20, 31), "PNG")
FORMATS = ", ".join(writable_formats()).lower()
OPTIONS = "model, strength, temperature, format, hints, look"


def request(body, content_type, **more):
    """An event of HTTP, payload 2.0; a body of bytes travels as base64."""
    is_binary = isinstance(body, bytes)
    return {
        **HTTP["2.0"],
        "headers": {"content-type": content_type},
        "body": as_text(body) if is_binary else body,
        "isBase64Encoded": is_binary,
        **more,
    }


# === Photos ===


def test_photo_files_have_these_headers(function):
    answer = function(request(PNG, "image/png"))
    image = function({"image": as_text(PNG)})
    assert list(image) == ["image"]
    assert answer == {
        "statusCode": 200,
        "headers": {
            "Content-Type": "image/png",
            "X-Colorize-Model": "tiny.test; version=3",
            "X-Colorize-Notes": "[]",
        },
        "body": image["image"],
        "isBase64Encoded": True,
    }


def test_image_strings_are_json_of_one_key(function):
    event = {"image": as_text(PNG)}
    assert function(request(json.dumps(event), "application/json")) == {
        "statusCode": 200,
        "headers": JSON,
        "body": json.dumps(function(event)),
        "isBase64Encoded": False,
    }


# === Refusals, the same over HTTP ===

OF_IMAGES = {
    "no base64": (
        {"image": "%%%"},
        "`image` must be the base64 of a photo file, with or without "
        "data:…;base64, before it. Received: 3 characters (Only base64 data is "
        "allowed).",
    ),
    "cut photo": (
        {"image": as_text(PNG[:-200])},
        "The input is damaged or cut short (image file is truncated). Expected "
        "a complete photo file; copy it again from where it came from.",
    ),
    "image type": (
        {"image": 7},
        'The body must be {"image": "<base64 of a photo file>"} and of options '
        f"only {OPTIONS}. Received: an object with the keys ['image'].",
    ),
    "other keys": (
        {"image": "", "size": 3},
        'The body must be {"image": "<base64 of a photo file>"} and of options '
        f"only {OPTIONS}. Received: an object with the keys ['image', 'size'].",
    ),
    "model": (
        {"image": "", "model": "nix"},
        "`model` must be one of this function's: hinted, tiny. Received: "
        "model='nix'.",
    ),
    "model path": (
        {"image": "", "model": "/etc/passwd"},
        "`model` must be one of this function's: hinted, tiny. Received: "
        "model='/etc/passwd'.",
    ),
    "model type": (
        {"image": "", "model": 7},
        "`model` must be a text. Received: model=7.",
    ),
    "strength": (
        {"image": "", "strength": 11},
        "`strength` must be from 0 to 10 (1 is what the model predicts). "
        "Received: strength=11.0.",
    ),
    "negative": (
        {"image": "", "strength": -1},
        "`strength` must be from 0 to 10 (1 is what the model predicts). "
        "Received: strength=-1.0.",
    ),
    "infinite": (
        {"image": "", "strength": 1e999},
        "`strength` must be from 0 to 10 (1 is what the model predicts). "
        "Received: strength=inf.",
    ),
    "not a number": (
        {"image": "", "strength": float("nan")},
        "`strength` must be from 0 to 10 (1 is what the model predicts). "
        "Received: strength=nan.",
    ),
    "truth": (
        {"image": "", "strength": True},
        "`strength` must be a number. Received: strength=True.",
    ),
    "no number": (
        {"image": "", "strength": "much"},
        "`strength` must be a number. Received: strength='much'.",
    ),
    "temperature": (
        {"image": "", "temperature": 2},
        "`temperature` must be above 0 and at most 1. Received: "
        "temperature=2.0.",
    ),
    "no temperature": (
        {"image": "", "temperature": 0.5, "model": "hinted"},
        "hinted.test takes no temperature; only classification models do. "
        "Received: temperature=0.5. Leave it out.",
    ),
    "format": (
        {"image": "", "format": "exe"},
        f"`format` must be one of {FORMATS}. Received: format='exe'.",
    ),
    "format type": (
        {"image": "", "format": 7},
        "`format` must be a text. Received: format=7.",
    ),
    "hints": (
        {"image": "", "hints": [{"x": 1}]},
        "`hints`, hint 1: a hint has the keys x, y, radius, color. Received: "
        "['x'].",
    ),
    "many hints": (
        {
            "image": "",
            "hints": [{"x": 1, "y": 1, "radius": 1, "color": "red"}] * 501,
        },
        "`hints` must be at most 500. Received: 501.",
    ),
}


@pytest.mark.parametrize(("event", "reason"), OF_IMAGES.values(), ids=OF_IMAGES)
def test_images_are_refused_with_these_words(event, reason, make_function):
    function = make_function(max_pixels=600)
    assert function(event) == {"statusCode": 422, "reason": reason}
    for version in HTTP.values():
        over_http = request(json.dumps(event), "application/json", **version)
        assert function(over_http) == {
            "statusCode": 422,
            "headers": JSON,
            "body": json.dumps({"reason": reason}),
            "isBase64Encoded": False,
        }


def test_large_photos_are_refused_with_their_size(make_function):
    function = make_function(max_pixels=600)
    event = {"image": as_text(LARGE)}
    reason = (
        "The photo is too large: expected at most 600 pixels (a guard against "
        "decompression bombs). Received: 620 pixels. Shrink or crop it, then "
        "send it again."
    )
    assert function(event) == {"statusCode": 413, "reason": reason}
    for version in HTTP.values():
        over_http = request(json.dumps(event), "application/json", **version)
        assert function(over_http) == {
            "statusCode": 413,
            "headers": JSON,
            "body": json.dumps({"reason": reason}),
            "isBase64Encoded": False,
        }


@pytest.mark.parametrize("event", [{}, None, [1], "text", {"b": 1, "a": 1}])
def test_other_events_are_refused_with_those_there_are(event, function):
    received = sorted(event) if isinstance(event, dict) else event
    assert function(event) == {
        "statusCode": 400,
        "reason": 'Expected {"image": "<base64>"}, {"bucket": …, "key": …}, a '
        "request of API Gateway or a function URL, or a notification of S3. "
        f"Received: {received}.",
    }


# === Refusals of requests ===

OF_REQUESTS = {
    "no JSON": (
        request("{", "application/json"),
        422,
        'The body must be JSON, {"image": "<base64 of a photo file>"}. '
        "Received: JSONDecodeError: Expecting property name enclosed in double "
        "quotes: line 1 column 2 (char 1).",
    ),
    "no object": (
        request("[]", "application/json"),
        422,
        'The body must be {"image": "<base64 of a photo file>"} and of options '
        f"only {OPTIONS}. Received: list.",
    ),
    "no body": (
        request(None, "application/json"),
        422,
        'The body must be JSON, {"image": "<base64 of a photo file>"}. '
        "Received: JSONDecodeError: Expecting value: line 1 column 1 (char 0).",
    ),
    "half a character": (
        request('{"image": "\udc80"}', "application/json"),
        422,
        "`image` must be the base64 of a photo file, with or without "
        "data:…;base64, before it. Received: 1 characters (Only base64 data is "
        "allowed).",
    ),
    # Only who may call the function itself may name buckets.
    "bucket": (
        request('{"bucket": "b", "key": "k"}', "application/json"),
        422,
        'The body must be {"image": "<base64 of a photo file>"} and of options '
        f"only {OPTIONS}. Received: an object with the keys ['bucket', 'key'].",
    ),
    "size of JSON": (
        request('{"image": ""}' + " " * 5000, "application/json"),
        413,
        "A request may have at most 5000 bytes. Received: 5013. Shrink the "
        "photo, or save it as JPEG.",
    ),
    "size": (
        request(bytes(5001), "image/png"),
        413,
        "A request may have at most 5000 bytes. Received: 5001. Shrink the "
        "photo, or save it as JPEG.",
    ),
    "type": (
        request(PNG, "text/plain"),
        415,
        'Expected Content-Type: application/json, {"image": "<base64>"}, or '
        "that of the photo, such as image/jpeg. Received: text/plain.",
    ),
    "no type": (
        request(PNG, "image/png", headers=None),
        415,
        'Expected Content-Type: application/json, {"image": "<base64>"}, or '
        "that of the photo, such as image/jpeg. Received: none.",
    ),
    "photo as text": (
        request("GIF89a", "image/gif"),
        415,
        "The body of image/gif came through the API as text, which damages "
        "photos. List it under the API's binary media types, or send "
        "application/json.",
    ),
    "damaged event": (
        request("%", "image/gif", isBase64Encoded=True),
        400,
        "The event says `isBase64Encoded`, but its body is not base64 (Only "
        "base64 data is allowed). Received: 1 characters.",
    ),
    "option": (
        request(PNG, "image/png", queryStringParameters={"size": "1"}),
        422,
        f"The options are {OPTIONS}. Received: size.",
    ),
}


@pytest.mark.parametrize(
    ("event", "status", "reason"), OF_REQUESTS.values(), ids=OF_REQUESTS
)
def test_requests_are_refused_with_these_words(
    make_function, event, status, reason
):
    function = make_function(max_body_bytes=5000)
    for version in HTTP.values():
        assert function({**event, **version}) == {
            "statusCode": status,
            "headers": JSON,
            "body": json.dumps({"reason": reason}),
            "isBase64Encoded": False,
        }


@pytest.mark.parametrize(
    "event",
    [
        {"requestContext": {"http": {"method": "GET"}}},
        {"httpMethod": "GET", "requestContext": {}},
    ],
)
def test_methods_are_refused_with_the_one_there_is(function, event):
    assert function(event) == {
        "statusCode": 405,
        "headers": {**JSON, "Allow": "POST"},
        "body": '{"reason": "Expected a POST with a photo. Received: GET"}',
        "isBase64Encoded": False,
    }


# === Failures ===


@pytest.fixture
def breaks(monkeypatch):
    """Function that lets the next photo end in an exception."""

    def breaks(error):
        def fail(*_):
            raise error

        monkeypatch.setattr(function_module, "colorize_bytes", fail)

    return breaks


def test_too_little_memory_is_a_photo_too_large(function, breaks):
    breaks(MemoryError("no more"))
    refused = {"reason": "Out of memory: no more. Shrink the photo."}
    assert function({"image": ""}) == {"statusCode": 413, **refused}
    assert function(request(PNG, "image/png")) == {
        "statusCode": 413,
        "headers": JSON,
        "body": json.dumps(refused),
        "isBase64Encoded": False,
    }


def test_bugs_are_raised_and_over_http_kept_to_the_log(
    function, breaks, caplog
):
    breaks(RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        function({"image": ""})
    assert function(request(PNG, "image/png")) == {
        "statusCode": 500,
        "headers": JSON,
        "body": '{"reason": "The function failed on this request. Its log says '
        'why."}',
        "isBase64Encoded": False,
    }
    assert "a bug" in caplog.text
