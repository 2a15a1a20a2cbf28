"""What clients send, whichever way it comes."""

import json

import pytest

from keras_colorize.errors import SettingError
from keras_colorize.hints import Hint
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.web_api.requests import OPTION_NAMES
from keras_colorize.serving.web_api.requests import RequestOptions
from keras_colorize.serving.web_api.requests import read_options
from tests.serving import tiny_models

HINT = {"x": 1, "y": 2, "radius": 3, "color": "red"}


@pytest.fixture(scope="module")
def contract():
    """That of a model that takes hints and no temperature."""
    model = tiny_models.ab_model(hint_columns=(3, 4))
    return ColorizeSession(model, num_threads=1).contract


def test_options_are_the_same_as_json_and_as_text():
    values = {
        "model": "lite",
        "strength": 0.5,
        "temperature": 1,
        "hints": [HINT],
        "look": "vivid",
    }
    texts = {**values, "strength": "0.5", "temperature": "1"}
    texts["hints"] = json.dumps(values["hints"])
    assert read_options(values) == read_options(texts)
    assert read_options({"format": "jpeg"}).format == "JPEG"


def test_what_is_left_out_has_its_default():
    assert read_options({}) == RequestOptions()
    for nothing in (None, ""):
        values = dict.fromkeys(OPTION_NAMES, nothing)
        assert read_options(values) == RequestOptions()


def test_what_the_model_takes_becomes_photo_options(contract):
    asked = RequestOptions(
        strength=2.0, hints=json.dumps([HINT]), look="natural"
    )
    assert asked.checked_for(contract, 99) == PhotoOptions(
        ColorizeOptions(2.0, hints=(Hint(**HINT),)),
        max_pixels=99,
        max_side=20_000,
        max_aspect=32.0,
        max_pages=1,
    )


def test_what_the_model_does_not_take_is_refused(contract):
    with pytest.raises(SettingError, match="takes no temperature"):
        RequestOptions(temperature=0.5).checked_for(contract, 99)
    with pytest.raises(SettingError, match="one of natural for tiny"):
        RequestOptions(look="vivid").checked_for(contract, 99)
    too_many = RequestOptions(hints=json.dumps([HINT] * 501))
    with pytest.raises(SettingError, match="at most 500. Received: 501"):
        too_many.checked_for(contract, 99)
