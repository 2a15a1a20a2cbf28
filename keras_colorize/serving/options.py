"""How photos are colorized; what has no meaning for a model is refused."""

from dataclasses import dataclass

from keras_colorize.errors import PhotoSizeError
from keras_colorize.errors import SettingError
from keras_colorize.hints import Hint
from keras_colorize.serving.contract import NATURAL
from keras_colorize.serving.contract import Contract
from keras_colorize.serving.images.read import MAX_PIXELS

MAX_STRENGTH = 10.0  # every color is at the border of sRGB long before


@dataclass(frozen=True)
class ColorizeOptions:
    """What holds for the colors of a photo or a film.

    Attributes:
        strength: Factor on the predicted chroma, up to `MAX_STRENGTH`; 0
            gives a gray photo.
        temperature: In (0, 1], for models that predict distributions: lower
            goes nearer to the most likely color, which is less even. None for
            that of the look.
        hints: Colors at places of the upright photo, for models that take
            them; where they overlap, the last one wins.
        look: Name of one of the model's looks.
    """

    strength: float = 1.0
    temperature: float | None = None
    hints: tuple[Hint, ...] = ()
    look: str = NATURAL

    def check(self, contract: Contract) -> None:
        """Refuses options that mean nothing to a model.

        Args:
            contract: What the model file says about itself.

        Raises:
            SettingError: If a value is out of range, or the model file has
                no such input.
        """
        inputs = contract.optional_inputs
        if self.look not in contract.looks:
            raise SettingError(
                f"`look` must be one of {', '.join(contract.looks)} for "
                f"{contract.model}. Received: look={self.look[:80]!r}."
            )
        if not 0.0 <= self.strength <= MAX_STRENGTH:
            raise SettingError(
                f"`strength` must be from 0 to {MAX_STRENGTH:g} (1 is what the "
                "model predicts). "
                f"Received: strength={self.strength}."
            )
        given = {"temperature": self.temperature is not None}
        given |= {"hints": self.hints, "strength": self.strength != 1.0}
        for name in sorted(contract.lost_inputs):
            if given[name]:
                raise SettingError(
                    f"This file of {contract.model} was exported with the "
                    f"optional input {name}, and has it no more: tools that "
                    "simplify ONNX files make constants of such inputs. "
                    f"Received: {name}. Leave it out, or use the file as it "
                    "was exported."
                )
        has_strength = contract.head == "ab" or "strength" in inputs
        if self.strength != 1.0 and not has_strength:
            raise SettingError(
                f"This file of {contract.model} has no input for the strength. "
                f"Received: strength={self.strength}. Leave it out, or export "
                "the model again."
            )
        if self.hints and "hints" not in inputs:
            raise SettingError(
                f"{contract.name} takes no color hints; lite.photos and "
                f"the siggraph17 models do. Received: {len(self.hints)} hints. "
                "Leave them out, or choose such a model."
            )
        if self.temperature is None:
            return
        if "temperature" not in inputs:
            raise SettingError(
                f"{contract.name} takes no temperature; only classification "
                f"models do. Received: temperature={self.temperature}. Leave "
                "it out."
            )
        if not 0.0 < self.temperature <= 1.0:
            raise SettingError(
                "`temperature` must be above 0 and at most 1. Received: "
                f"temperature={self.temperature}."
            )

    def inputs_for(self, contract: Contract) -> dict[str, float]:
        """Returns the optional scalar inputs of a model, by name.

        Those that are left out keep the file's own value.

        Args:
            contract: Of the model that the options were checked for.
        """
        inputs = dict(contract.looks[self.look])
        if "strength" in contract.optional_inputs:
            inputs["strength"] = self.strength
        if self.temperature is not None:
            inputs["temperature"] = self.temperature
        return inputs


@dataclass(frozen=True)
class PhotoOptions:
    """What holds for every photo file of a call.

    Attributes:
        color: How to colorize.
        quality: From 1 to 100, for JPEG, WebP, AVIF and HEIC; None for 95 or
            90, by format.
        skip_color: Whether photos that are in color stay as they are; what
            counts as color: `serving.images.tint`.
        max_pixels: Photos with more pixels are refused before decoding.
        mark: Whether the XMP of results says that a trained model has
            changed them.
        max_side: Photos with a longer side are refused before they are
            colorized; None for any.
        max_aspect: So are those that are more times as long as wide; None
            for any.
        max_pages: Pages of a TIFF that are colorized, others are left out;
            None for all.
    """

    color: ColorizeOptions = ColorizeOptions()
    quality: int | None = None
    skip_color: bool = False
    max_pixels: int = MAX_PIXELS
    mark: bool = True
    max_side: int | None = None
    max_aspect: float | None = None
    max_pages: int | None = None

    def check(self, contract: Contract) -> None:
        """Refuses what has no meaning, before any photo is read.

        Raises:
            SettingError: If a value is out of range, or the model has no
                such input.
        """
        self.color.check(contract)
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

    def check_shape(self, height: int, width: int) -> None:
        """Refuses a photo of a shape that would cost too much.

        Raises:
            PhotoSizeError: If a side is too long, or long for its width.
        """
        longest, shortest = max(height, width), min(height, width)
        limits = []
        if self.max_side is not None and longest > self.max_side:
            limits.append(f"at most {self.max_side} pixels a side")
        if self.max_aspect is not None and longest > self.max_aspect * shortest:
            limits.append(f"a side at most {self.max_aspect:g} times the other")
        if limits:
            raise PhotoSizeError(
                "The photo",
                " and ".join(limits),
                f"{width}x{height} pixels",
                "Shrink or crop it.",
            )
