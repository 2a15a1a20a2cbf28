import numpy as np
import pytest
from rich.console import Console

from keras_colorize.color.cielab_numpy import lab_to_rgb
from tests.helpers import write_photo
from training.measure.regions import flat_mask
from training.measure.regions import measure_regions
from training.measure.regions import skin_mask


def lab_photo():
    """Left a wall, right skin, below a busy gray ground."""
    lab = np.zeros((40, 60, 3), np.float32)
    lab[..., 0] = 60.0
    lab[:, 30:, 1:] = 15.0  # hue 45 degrees, chroma 21.2
    lab[30:, :, 1:] = 0.0
    lab[30:, ::2, 0] = 20.0
    return lab


def turned(image):
    """Colors the wall and turns the hue of skin by 90 degrees, half as far."""
    lab = lab_photo()
    lab[:30, :30, 1:] = 3.0, 4.0
    lab[:30, 30:, 1:] = -7.5, 7.5
    return np.rint(lab_to_rgb(lab) * 255.0).astype(np.uint8)


def test_masks_find_walls_and_skin():
    lab = lab_photo()
    flat, skin = flat_mask(lab), skin_mask(lab)
    assert flat[:20, :30].all() and not flat[32:].any()
    assert not flat[:, 30:].any()
    assert skin[:30, 30:].all() and skin.sum() == 900


def test_errors_are_those_of_the_two_regions(tmp_path):
    image = np.rint(lab_to_rgb(lab_photo()) * 255.0).astype(np.uint8)
    gray = np.full((40, 60, 3), 99, np.uint8)
    gray[::2] = 30  # neither even nor skin
    paths = [
        str(write_photo(tmp_path / f"{i}.png", photo))
        for i, photo in enumerate((image, gray))
    ]
    colorizers = {"turned": turned, "same": lambda photo: photo}
    first, second = measure_regions(paths, colorizers, Console(quiet=True))
    assert first["setting"] == "turned"
    assert (first["flat_photos"], first["skin_photos"]) == (1, 1)
    assert first["flat_chroma_error"] == pytest.approx(5.0, abs=0.3)
    assert first["skin_hue_error"] == pytest.approx(90.0, abs=2.0)
    assert first["skin_chroma_ratio"] == pytest.approx(0.5, abs=0.02)
    assert second["flat_chroma_error"] == second["skin_hue_error"] == 0.0
    (nothing,) = measure_regions(
        paths[1:], {"same": turned}, Console(quiet=True)
    )
    assert nothing["skin_hue_error"] is None and nothing["skin_photos"] == 0
