import pytest

from training.measure.settings import BALANCED
from training.measure.settings import STRENGTHS
from training.measure.settings import TEMPERATURES
from training.measure.settings import Choice
from training.measure.settings import Setting
from training.measure.settings import choose_vivid
from training.measure.settings import curve_settings
from training.measure.settings import given_vivid

SETTINGS = [Setting(strength=s) for s in (1.0, 1.5, 2.0)]


def curve_of(*points):
    """Rows of a curve from pairs of PSNR and colorfulness ratio."""
    return [
        {"psnr": {"value": psnr}, "colorfulness_ratio": {"value": ratio}}
        for psnr, ratio in points
    ]


def test_curve_has_temperatures_only_where_the_model_takes_one():
    assert len(curve_settings(True)) == len(TEMPERATURES) + len(STRENGTHS)
    assert curve_settings(False) == [Setting(strength=s) for s in STRENGTHS]
    assert BALANCED in curve_settings(False)


def test_colorizer_of_a_setting_needs_no_more_than_the_photo():
    told = []
    Setting(0.5, 2.0).colorizer(lambda image, **options: told.append(options))(
        None
    )
    assert told == [{"temperature": 0.5, "strength": 2.0}]


def test_labels_say_what_differs_from_the_default():
    assert BALANCED.label == "default"
    assert Setting(0.5).label == "temperature 0.5"
    assert Setting(0.5, 1.25).label == "temperature 0.5, strength 1.25"


def test_vivid_has_the_best_psnr_of_the_colorful_ones():
    curve = curve_of((25, 0.79), (23, 0.80), (22, 1.1))
    choice = choose_vivid(SETTINGS, curve)
    assert choice.setting == Setting(strength=1.5)
    assert "highest PSNR" in choice.source


def test_vivid_says_so_when_nothing_is_colorful_enough():
    choice = choose_vivid(SETTINGS, curve_of((25, 0.4), (23, 0.5), (22, 0.7)))
    assert choice.setting == Setting(strength=2.0)
    assert "none reaches 0.80" in choice.source


def test_command_line_goes_before_metadata_and_metadata_before_choice():
    metadata = {"vivid": {"temperature": 0.3}}
    assert given_vivid(None, 1.4, metadata, True) == Choice(
        Setting(None, 1.4), "the command line"
    )
    assert given_vivid(None, None, metadata, True) == Choice(
        Setting(0.3), "the model's metadata"
    )
    assert given_vivid(None, None, {}, True) is None


@pytest.mark.parametrize(
    ("temperature", "strength", "metadata", "message"),
    [
        (1.5, None, {}, "at most 1. Received: temperature=1.5"),
        (None, -1.0, {}, "0 or more. Received: strength=-1.0"),
        (None, None, {"vivid": 0.5}, 'key "vivid" of metadata.json'),
        (None, None, {"vivid": {"warmth": 1}}, 'key "vivid" of metadata.json'),
    ],
)
def test_vivid_without_meaning_is_refused(
    temperature, strength, metadata, message
):
    with pytest.raises(ValueError, match=message):
        given_vivid(temperature, strength, metadata, True)


def test_temperature_is_refused_for_a_model_that_takes_none():
    with pytest.raises(ValueError, match="takes no temperature"):
        given_vivid(0.5, None, {}, False)
