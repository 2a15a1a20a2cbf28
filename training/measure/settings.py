"""The settings that a quality report looks at: balanced, vivid, the curve.

Balanced is what the model does by itself. Vivid is one temperature and
strength for people who like more color than is safe.
"""

import dataclasses
import functools
import math
from collections.abc import Callable
from collections.abc import Sequence

from training.measure.scoring import Colorize

TEMPERATURES = (1.0, 0.8, 0.6, 0.5, 0.38, 0.25)
STRENGTHS = (1.0, 1.25, 1.5, 2.0)
VIVID_COLORFULNESS = 0.80  # of the true photos'


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a call of the colorizer is told.

    Attributes:
        temperature: of the annealed mean, in (0, 1]; None for the model's.
        strength: factor on the predicted ab.
    """

    temperature: float | None = None
    strength: float = 1.0

    def colorizer(self, colorize: Callable) -> Colorize:
        """Fixes this setting in a `Predictor.colorize`."""
        return functools.partial(
            colorize, strength=self.strength, temperature=self.temperature
        )

    @property
    def label(self) -> str:
        """Says what differs: "temperature 0.5, strength 1.25"."""
        parts = []
        if self.temperature is not None:
            parts.append(f"temperature {self.temperature:g}")
        if self.strength != 1.0:
            parts.append(f"strength {self.strength:g}")
        return ", ".join(parts) or "default"


@dataclasses.dataclass(frozen=True)
class Choice:
    """A setting, and who decided on it.

    Attributes:
        setting: what was decided.
        source: such as "the command line", for the report.
    """

    setting: Setting
    source: str


BALANCED = Setting()


def curve_settings(has_temperature: bool) -> list[Setting]:
    """Lists the points of the curve: each temperature, then each strength.

    Args:
        has_temperature: whether the model takes one.
    """
    temperatures = TEMPERATURES if has_temperature else ()
    return [
        *(Setting(temperature=t) for t in temperatures),
        *(Setting(strength=s) for s in STRENGTHS),
    ]


def given_vivid(
    temperature: float | None,
    strength: float | None,
    metadata: dict,
    has_temperature: bool,
) -> Choice | None:
    """Finds the vivid setting that somebody decided on before.

    Args:
        temperature: from the command line.
        strength: from the command line.
        metadata: of the model; its key "vivid" counts where the command line
            says nothing.
        has_temperature: whether the model takes one.

    Returns:
        The setting and where it is from; None if nobody decided.

    Raises:
        ValueError: If a value is out of range or means nothing to the model,
            or metadata["vivid"] is not what it should be.
    """
    if temperature is not None or strength is not None:
        setting = Setting(temperature, 1.0 if strength is None else strength)
        _check(setting, has_temperature)
        return Choice(setting, "the command line")
    if "vivid" not in metadata:
        return None
    vivid = metadata["vivid"]
    if not isinstance(vivid, dict) or not vivid.keys() <= {
        "temperature",
        "strength",
    }:
        raise ValueError(
            'The key "vivid" of metadata.json must be an object with '
            f'"temperature" or "strength" or both. Received: {vivid!r}.'
        )
    setting = Setting(**vivid)
    _check(setting, has_temperature)
    return Choice(setting, "the model's metadata")


def choose_vivid(settings: Sequence[Setting], curve: Sequence[dict]) -> Choice:
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


def _check(setting, has_temperature):
    temperature = setting.temperature
    if temperature is not None and not has_temperature:
        raise ValueError(
            "The model takes no temperature; choose a strength. Received: "
            f"temperature={temperature}."
        )
    if temperature is not None and not 0 < temperature <= 1:
        raise ValueError(
            "The vivid temperature must be above 0 and at most 1. Received: "
            f"temperature={temperature}."
        )
    if not 0 <= setting.strength < math.inf:
        raise ValueError(
            "The vivid strength must be 0 or more. Received: "
            f"strength={setting.strength}."
        )
