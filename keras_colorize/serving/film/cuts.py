"""Where one scene ends and the next begins."""

import numpy as np
from PIL import Image

# The grid on which two frames are compared: coarse, so that a moving camera
# or person stays in the same cell, and grain averages out.
GRID_CELLS = 24
# Mean change of a cell, in units of how much the cells of a frame differ from
# each other. Unrelated frames are near 1.4 (two independent values differ by
# the square root of 2), the same scene stays below 0.5.
CUT_CHANGE = 0.85
# Contrast below which a frame counts as blank, in levels of 255.
MIN_CONTRAST = 6.0


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether two neighbouring frames show different scenes.

    A change of brightness of the whole frame, as of an old film that
    flickers, is none.

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
    return bool(change > CUT_CHANGE * max(contrast, MIN_CONTRAST))


def _cells(gray: np.ndarray) -> np.ndarray:
    image = Image.fromarray(gray)
    image = image.resize((GRID_CELLS, GRID_CELLS), Image.Resampling.BOX)
    return np.asarray(image, np.float32)


def _contrast(cells: np.ndarray) -> float:
    return float(np.abs(cells - cells.mean()).mean())
