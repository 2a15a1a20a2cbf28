"""The settings that a quality report looks at: the model's looks, the curve."""

from keras_colorize.serving.contract import NATURAL
from keras_colorize.serving.contract import Contract
from keras_colorize.serving.options import ColorizeOptions

TEMPERATURES = (1.0, 0.8, 0.6, 0.5, 0.38, 0.25)
STRENGTHS = (0.75, 1.0, 1.25, 1.5)


def label_of(options: ColorizeOptions) -> str:
    """Says what differs: "vivid, temperature 0.5, strength 1.25"."""
    parts = []
    if options.look != NATURAL:
        parts.append(options.look)
    if options.temperature is not None:
        parts.append(f"temperature {options.temperature:g}")
    if options.strength != 1.0:
        parts.append(f"strength {options.strength:g}")
    return ", ".join(parts) or "default"


def look_settings(contract: Contract) -> dict[str, ColorizeOptions]:
    """Lists the looks of a model by name, the natural one first."""
    names = sorted(contract.looks, key=lambda name: name != NATURAL)
    return {name: ColorizeOptions(look=name) for name in names}


def curve_settings(contract: Contract) -> list[ColorizeOptions]:
    """Lists the points of the curve: each temperature, then each strength.

    Args:
        contract: of the model, which may take no temperature.
    """
    has_temperature = "temperature" in contract.optional_inputs
    temperatures = TEMPERATURES if has_temperature else ()
    return [
        *(ColorizeOptions(temperature=t) for t in temperatures),
        *(ColorizeOptions(strength=s) for s in STRENGTHS),
    ]
