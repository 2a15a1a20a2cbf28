"""One term of a sum of losses: what it compares, and how much it counts."""

import dataclasses
from collections.abc import Callable

import keras

SPACES = ("ab", "rgb")


@keras.saving.register_keras_serializable(package="keras_colorize")
@dataclasses.dataclass(frozen=True)
class WeightedLoss:
    """A loss on colors, its weight and the space in which it compares.

    Attributes:
        loss: a `keras.losses.Loss`, or a function of truth and prediction;
            what counts is the mean of its values, whatever its reduction.
        weight: what it is multiplied with in the sum.
        on: what both are, float32: "ab", CIE a* and b* (B, H, W, 2), or
            "rgb", encoded sRGB in [0, 1] (B, H, W, 3), the prediction on the
            photo's own L and clipped to the gamut.

    Raises:
        ValueError: If `on` is unknown or the weight is below 0.
    """

    loss: Callable
    weight: float = 1.0
    on: str = "ab"

    def __post_init__(self):
        """Refuses values outside what is said above."""
        if self.on not in SPACES:
            raise ValueError(
                f"`on` must be one of {', '.join(SPACES)}. "
                f"Received: on={self.on!r}."
            )
        if not self.weight >= 0:
            raise ValueError(
                f"`weight` must be >= 0. Received: weight={self.weight}."
            )

    def get_config(self):
        """Returns loss, weight and space, for a saved model."""
        return {
            "loss": keras.saving.serialize_keras_object(self.loss),
            "weight": self.weight,
            "on": self.on,
        }

    @classmethod
    def from_config(cls, config):
        """Rebuilds what `get_config` describes."""
        loss = keras.saving.deserialize_keras_object(config["loss"])
        return cls(**{**config, "loss": loss})
