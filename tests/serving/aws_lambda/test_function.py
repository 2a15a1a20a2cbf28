"""Photos in events, and in what colors they come back."""

import base64
import json

import numpy as np
import pytest

from keras_colorize.errors import ModelError
from keras_colorize.errors import SettingError
from keras_colorize.serving.aws_lambda import function as function_module
from keras_colorize.serving.colorize import colorize
from keras_colorize.serving.http import jobs
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.web_api.requests import RequestOptions
from tests.helpers import mid_tone_photo
from tests.serving import tiny_models
from tests.serving.aws_lambda import bad_events
from tests.serving.aws_lambda.conftest import PNG
from tests.serving.aws_lambda.conftest import as_text

# As AWS documents them, what is not read left out.
V2 = {"version": "2.0", "requestContext": {"http": {"method": "POST"}}}
V1 = {"version": "1.0", "httpMethod": "POST", "requestContext": {}}


def post(version, body, content_type="application/json", **more):
    """An event of API Gateway; a body of bytes travels as base64."""
    is_binary = isinstance(body, bytes)
    # HTTP APIs give lower case; REST APIs what the client sent.
    name = "content-type" if version is V2 else "Content-Type"
    return {
        **version,
        "headers": {name: content_type},
        "body": as_text(body) if is_binary else body,
        "isBase64Encoded": is_binary,
        **more,
    }


def image_json(data=PNG, **options):
    return json.dumps({"image": as_text(data), **options})


def photo_of(answer):
    return read_photo(base64.b64decode(answer["image"]))


# === Photos ===


def test_answer_is_that_of_the_http_server_to_the_byte(function, models_dir):
    job = jobs.Job(
        model_path=str(models_dir / "tiny.onnx"),
        num_threads=1,
        max_pixels=10**6,
        options=RequestOptions(),
    )
    expected = jobs.run_job(PNG, job).data
    assert function({"image": as_text(PNG)}) == {"image": as_text(expected)}
    for version in (V1, V2):
        for body in (image_json(), image_json().encode()):
            answer = function(post(version, body))
            assert answer["statusCode"] == 200
            assert answer["headers"]["Content-Type"] == "application/json"
            assert json.loads(answer["body"]) == {"image": as_text(expected)}
            assert answer["isBase64Encoded"] is False
        answer = function(post(version, PNG, "image/png"))
        assert answer["isBase64Encoded"] is True
        assert base64.b64decode(answer["body"]) == expected
        assert answer["headers"]["Content-Type"] == "image/png"
        assert answer["headers"]["X-Colorize-Model"] == "tiny.test; version=3"


def test_colors_are_those_of_the_session(function, models_dir):
    session = ColorizeSession(models_dir / "tiny.onnx")
    photo = photo_of(function({"image": as_text(PNG), "strength": 0.5}))
    expected = colorize(mid_tone_photo(20, 30), session=session, strength=0.5)
    np.testing.assert_array_equal(photo.rgb, expected)


@pytest.mark.parametrize("version", [V1, V2])
def test_options_come_in_the_address_or_beside_the_image(version, function):
    plain = function({"image": as_text(PNG), "strength": 0.25})
    query = {"queryStringParameters": {"strength": "0.25"}}
    answer = function(post(version, image_json(), **query))
    assert json.loads(answer["body"]) == plain
    answer = function(post(version, image_json(strength=0.25)))
    assert json.loads(answer["body"]) == plain
    query["queryStringParameters"]["format"] = "jpeg"
    answer = function(post(version, PNG, "image/png", **query))
    assert answer["headers"]["Content-Type"] == "image/jpeg"
    assert base64.b64decode(answer["body"])[:2] == b"\xff\xd8"


def test_other_models_are_loaded_when_they_are_asked_for(function):
    assert function.models == ["hinted", "tiny"]
    # The ab of the one hint, added to what the model predicts: a bluer photo.
    hint = {"x": 5, "y": 5, "radius": 3, "color": "#0000ff"}
    event = {"image": as_text(PNG), "model": "hinted"}
    plain, hinted = function(event), function({**event, "hints": [hint]})
    blue = [
        photo_of(a).rgb.astype(int).mean((0, 1))[2] for a in (plain, hinted)
    ]
    assert blue[1] > blue[0]


# === What Lambda would not return ===


def test_answers_that_lambda_would_not_return_are_refused(
    function, monkeypatch
):
    event = {"image": as_text(PNG)}
    size = len(json.dumps(function(event)))
    monkeypatch.setattr(function_module, "MAX_ANSWER_BYTES", size)
    assert "image" in function(event)
    monkeypatch.setattr(function_module, "MAX_ANSWER_BYTES", size - 1)
    answer = function(event)
    assert answer["statusCode"] == 413
    assert f"an answer of {size}." in answer["reason"]
    assert function(post(V2, image_json()))["statusCode"] == 413


# === Models of a package ===


def test_default_model_must_be_in_the_package(make_function, models_dir):
    with pytest.raises(SettingError, match="hinted, tiny.*Received.*'lite'"):
        make_function(model="lite")
    assert photo_of(make_function(model=None)({"image": as_text(PNG)}))
    for path in models_dir.glob("*.onnx"):
        path.unlink()
    with pytest.raises(SettingError, match="no model in the package"):
        make_function()


def test_changed_model_is_refused_before_the_first_event(make_function, ship):
    folder = ship("eccv16_small", "photos", is_default=True)
    name = "eccv16_small"
    assert make_function(model=name).models[:2] == [name, f"{name}.photos"]
    data = tiny_models.photo_model({"weights": "changed"})
    (folder / "model.onnx").write_bytes(data)
    with pytest.raises(ModelError, match="damaged or was changed"):
        make_function(model=name)


@pytest.mark.parametrize(
    "event", [*bad_events.NOTIFICATIONS, *bad_events.OTHERS], ids=lambda _: "e"
)
def test_events_that_no_service_sends_are_answered_400(function, event):
    answer = function(event)
    assert answer["statusCode"] == 400 and answer["reason"]
    assert len(answer["reason"]) < 600


@pytest.mark.parametrize("event", bad_events.REQUESTS, ids=lambda _: "e")
def test_requests_that_no_service_sends_are_answered_400(function, event):
    answer = function(event)
    assert answer["statusCode"] == 400 and json.loads(answer["body"])["reason"]


@pytest.mark.parametrize("option", ["model", "format", "hints", "image"])
def test_options_nested_too_deeply_are_answered(function, option):
    event = {"image": as_text(PNG), option: bad_events.nested(5000)}
    assert 400 <= function(event)["statusCode"] < 500
