"""Settings of a call that mean something to a model file, or are refused."""

import math
from collections.abc import Sequence

from keras_colorize.serving.contract import Contract
from keras_colorize.serving.errors import SettingError
from keras_colorize.serving.hints import Hint


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
