"""Predicted color that holds still while the picture does."""

import numpy as np
from PIL import Image

# Number of frames whose mean a pixel that holds still shows.
DEFAULT_SMOOTH_FRAMES = 12
# A pixel is another thing than before when it changed by this many times the
# change of half of the pixels (grain, compression) ...
_CHANGE_OF_NOISE = 4.0
# ... which counts as at least and at most so many levels of 255: a moving
# camera must not pass for grain.
_NOISE_RANGE = (0.75, 4.0)

# The grid on which two frames are compared: coarse, so that a moving camera
# or person stays in the same cell, and grain averages out.
_GRID_CELLS = 8
# Mean change of a cell, in units of how much the cells of a frame differ from
# each other. Of 300 pairs of unrelated photos, 99 of 100 change by more than
# 0.72 and half by more than 1.36; a camera that moves by 4 % of the width in
# one frame changes 99 of 100 photos by less than 0.47.
_CUT_CHANGE = 0.7
# Contrast below which a frame counts as blank, in levels of 255.
_MIN_CONTRAST = 6.0


class ChromaSmoother:
    """Mean of the predicted ab over the frames in which a pixel held still.

    Each pixel has a running mean of gray and ab, and an age, the number of
    frames in it:

        similarity = exp(-(change of gray / scale)^4)
        age   = min(similarity * age + 1, smooth_frames)
        mean += (new - mean) / age

    The change is against the mean gray, averaged over 3 x 3 pixels, less the
    change of the whole frame (old films flicker). Where something moves, the
    age falls to 1 and the pixel shows its own prediction: color is not
    dragged along. A cut sets all ages to 1, so the first frame of a scene is
    exactly what was predicted. Nothing is looked at in advance, and nothing
    lags but slow changes of color in a picture that holds still.

    What is independent noise in each prediction changes n sqrt(2 - 1/n) times
    less from frame to frame at age n: 17 times less at 12, up to the grain
    that is taken for motion.

    Args:
        smooth_frames: Largest age; 1 turns smoothing off.

    Attributes:
        age: float32 (h, w), of each pixel in the last frame.
    """

    def __init__(self, smooth_frames: int = DEFAULT_SMOOTH_FRAMES):
        self.smooth_frames = smooth_frames
        self.age = np.zeros((0, 0), np.float32)
        self._gray = np.zeros((0, 0), np.uint8)  # of the last frame
        self._mean = np.zeros((0, 0, 3), np.float32)  # gray and ab

    def smooth(self, gray: np.ndarray, ab: np.ndarray) -> np.ndarray:
        """Takes the next frame.

        Args:
            gray: uint8 (h, w), what the network saw.
            ab: float32 (h, w, 2), what it predicted, CIE a* and b*.

        Returns:
            float32 (h, w, 2), CIE a* and b*.
        """
        new = np.concatenate([gray[..., None].astype(np.float32), ab], 2)
        if not self._gray.size or is_cut(self._gray, gray):
            self._mean = new
            self.age = np.ones(gray.shape, np.float32)
        else:
            similarity = _similarity(new[..., 0] - self._mean[..., 0])
            self.age = np.minimum(
                similarity * self.age + 1.0, float(self.smooth_frames)
            )
            self._mean = self._mean + (new - self._mean) / self.age[..., None]
        self._gray = gray
        return self._mean[..., 1:]

    def state(self) -> dict[str, np.ndarray]:
        """Returns all it knows, to go on later; empty before a first frame."""
        if not self._gray.size:
            return {}
        return {
            "gray": self._gray,
            "mean": self._mean,
            "age": self.age,
        }

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Goes on from where `state` was taken."""
        if state:
            self._gray = state["gray"]
            self._mean = state["mean"]
            self.age = state["age"]


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Says whether two neighboring frames show different scenes.

    A change of brightness of the whole frame, as of an old film that
    flickers, is none. The few cuts that are missed, between pictures of much
    the same light, are left to the smoothing's own eye for change.

    Args:
        before: uint8 (h, w), gray.
        after: uint8 (h, w), gray, the next frame.
    """
    if before.shape != after.shape:
        return True
    before_cells, after_cells = _cells(before), _cells(after)
    change = after_cells - before_cells
    change = np.abs(change - np.median(change)).mean()
    contrast = (_contrast(before_cells) + _contrast(after_cells)) / 2
    return bool(change > _CUT_CHANGE * max(contrast, _MIN_CONTRAST))


def _similarity(change: np.ndarray) -> np.ndarray:
    """Gives 1 where a change is noise, 0 where the picture is another."""
    change = np.abs(_mean_of_3x3(change - np.median(change)))
    noise = np.clip(np.median(change), *_NOISE_RANGE)
    return np.exp(-((change / (_CHANGE_OF_NOISE * noise)) ** 4))


def _mean_of_3x3(x: np.ndarray) -> np.ndarray:
    x = np.pad(x, 1, mode="edge")
    x = x[:-2] + x[1:-1] + x[2:]
    return (x[:, :-2] + x[:, 1:-1] + x[:, 2:]) / 9.0


def _cells(gray: np.ndarray) -> np.ndarray:
    image = Image.fromarray(gray)
    image = image.resize((_GRID_CELLS, _GRID_CELLS), Image.Resampling.BOX)
    return np.asarray(image, np.float32)


def _contrast(cells: np.ndarray) -> float:
    return float(np.abs(cells - cells.mean()).mean())
