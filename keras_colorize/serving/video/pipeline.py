"""Frames of a film as they pass decoder, network and smoothing."""

import contextlib
import dataclasses
from collections.abc import Callable
from collections.abc import Generator
from collections.abc import Iterator
from collections.abc import Sequence
from itertools import islice

import av
import numpy as np
from av.video.frame import PictureType

from keras_colorize.hints import Hint
from keras_colorize.serving.images.tint import is_colored
from keras_colorize.serving.video.chroma import ChromaPlanes
from keras_colorize.serving.video.chroma import ChromaPredictor
from keras_colorize.serving.video.chroma import fill_frame
from keras_colorize.serving.video.contrast import SceneContrast
from keras_colorize.serving.video.luma import Layout
from keras_colorize.serving.video.luma import luma_plane
from keras_colorize.serving.video.luma import own_chroma
from keras_colorize.serving.video.luma import small_gray
from keras_colorize.serving.video.prefetch import run_ahead
from keras_colorize.serving.video.side_data import CAPTIONS
from keras_colorize.serving.video.side_data import side_data_of
from keras_colorize.serving.video.smoothing import ChromaSmoother
from keras_colorize.serving.video.smoothing import is_cut
from keras_colorize.serving.video.source import VideoSource

# Frames in one call of the network: some percent faster than one by one, and
# more than two are not faster still.
BATCH_FRAMES = 2
# Frames that may wait between two steps. Memory is bounded by this.
_WAITING_FRAMES = 4
_LOOK_FRAMES = 24  # after which a gray scene is looked at for color again
_SMALL_SIDE = 256  # pixels of the frame that is looked at


@dataclasses.dataclass(frozen=True)
class GrayFrame:
    """A frame that is decoded.

    Attributes:
        pts: When it is shown, in ticks of the source.
        duration: How long, in ticks; 0 if the source does not say.
        luma: uint8 or uint16 (H, W), codes as the layout says.
        gray: uint8 (h, w), what the network sees.
        chroma: The two planes that it came with and keeps; None if it gets
            new ones.
        scene: What `SceneColor` knew after this frame.
        captioned: The frame as decoded, if it carries closed captions.
    """

    pts: int
    duration: int
    luma: np.ndarray
    gray: np.ndarray
    chroma: tuple[np.ndarray, np.ndarray] | None
    scene: dict[str, np.ndarray]
    captioned: av.VideoFrame | None


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


