"""Photos in buckets, through a client that is not boto3's."""

import sys

import pytest

from keras_colorize.serving.aws_lambda import s3_events
from keras_colorize.serving.aws_lambda.s3_events import StoredPhoto
from keras_colorize.serving.images.read import read_photo
from tests.serving.aws_lambda.conftest import PNG


def notification(*keys, event="ObjectCreated:Put"):
    """What S3 sends; keys come quoted as in addresses."""
    return {
        "Records": [
            {
                "eventSource": "aws:s3",
                "eventName": event,
                "s3": {"bucket": {"name": "in"}, "object": {"key": key}},
            }
            for key in keys
        ]
    }


@pytest.mark.parametrize(
    ("key", "format", "follows", "expected"),
    [
        ("a.jpg", "JPEG", False, "a.colorized.jpg"),
        ("b//c.d/a.JPG", "JPEG", False, "b//c.d/a.colorized.JPG"),
        ("a.tif", "PNG", True, "a.colorized.png"),
        ("a.pgm", "PPM", False, "a.colorized.ppm"),
        ("sea/a", "TIFF", False, "sea/a.colorized.tif"),
        ("sea.x/.a", "PNG", False, "sea.x/.a.colorized.png"),
    ],
)
def test_results_are_named_like_files_of_results(
    key, format, follows, expected
):
    assert s3_events.beside(key, format, follows) == expected
    assert s3_events.is_result(StoredPhoto("b", expected))
    assert not s3_events.is_result(StoredPhoto("b", key))


def test_photo_goes_from_bucket_to_bucket(function, s3):
    s3.objects["in", "sea/a.png"] = PNG
    answer = function({"bucket": "in", "key": "sea/a.png"})
    assert answer == {
        "bucket": "in",
        "key": "sea/a.colorized.png",
        "model": "tiny.test",
        "notes": [],
    }
    event = {"bucket": "in", "key": "sea/a.png", "output_bucket": "out"}
    answer = function({**event, "output_key": "x/b.jpg", "strength": 0.5})
    assert (answer["bucket"], answer["key"]) == ("out", "x/b.jpg")
    assert s3.types["out", "x/b.jpg"] == "image/jpeg"
    assert read_photo(s3.objects["out", "x/b.jpg"]).format == "JPEG"
    answer = function({**event, "format": "webp"})
    assert answer["key"] == "sea/a.colorized.webp"


def test_notification_colors_photos_but_never_its_own_results(function, s3):
    s3.objects["in", "my sea/ä.png"] = PNG
    s3.objects["in", "text.png"] = b"no photo"
    event = notification("my+sea/%C3%A4.png", "text.png", "none.png")
    colored, damaged, absent = function(event)["results"]
    assert colored["key"] == "my sea/ä.colorized.png"
    assert damaged["statusCode"] == 422 and damaged["key"] == "text.png"
    assert absent["statusCode"] == 404
    count = len(s3.objects)
    again = notification("my+sea/%C3%A4.colorized.png")
    assert function(again) == {"results": []}
    removed = notification("text.png", event="ObjectRemoved:Delete")
    assert function(removed) == {"results": []}
    assert len(s3.objects) == count


def test_results_of_notifications_may_have_a_bucket_of_their_own(
    make_function, s3
):
    function = make_function(output_bucket="out")
    s3.objects["in", "a.png"] = PNG
    (result,) = function(notification("a.png"))["results"]
    assert (result["bucket"], result["key"]) == ("out", "a.png")
    assert s3.objects["in", "a.png"] == PNG


def test_mistakes_are_told_and_write_nothing(make_function, s3):
    function = make_function(max_body_bytes=5000)
    s3.objects["in", "a.png"] = PNG
    s3.objects["in", "large.png"] = bytes(5001)
    before = dict(s3.objects)
    for event, status, reason in (
        ({"key": "none.png"}, 404, "in/none.png could not be used"),
        ({"key": "large.png"}, 413, "Received: 5001 in in/large.png"),
        ({"key": 7}, 422, "must name a photo"),
        ({}, 422, "must name a photo"),
        ({"key": "a.png", "output_key": ["b"]}, 422, "as texts"),
        ({"key": "a.png", "output_key": "a.png"}, 422, "replace the photo"),
        ({"key": "a.png", "model": "lite"}, 422, "`model` must be one of"),
        ({"key": "a.png", "acl": "public"}, 422, "The options are"),
    ):
        answer = function({"bucket": "in", **event})
        assert answer["statusCode"] == status, answer
        assert reason in answer["reason"]
    s3.fails_with = 403
    answer = function({"bucket": "in", "key": "a.png"})
    assert answer["statusCode"] == 403 and "s3:GetObject" in answer["reason"]
    assert s3.objects == before


def test_failures_of_s3_are_raised_so_that_lambda_tries_again(function, s3):
    s3.objects["in", "a.png"] = PNG
    s3.fails_with = 503
    with pytest.raises(Exception, match="status 503"):
        function(notification("a.png"))


def test_what_the_role_may_not_is_raised_for_notifications(function, s3):
    s3.objects["in", "a.png"] = PNG
    s3.fails_with = 403
    with pytest.raises(s3_events.StorageFailure, match="s3:GetObject"):
        function(notification("a.png"))


def test_missing_boto3_is_raised_for_notifications(function, s3, monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(s3_events.StorageFailure, match="Install boto3"):
        function(notification("a.png"))


def test_without_boto3_the_reason_names_it(function, s3, monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    answer = function({"bucket": "in", "key": "a.png"})
    assert answer["statusCode"] == 500
    assert "boto3" in answer["reason"] and "Install" in answer["reason"]
