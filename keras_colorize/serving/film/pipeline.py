"""Frames of a film as they pass decoder, network and smoothing."""

import dataclasses
from collections.abc import Generator
from collections.abc import Iterable
from collections.abc import Iterator
from itertools import islice

import av
import numpy as np

from keras_colorize.serving.film.chroma import ChromaPlanes
from keras_colorize.serving.film.chroma import ChromaPredictor
from keras_colorize.serving.film.chroma import fill_frame
from keras_colorize.serving.film.luma import Layout
from keras_colorize.serving.film.luma import luma_plane
from keras_colorize.serving.film.luma import small_gray
from keras_colorize.serving.film.run_ahead import run_ahead
from keras_colorize.serving.film.smoothing import ChromaSmoother
from keras_colorize.serving.film.source import FilmSource

# Frames in one call of the network: some percent faster than one by one, and
# more than two are not faster still.
BATCH_FRAMES = 2
# Frames that may wait between two steps. Memory is bounded by this.
_WAITING_FRAMES = 4


@dataclasses.dataclass
class FilmFrame:
    """One frame on its way.

    Attributes:
        pts: When it is shown, in ticks of the source.
        duration: How long, in ticks; 0 if the source does not say.
        luma: uint8 or uint16 (H, W), codes as the layout says.
        gray: uint8 (h, w), what the network sees.
        ab: float32 (h, w, 2), once it is predicted and smoothed.
        age: float32 (h, w), how many frames each pixel has held still.
        state: Of the smoothing after this frame, if asked for.
    """

    pts: int
    duration: int
    luma: np.ndarray
    gray: np.ndarray
    ab: np.ndarray | None = None
    age: np.ndarray | None = None
    state: dict[str, np.ndarray] | None = None


def colored_frames(
    source: FilmSource,
    layout: Layout,
    predictor: ChromaPredictor,
    smoother: ChromaSmoother,
    state_every: int,
    after: int | None = None,
) -> Generator[FilmFrame, None, None]:
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
        Frames in order, with `ab`.
    """
    decoded = run_ahead(
        _decoded(source, layout, predictor.size, after), _WAITING_FRAMES
    )
    colored = _colored(decoded, predictor, smoother, state_every)
    yield from run_ahead(colored, _WAITING_FRAMES)


def output_frame(frame: FilmFrame, chroma: ChromaPlanes) -> av.VideoFrame:
    """The frame to encode: the luma that came in, and new chroma."""
    layout = chroma.layout
    planes = chroma.planes(frame.luma, frame.ab, frame.age)
    result = av.VideoFrame(layout.width, layout.height, layout.pix_fmt)
    fill_frame(result, (frame.luma, *planes), layout)
    result.colorspace = layout.matrix
    result.color_range = layout.color_range
    return result


def _decoded(source, layout, size, after) -> Iterator[FilmFrame]:
    for frame in source.frames(after):
        luma = luma_plane(frame, layout)
        gray = small_gray(luma, layout, *size)
        yield FilmFrame(frame.pts, frame.duration or 0, luma, gray)


def _colored(
    frames: Iterable[FilmFrame], predictor, smoother, state_every
) -> Iterator[FilmFrame]:
    frames = iter(frames)
    try:
        number = 0
        while batch := list(islice(frames, BATCH_FRAMES)):
            grays = np.stack([frame.gray for frame in batch])
            for frame, ab in zip(batch, predictor.predict(grays), strict=True):
                frame.ab = smoother.smooth(frame.gray, ab)
                frame.age = smoother.age
                number += 1
                if number % state_every == 0:
                    frame.state = smoother.state()
                yield frame
    finally:
        frames.close()
