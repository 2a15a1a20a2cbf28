"""Full contrast for what the network sees of faded films."""

import numpy as np

from keras_colorize.color.luminance import contrast_table
from keras_colorize.serving.video.smoothing import is_cut

_UNKNOWN, _FULL, _FADED = 0, 1, 2  # contrast of a scene
_ALL_LEVELS = 256


class SceneContrast:
    """Spreads the gray levels of faded scenes, as is done with photos.

    The network sees it; luma stays as it is. A scene is faded if its first
    frame that shows something is, and stays so up to the next cut. Which
    levels are spread, all of its frames so far say together: a film whose
    light flickers does not make the network's input flicker more, and what
    changes within a scene changes slowly.
    """

    def __init__(self):
        self._gray = np.zeros((0, 0), np.uint8)  # of the last frame
        self._counts = np.zeros(_ALL_LEVELS, np.int64)  # of the scene's levels
        self._kind = _UNKNOWN

    def spread(self, gray: np.ndarray) -> np.ndarray:
        """Takes the next frame.

        Args:
            gray: uint8 (h, w).

        Returns:
            uint8 (h, w); `gray` itself where contrast is full.
        """
        if is_cut(self._gray, gray):
            self._counts, self._kind = np.zeros_like(self._counts), _UNKNOWN
        self._gray = gray
        self._counts = self._counts + np.bincount(
            gray.ravel(), minlength=_ALL_LEVELS
        )
        table = None
        if self._kind == _UNKNOWN:
            table = contrast_table(self._counts)
            if table is not None:
                self._kind = _FADED
            elif contrast_table(self._counts, _ALL_LEVELS) is not None:
                self._kind = _FULL
        elif self._kind == _FADED:
            table = contrast_table(self._counts, _ALL_LEVELS)
        return gray if table is None else table[gray]

    def state(self) -> dict[str, np.ndarray]:
        """Returns all it knows, to go on later."""
        return {
            "contrast_gray": self._gray,
            "contrast_counts": self._counts,
            "contrast_kind": np.array(self._kind),
        }

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Goes on from where `state` was taken."""
        if "contrast_kind" in state:
            self._gray = state["contrast_gray"]
            self._counts = state["contrast_counts"]
            self._kind = int(state["contrast_kind"])
