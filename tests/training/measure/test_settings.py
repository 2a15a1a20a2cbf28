import pytest

from keras_colorize.serving.contract import Contract
from keras_colorize.serving.options import ColorizeOptions
from training.measure.settings import BALANCED
from training.measure.settings import STRENGTHS
from training.measure.settings import TEMPERATURES
from training.measure.settings import Choice
from training.measure.settings import choose_vivid
from training.measure.settings import curve_settings
from training.measure.settings import given_vivid
from training.measure.settings import label_of

SETTINGS = [ColorizeOptions(strength=s) for s in (1.0, 1.5, 2.0)]


def contract_of(*optional_inputs):
    inputs = frozenset(optional_inputs)
    return Contract("tiny", "", "photo", inputs, None, 256, {})


PLAIN = contract_of("strength")
PROBABLE = contract_of("strength", "temperature")


def curve_of(*points):
    """Rows of a curve from pairs of PSNR and colorfulness ratio."""
    return [
        {"psnr": {"value": psnr}, "colorfulness_ratio": {"value": ratio}}
        for psnr, ratio in points
    ]


def test_curve_has_temperatures_only_where_the_model_takes_one():
    assert len(curve_settings(PROBABLE)) == len(TEMPERATURES) + len(STRENGTHS)
    assert curve_settings(PLAIN) == [
        ColorizeOptions(strength=s) for s in STRENGTHS
    ]
    assert BALANCED in curve_settings(PLAIN)


def test_labels_say_what_differs_from_the_default():
    assert label_of(BALANCED) == "default"
    assert label_of(ColorizeOptions(temperature=0.5)) == "temperature 0.5"
    assert (
        label_of(ColorizeOptions(1.25, 0.5)) == "temperature 0.5, strength 1.25"
    )


def test_vivid_has_the_best_psnr_of_the_colorful_ones():
    curve = curve_of((25, 0.79), (23, 0.80), (22, 1.1))
    choice = choose_vivid(SETTINGS, curve)
    assert choice.setting == ColorizeOptions(strength=1.5)
    assert "highest PSNR" in choice.source


def test_vivid_says_so_when_nothing_is_colorful_enough():
    choice = choose_vivid(SETTINGS, curve_of((25, 0.4), (23, 0.5), (22, 0.7)))
    assert choice.setting == ColorizeOptions(strength=2.0)
    assert "none reaches 0.80" in choice.source


def test_command_line_goes_before_metadata_and_metadata_before_choice():
    metadata = {"vivid": {"temperature": 0.3}}
    assert given_vivid(None, 1.4, metadata, PROBABLE) == Choice(
        ColorizeOptions(strength=1.4), "the command line"
    )
    assert given_vivid(None, None, metadata, PROBABLE) == Choice(
        ColorizeOptions(temperature=0.3), "the model's metadata"
    )
    assert given_vivid(None, None, {}, PROBABLE) is None


@pytest.mark.parametrize(
    ("temperature", "strength", "metadata", "message"),
    [
        (1.5, None, {}, "at most 1. Received: temperature=1.5"),
        (None, -1.0, {}, "0 or more.*Received: strength=-1.0"),
        (None, None, {"vivid": 0.5}, 'key "vivid" of metadata.json'),
        (None, None, {"vivid": {"warmth": 1}}, 'key "vivid" of metadata.json'),
    ],
)
def test_vivid_without_meaning_is_refused(
    temperature, strength, metadata, message
):
    with pytest.raises(ValueError, match=message):
        given_vivid(temperature, strength, metadata, PROBABLE)


def test_temperature_is_refused_for_a_model_that_takes_none():
    with pytest.raises(ValueError, match="takes no temperature"):
        given_vivid(0.5, None, {}, PLAIN)
