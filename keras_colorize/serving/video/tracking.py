"""Following a disc from frame to frame by what is around it.

The flow is OpenCV's (pyramidal Lucas-Kanade), as several hundred lines of our
own would be no better. It is imported with the first disc: films without hints
do not need it.
"""

from typing import Any

import numpy as np

from keras_colorize.errors import SettingError

# Points of a square grid around the center that are followed, along a side.
_GRID = 7
_WINDOW = 15  # pixels around a point that are compared
_LEVELS = 3  # halvings of the frame: motion up to 8 windows
_FLOW_MARGIN = 1.0  # pixels by which a point may miss its start on return
# Frames are blurred by this first, in pixels: grain is no pattern.
_BLUR = 1.0
# Least eigenvalue of the gradients around a point that can be followed, in
# squares of levels; also in those of the flattest places of the frame. Grain
# with a standard deviation of 6 levels has 2 to 3, of 10 levels 5 to 9.
_MIN_TEXTURE = 5.0
_MIN_CONTRAST = 2.0
_FLATTEST = 5  # percent of the frame
_MOST_GAIN = 1.5  # of contrast from frame to frame, as of a lamp
_MIN_POINTS = 5  # that can be followed; with fewer, wider around the disc
_MIN_SHARE = 0.5  # of these that must agree with themselves
_SMALLEST_GRID = 4.0  # pixels from the center to the side
# What is under the disc may change by this in one frame's time or so before
# it counts as another thing: likeness of its pattern, -1 to 1, and levels of
# gray against the whole frame.
_MIN_LIKENESS = 0.4
_SURE_LIKENESS = 0.7
_MOST_LEVELS = 25.0
_MEMORY_FRAMES = 12.0  # of what it looks like
_MIN_PATTERN = 5.0  # standard deviation of levels that make a pattern
_SMALLEST_PATCH = 8  # pixels from the center to the side