class SceneColor:
    """Tells scene by scene whether a film is in color already.

    A scene is in color as soon as one of its frames is, up to the next cut;
    so one that fades in from black gets it at the first frame that shows
    enough.

    Args:
        is_all_color: Whether the film says so of itself.
    """

    def __init__(self, is_all_color: bool = False):
        self._is_all_color = is_all_color
        self._is_color = False
        self._num_frames = 0  # of the scene
        self._gray = np.zeros((0, 0), np.uint8)

    def is_color(self, frame: av.VideoFrame, gray: np.ndarray) -> bool:
        """Takes the next frame.

        Args:
            frame: As decoded.
            gray: uint8 (h, w), what the network would see of it.
        """
        if is_cut(self._gray, gray):
            self._is_color, self._num_frames = self._is_all_color, 0
        # Looked at more often at first: 1, 2, 4, 8 ...; then once a second.
        number = self._num_frames
        is_due = number & (number - 1) == 0 or number % _LOOK_FRAMES == 0
        if not self._is_color and is_due:
            self._is_color = is_colored(_small_rgb(frame))
        self._gray, self._num_frames = gray, number + 1
        return self._is_color

    def state(self) -> dict[str, np.ndarray]:
        """Returns all it knows, to go on later."""
        return {
            "scene": np.array([self._is_color, self._num_frames]),
            "scene_gray": self._gray,
        }

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Goes on from where `state` was taken."""
        if "scene" in state:
            self._is_color = bool(state["scene"][0])
            self._num_frames = int(state["scene"][1])
            self._gray = state["scene_gray"]


def colored_frames(
    source: VideoSource,
    layout: Layout,
    predictor: ChromaPredictor,
    contrast: SceneContrast,
    smoother: ChromaSmoother,
    state_every: int,
    after: int | None = None,
    scenes: SceneColor | None = None,
    hints_at: Callable[[int], Sequence[Hint]] | None = None,
) -> Generator[ColoredFrame, None, None]:
    """Decodes and colorizes, each in a thread of its own, some frames ahead.

    Args:
        source: The film; not to be touched until the generator is closed.
        layout: Of the result.
        predictor: Asks the network.
        contrast: In the state after the last frame that is done.
        smoother: In the state after the last frame that is done.
        state_every: Each frame that ends so many carries the smoother's
            state; a multiple of `BATCH_FRAMES`, so that a film that is
            resumed there goes through the network in the same batches.
        after: `pts` of the last frame that is done.
        scenes: If given, scenes that are in color keep it; in the state after
            the last frame that is done.
        hints_at: Gives the hints of the frame of a `pts`, as the predictor
            takes them.

    Yields:
        The frames in order.
    """
    decoded = run_ahead(
        _decoded(source, layout, predictor.size, after, scenes),
        _WAITING_FRAMES,
    )
    colored = _colored(
        decoded, predictor, contrast, smoother, state_every, hints_at
    )
    yield from run_ahead(colored, _WAITING_FRAMES)


def output_frame(frame: ColoredFrame, chroma: ChromaPlanes) -> av.VideoFrame:
    """Makes the frame to encode: the luma that came in, new chroma."""
    layout = chroma.layout
    planes = frame.source.chroma or chroma.planes(
        frame.source.luma, frame.ab, frame.age
    )
    if frame.source.captioned is None:
        luma = frame.source.luma
        result = av.VideoFrame(layout.width, layout.height, layout.pix_fmt)
    else:
        # TRICKY: it may be the memory of a frame that the decoder still needs,
        # and that is its own again as soon as another is written instead.
        luma = frame.source.luma.copy()
        result = frame.source.captioned.reformat(
            layout.width, layout.height, layout.pix_fmt
        )
        result.make_writable()
        result.pict_type = PictureType.NONE  # the new encoder decides
    fill_frame(result, (luma, *planes), layout)
    result.colorspace = layout.matrix
    result.color_range = layout.color_range
    return result


def _decoded(source, layout, size, after, scenes) -> Iterator[GrayFrame]:
    for frame in source.frames(after):
        shape = source.pixel_shape
        luma = luma_plane(frame, layout, shape)
        gray = small_gray(luma, layout, *size)
        chroma, scene = None, {}
        if scenes is not None:
            if scenes.is_color(frame, gray):
                chroma = own_chroma(frame, layout, shape)
            scene = scenes.state()
        yield GrayFrame(
            frame.pts,
            frame.duration or 0,
            luma,
            gray,
            chroma,
            scene,
            frame if CAPTIONS in side_data_of(frame) else None,
        )


def _small_rgb(frame) -> np.ndarray:
    """Shrinks to uint8 (h, w, 3), at most some hundred pixels a side."""
    shrink = max(frame.width, frame.height) / _SMALL_SIDE
    width, height = (
        max(round(side / max(shrink, 1)), 1)
        for side in (frame.width, frame.height)
    )
    return frame.to_ndarray(format="rgb24", width=width, height=height)


def _colored(
    frames: Generator[GrayFrame, None, None],
    predictor: ChromaPredictor,
    contrast: SceneContrast,
    smoother: ChromaSmoother,
    state_every: int,
    hints_at: Callable[[int], Sequence[Hint]] | None,
) -> Iterator[ColoredFrame]:
    number = 0
    with contextlib.closing(frames):
        while batch := list(islice(frames, BATCH_FRAMES)):
            grays = np.stack([contrast.spread(frame.gray) for frame in batch])
            abs: np.ndarray = np.zeros((*grays.shape, 2), np.float32)
            if not all(frame.chroma for frame in batch):
                hints = [hints_at(frame.pts) for frame in batch if hints_at]
                abs = predictor.predict(grays, hints)
            for frame, ab in zip(batch, abs, strict=True):
                number += 1
                smoothed = smoother.smooth(frame.gray, ab)
                is_asked = number % state_every == 0
                state = None
                if is_asked:
                    state = {
                        **contrast.state(),
                        **smoother.state(),
                        **frame.scene,
                    }
                yield ColoredFrame(frame, smoothed, smoother.age, state)
