"""How photos are colorized, and what a model file says to it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from keras_colorize.errors import SettingError
from keras_colorize.serving.contract import Contract
from keras_colorize.serving.hints import Hint
from keras_colorize.serving.images.read import MAX_PIXELS


def check_settings(
    contract: Contract,
    strength: float = 1.0,
    temperature: float | None = None,
    hints: Sequence[Hint] | None = None,
) -> None:
    """Refuses settings that mean nothing to a model.

    Args:
        contract: What the model file says about itself.
        strength: Factor on the predicted chroma, 0 or more.
        temperature: In (0, 1], or None.
        hints: Color hints, or None.

    Raises:
        SettingError: If a value is out of range, or the model file has no
            such input.
    """
    inputs = contract.optional_inputs
    if not 0.0 <= strength < math.inf:
        raise SettingError(
            "`strength` must be 0 or more (1 is what the model predicts). "
            f"Received: strength={strength}."
        )
    has_strength = contract.head == "ab" or "strength" in inputs
    if strength != 1.0 and not has_strength:
        raise SettingError(
            f"This file of {contract.model} has no input for the strength. "
            f"Received: strength={strength}. Leave it out, or export the "
            "model again."
        )
    if hints and "hints" not in inputs:
        raise SettingError(
            f"{contract.model} takes no color hints; the siggraph17 models "
            f"do. Received: {len(hints)} hints. Leave them out, or choose "
            "such a model."
        )
    if temperature is None:
        return
    if "temperature" not in inputs:
        raise SettingError(
            f"{contract.model} takes no temperature; only classification "
            f"models do. Received: temperature={temperature}. Leave it out."
        )
    if not 0.0 < temperature <= 1.0:
        raise SettingError(
            "`temperature` must be above 0 and at most 1. Received: "
            f"temperature={temperature}."
        )


@dataclass(frozen=True)
class PhotoSettings:
    """What holds for every photo of a call.

    Attributes:
        strength: Factor on the predicted chroma; 0 gives a gray photo.
        temperature: In (0, 1], for models that predict distributions; None
            for the model's own.
        hints: Colors at places of the upright photo, for models that take
            them.
        quality: From 1 to 100, for JPEG, WebP, AVIF and HEIC; None for 95 or
            90, by format.
        skip_color: Whether photos that are in color stay as they are; what
            counts as color: `serving.tint`.
        max_pixels: Photos with more pixels are refused before decoding.
    """

    strength: float = 1.0
    temperature: float | None = None
    hints: tuple[Hint, ...] = ()
    quality: int | None = None
    skip_color: bool = False
    max_pixels: int = MAX_PIXELS

    def check(self, contract: Contract) -> None:
        """Refuses what has no meaning, before any photo is read.

        Raises:
            SettingError: If a value is out of range, or the model has no
                such input.
        """
        check_settings(contract, self.strength, self.temperature, self.hints)
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise SettingError(
                "`quality` must be from 1 to 100. Received: "
                f"quality={self.quality}."
            )
        if self.max_pixels < 1:
            raise SettingError(
                "`max_pixels` must be at least 1. Received: "
                f"max_pixels={self.max_pixels}."
            )
