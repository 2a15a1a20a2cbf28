from keras_colorize.serving.contract import Contract
from keras_colorize.serving.options import ColorizeOptions
from training.measure.settings import STRENGTHS
from training.measure.settings import TEMPERATURES
from training.measure.settings import curve_settings
from training.measure.settings import label_of
from training.measure.settings import look_settings


def contract_of(*optional_inputs, **facts):
    inputs = frozenset(optional_inputs)
    return Contract("tiny", "", "photo", inputs, None, 256, {}, **facts)


PLAIN = contract_of("strength")
PROBABLE = contract_of("strength", "temperature")


def test_curve_has_temperatures_only_where_the_model_takes_one():
    assert len(curve_settings(PROBABLE)) == len(TEMPERATURES) + len(STRENGTHS)
    assert curve_settings(PLAIN) == [
        ColorizeOptions(strength=s) for s in STRENGTHS
    ]
    assert ColorizeOptions() in curve_settings(PLAIN)


def test_looks_are_those_of_the_model_and_natural_is_first():
    assert look_settings(PLAIN) == {"natural": ColorizeOptions()}
    several = contract_of(looks={"calm": {}, "natural": {}, "odd": {}})
    found = look_settings(several)
    assert [*found] == ["natural", "calm", "odd"]
    assert found["odd"] == ColorizeOptions(look="odd")


def test_labels_say_what_differs_from_the_default():
    assert label_of(ColorizeOptions()) == "default"
    assert label_of(ColorizeOptions(temperature=0.5)) == "temperature 0.5"
    everything = ColorizeOptions(1.25, 0.5, look="vivid")
    assert label_of(everything) == "vivid, temperature 0.5, strength 1.25"
