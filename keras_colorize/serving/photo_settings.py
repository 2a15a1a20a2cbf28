"""How photo files are colorized: one object for files, folders, processes."""

from dataclasses import dataclass

from keras_colorize.serving.errors import SettingError
from keras_colorize.serving.hints import Hint
from keras_colorize.serving.images import MAX_PIXELS
from keras_colorize.serving.session import ColorizeSession


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

    def check(self, session: ColorizeSession) -> None:
        """Refuses what has no meaning, before any photo is read.

        Raises:
            SettingError: If a value is out of range, or the model has no
                such input.
        """
        session.check_settings(self.strength, self.temperature, self.hints)
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