class DiscTracker:
    """Follows a disc through frames, one after another.

    Each step takes the median motion of points around the center that can be
    followed forth and back again (median flow). Where the disc is on
    something flat, points farther around it count. It is lost where most of
    them cannot be followed, where what is under it becomes another thing, and
    where its center leaves the frame.

    Args:
        gray: uint8 (h, w), the frame on which it is placed.
        x: Of its center, in pixels of `gray`; the first one spans 0 to 1.
        y: Of its center.
        radius: In pixels of `gray`.

    Attributes:
        has_left: Whether it was lost at the edge of the frame.

    Raises:
        SettingError: If OpenCV is not installed.

    Reference: Kalal et al., Forward-Backward Error: Automatic Detection of
    Tracking Failures, ICPR 2010.
    """

    def __init__(self, gray: np.ndarray, x: float, y: float, radius: float):
        self._cv2 = import_opencv()
        self._gray = gray = self._blurred(gray)
        # OpenCV puts the center of the first pixel at 0.
        self._center = np.array([x - 0.5, y - 0.5], np.float32)
        self._radius = min(radius, min(gray.shape) / 2.0)
        self._side = max(round(self._radius), _SMALLEST_PATCH)
        self._patch = self._patch_of(gray)
        self._level = self._level_of(gray)
        self.has_left = False

    def follow(self, gray: np.ndarray) -> tuple[float, float] | None:
        """Takes the next frame; returns x and y, or None once it is lost.

        Args:
            gray: uint8 (h, w), the frame after or before the last one.
        """
        gray = self._blurred(gray)
        motion = self._motion_to(_in_light_of(self._gray, gray))
        if motion is not None:
            self._gray, self._center = gray, self._center + motion
        x, y = (float(value) + 0.5 for value in self._center)
        height, width = gray.shape
        is_inside = 0.0 <= x < width and 0.0 <= y < height
        if motion is not None and is_inside and self._is_same_thing(gray):
            return x, y
        from_edge = min(x, y, width - x, height - y)
        self.has_left = from_edge < max(self._radius, _SMALLEST_GRID)
        return None

    def _motion_to(self, gray) -> np.ndarray | None:
        """Median motion (2,) of what is around; None if it is not to tell."""
        texture = self._cv2.cornerMinEigenVal(self._gray, _WINDOW, ksize=3)
        texture = texture * (255.0 * 255.0)  # it takes 8 bits for [0, 1]
        flat = float(np.percentile(texture, _FLATTEST))
        least = max(_MIN_TEXTURE, _MIN_CONTRAST * flat)
        reach = max(self._radius, _SMALLEST_GRID)
        while True:
            points = self._points_around(reach)
            columns, rows = np.rint(points).astype(int).T
            points = points[texture[rows, columns] >= least]
            if len(points) >= _MIN_POINTS:
                return self._median_flow(gray, points)
            if reach > max(gray.shape):
                # Nothing moves that could be seen.
                return np.zeros(2, np.float32)
            reach *= 2.0

    def _points_around(self, reach: float) -> np.ndarray:
        """Grid points (N, 2) inside the frame, around the center."""
        height, width = self._gray.shape
        offsets = np.linspace(-reach, reach, _GRID, dtype=np.float32)
        x, y = np.meshgrid(*(offsets + value for value in self._center))
        points = np.stack([x.ravel(), y.ravel()], axis=1)
        inside = (points >= 0.0) & (points <= [width - 1.0, height - 1.0])
        return points[inside.all(axis=1)]

    def _median_flow(self, gray, points) -> np.ndarray | None:
        ends, found = self._flow(self._gray, gray, points)
        starts, found_back = self._flow(gray, self._gray, ends)
        misses = np.linalg.norm(starts - points, axis=1)
        is_good = found & found_back & (misses < _FLOW_MARGIN)
        if is_good.mean() < _MIN_SHARE:
            return None
        return np.median((ends - points)[is_good], axis=0)

    def _flow(self, before, after, points):
        ends, found, _ = self._cv2.calcOpticalFlowPyrLK(
            before,
            after,
            np.ascontiguousarray(points, np.float32),
            None,
            winSize=(_WINDOW, _WINDOW),
            maxLevel=_LEVELS,
        )
        return ends, found.ravel() == 1

    def _is_same_thing(self, gray) -> bool:
        level = self._level_of(gray)
        if abs(level - self._level) > _MOST_LEVELS:
            return False
        self._level += (level - self._level) / _MEMORY_FRAMES
        patch = self._patch_of(gray)
        if self._patch.std() < _MIN_PATTERN:
            self._patch += (patch - self._patch) / _MEMORY_FRAMES
            return True
        likeness = _likeness(self._patch, patch)
        if likeness > _SURE_LIKENESS:
            self._patch += (patch - self._patch) / _MEMORY_FRAMES
        return likeness > _MIN_LIKENESS

    def _patch_of(self, gray) -> np.ndarray:
        """What is around the center: float32, square."""
        side = 2 * self._side + 1
        center = [float(value) for value in self._center]
        return self._cv2.getRectSubPix(
            gray, (side, side), center, patchType=self._cv2.CV_32F
        )

    def _blurred(self, gray) -> np.ndarray:
        return self._cv2.GaussianBlur(gray, (0, 0), _BLUR)

    def _level_of(self, gray) -> float:
        """Gray under the disc, less that of the whole frame."""
        height, width = gray.shape
        x, y = self._center
        rows, columns = np.ogrid[:height, :width]
        # At least the pixel that holds the center.
        radius = max(self._radius, 0.75)
        is_in = (columns - x) ** 2 + (rows - y) ** 2 <= radius**2
        return float(gray[is_in].mean() - gray.mean())


def import_opencv() -> Any:
    """Imports OpenCV.

    Raises:
        SettingError: If it is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise SettingError(
            "Color hints of films need OpenCV, which is not installed: pip "
            "install 'keras-colorize[video,hints]'."
        ) from error
    return cv2


def _in_light_of(before: np.ndarray, gray: np.ndarray) -> np.ndarray:
    """Gives a frame the mean and contrast of another: old films flicker."""
    gain = float(before.std()) / max(float(gray.std()), 1.0)
    gain = min(max(gain, 1.0 / _MOST_GAIN), _MOST_GAIN)
    lit = (gray - float(gray.mean())) * gain + float(before.mean())
    return np.clip(np.rint(lit), 0, 255).astype(np.uint8)


def _likeness(before: np.ndarray, after: np.ndarray) -> float:
    """Correlation of two patches, -1 to 1."""
    before, after = before - before.mean(), after - after.mean()
    norms = np.linalg.norm(before) * np.linalg.norm(after)
    return float((before * after).sum() / max(float(norms), 1e-6))
