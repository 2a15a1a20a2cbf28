"""Mistakes and bugs, and the status that each ends in."""

import pickle

import pytest

from keras_colorize.errors import PhotoError
from keras_colorize.errors import PhotoSizeError
from keras_colorize.errors import SettingError
from keras_colorize.serving.web_api.refusals import MISTAKES
from keras_colorize.serving.web_api.refusals import Refused
from keras_colorize.serving.web_api.refusals import failure_of
from keras_colorize.serving.web_api.refusals import refusal_of


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (PhotoError("It is cut."), 422, "It is cut."),
        (SettingError("No such model."), 422, "No such model."),
        (MemoryError("9 GB"), 413, "Out of memory: 9 GB. Shrink the photo."),
        (
            PhotoSizeError("a.png", "at most 2 pixels", "9 pixels", "Ask me."),
            413,
            "The photo is too large: expected at most 2 pixels. Received: 9 "
            "pixels. Shrink or crop it, then send it again.",
        ),
        (Refused(429, "Later.", {"Retry-After": "1"}), 429, "Later."),
    ],
)
def test_mistakes_of_users_have_a_status_and_their_reason(
    error, status, reason
):
    assert isinstance(error, MISTAKES)
    refused = refusal_of(error)
    assert (refused.status, refused.content) == (status, {"reason": reason})
    assert refused.headers == getattr(error, "headers", {})


def test_size_errors_survive_the_way_from_a_worker():
    error = PhotoSizeError("a.png", "at most 2 pixels", "9 pixels", "Ask me.")
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert (copy.expected, copy.received) == ("at most 2 pixels", "9 pixels")


def test_bugs_are_no_mistakes_and_keep_to_the_log():
    assert not isinstance(RuntimeError("a bug"), MISTAKES)
    assert failure_of("server").status == 500
    assert "log" in failure_of("server").reason
