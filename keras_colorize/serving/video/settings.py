"""What can be wished of a film, and what became of it."""

import dataclasses
from pathlib import Path

from keras_colorize.serving.video.smoothing import DEFAULT_SMOOTH_FRAMES


@dataclasses.dataclass(frozen=True)
class FilmSettings:
    """How to colorize and write a film.

    Attributes:
        strength: Factor on the predicted chroma; 0 gives a gray film.
        temperature: In (0, 1], for models that predict distributions.
        smooth_frames: Number of frames whose mean color a pixel shows that
            holds still; 1 turns smoothing off.
        codec: One of `film.codecs.CODEC_NAMES`; None for the usual one of
            the container.
        quality: Number of the codec, smaller is better; None for its usual.
    """

    strength: float = 1.0
    temperature: float | None = None
    smooth_frames: int = DEFAULT_SMOOTH_FRAMES
    codec: str | None = None
    quality: int | None = None


@dataclasses.dataclass(frozen=True)
class FilmResult:
    """What became of a film.

    Attributes:
        path: The film written.
        num_frames: Frames in it.
        num_resumed: How many of them an earlier run had done.
        notes: What it does not carry over from the source.
        damage: What of the source could not be read; empty if all was.
    """

    path: Path
    num_frames: int
    num_resumed: int
    notes: tuple[str, ...]
    damage: str = ""
