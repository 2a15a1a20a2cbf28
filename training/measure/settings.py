"""The settings that a quality report looks at: balanced, vivid, the curve.

Balanced is what the model does by itself. Vivid is one temperature and
strength for people who like more color than is safe.
"""

import dataclasses
from collections.abc import Sequence

from keras_colorize.serving.contract import Contract
from keras_colorize.serving.options import ColorizeOptions

TEMPERATURES = (1.0, 0.8, 0.6, 0.5, 0.38, 0.25)
STRENGTHS = (1.0, 1.25, 1.5, 2.0)
VIVID_COLORFULNESS = 0.80  # of the true photos'
BALANCED = ColorizeOptions()


@dataclasses.dataclass(frozen=True)
class Choice:
    """A setting, and who decided on it.

    Attributes:
        setting: what was decided.
        source: such as "the command line", for the report.
    """

    setting: ColorizeOptions
    source: str


def label_of(options: ColorizeOptions) -> str:
    """Says what differs: "temperature 0.5, strength 1.25"."""
    parts = []
    if options.temperature is not None:
        parts.append(f"temperature {options.temperature:g}")
    if options.strength != 1.0:
        parts.append(f"strength {options.strength:g}")
    return ", ".join(parts) or "default"


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


def given_vivid(
    temperature: float | None,
    strength: float | None,
    metadata: dict,
    contract: Contract,
) -> Choice | None:
    """Finds the vivid setting that somebody decided on before.

    Args:
        temperature: from the command line.
        strength: from the command line.
        metadata: of the model; its key "vivid" counts where the command line
            says nothing.
        contract: of the model.

    Returns:
        The setting and where it is from; None if nobody decided.

    Raises:
        SettingError: If a value is out of range or means nothing to the
            model.
        ValueError: If metadata["vivid"] is not what it should be.
    """
    if temperature is not None or strength is not None:
        setting = ColorizeOptions(
            strength=1.0 if strength is None else strength,
            temperature=temperature,
        )
        source = "the command line"
    elif "vivid" in metadata:
        vivid = metadata["vivid"]
        if not isinstance(vivid, dict) or not vivid.keys() <= {
            "temperature",
            "strength",
        }:
            raise ValueError(
                'The key "vivid" of metadata.json must be an object with '
                f'"temperature" or "strength" or both. Received: {vivid!r}.'
            )
        setting, source = ColorizeOptions(**vivid), "the model's metadata"
    else:
        return None
    setting.check(contract)
    return Choice(setting, source)


def choose_vivid(
    settings: Sequence[ColorizeOptions], curve: Sequence[dict]
) -> Choice:
    """Chooses the vivid setting on a curve of *validation* photos.

    Of the settings that are colorful enough, the one with the highest PSNR;
    if none is, the most colorful one.

    Args:
        settings: of the points.
        curve: rows of `summary.curve_rows`, one per setting.
    """
    points = list(zip(settings, curve, strict=True))

    def best(candidates, score):
        return max(candidates, key=lambda point: point[1][score]["value"])[0]

    colorful = [
        point
        for point in points
        if point[1]["colorfulness_ratio"]["value"] >= VIVID_COLORFULNESS
    ]
    if not colorful:
        return Choice(
            best(points, "colorfulness_ratio"),
            "the most colorful point of the validation curve; none reaches "
            f"{VIVID_COLORFULNESS:.2f}",
        )
    return Choice(
        best(colorful, "psnr"),
        "the highest PSNR on the validation curve from "
        f"{VIVID_COLORFULNESS:.2f} on",
    )
