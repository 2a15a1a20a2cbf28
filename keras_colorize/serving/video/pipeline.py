"""Frames of a film as they pass decoder, network and smoothing."""

import contextlib
import dataclasses
from collections.abc import Generator
from collections.abc import Iterator
from itertools import islice

import av
import numpy as np

from keras_colorize.serving.video.chroma import ChromaPlanes
from keras_colorize.serving.video.chroma import ChromaPredictor
from keras_colorize.serving.video.chroma import fill_frame
from keras_colorize.serving.video.luma import Layout
from keras_colorize.serving.video.luma import luma_plane
from keras_colorize.serving.video.luma import small_gray
from keras_colorize.serving.video.prefetch import run_ahead
from keras_colorize.serving.video.smoothing import ChromaSmoother
from keras_colorize.serving.video.source import VideoSource

# Frames in one call of the network: some percent faster than one by one, and
# more than two are not faster still.
BATCH_FRAMES = 2
# Frames that may wait between two steps. Memory is bounded by this.
_WAITING_FRAMES = 4


@dataclasses.dataclass(frozen=True)
class GrayFrame:
    """A frame that is decoded.

    Attributes:
        pts: When it is shown, in ticks of the source.
        duration: How long, in ticks; 0 if the source does not say.
        luma: uint8 or uint16 (H, W), codes as the layout says.
        gray: uint8 (h, w), what the network sees.
    """

    pts: int
    duration: int
    luma: np.ndarray
    gray: np.ndarray


@dataclasses.dataclass(frozen=True)
class ColoredFrame:
    """A frame whose color is known.

    Attributes:
        source: The frame it was.
        ab: float32 (h, w, 2), CIE a* and b*, smoothed.
        age: float32 (h, w), how many frames each pixel has held still.
        state: Of the smoothing after this frame; None where nobody asked.
    """

    source: GrayFrame
    ab: np.ndarray
    age: np.ndarray
    state: dict[str, np.ndarray] | None


def colored_frames(
    source: VideoSource,
    layout: Layout,
    predictor: ChromaPredictor,
    smoother: ChromaSmoother,
    state_every: int,
    after: int | None = None,
) -> Generator[ColoredFrame, None, None]:
    """Decodes and colorizes, each in a thread of its own, some frames ahead.

    Args:
        source: The film; not to be touched until the generator is closed.
        layout: Of the result.
        predictor: Asks the network.
        smoother: In the state after the last frame that is done.
        state_every: Each frame that ends so many carries the smoother's
            state; a multiple of `BATCH_FRAMES`, so that a film that is
            resumed there goes through the network in the same batches.
        after: `pts` of the last frame that is done.

    Yields:
        The frames in order.
    """
    decoded = run_ahead(
        _decoded(source, layout, predictor.size, after), _WAITING_FRAMES
    )
    colored = _colored(decoded, predictor, smoother, state_every)
    yield from run_ahead(colored, _WAITING_FRAMES)


def output_frame(frame: ColoredFrame, chroma: ChromaPlanes) -> av.VideoFrame:
    """The frame to encode: the luma that came in, and new chroma."""
    layout = chroma.layout
    planes = chroma.planes(frame.source.luma, frame.ab, frame.age)
    result = av.VideoFrame(layout.width, layout.height, layout.pix_fmt)
    fill_frame(result, (frame.source.luma, *planes), layout)
    result.colorspace = layout.matrix
    result.color_range = layout.color_range
    return result


def _decoded(source, layout, size, after) -> Iterator[GrayFrame]:
    for frame in source.frames(after):
        luma = luma_plane(frame, layout)
        gray = small_gray(luma, layout, *size)
        yield GrayFrame(frame.pts, frame.duration or 0, luma, gray)


def _colored(
    frames: Generator[GrayFrame, None, None],
    predictor: ChromaPredictor,
    smoother: ChromaSmoother,
    state_every: int,
) -> Iterator[ColoredFrame]:
    number = 0
    with contextlib.closing(frames):
        while batch := list(islice(frames, BATCH_FRAMES)):
            abs = predictor.predict(np.stack([frame.gray for frame in batch]))
            for frame, ab in zip(batch, abs, strict=True):
                number += 1
                smoothed = smoother.smooth(frame.gray, ab)
                is_asked = number % state_every == 0
                state = smoother.state() if is_asked else None
                yield ColoredFrame(frame, smoothed, smoother.age, state)
