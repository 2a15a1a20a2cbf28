import json
from pathlib import Path

import numpy as np
import pytest

from keras_colorize.metrics.colorfulness import colorfulness

GOLDENS = Path(__file__).parents[1] / "goldens" / "color_vectors.json"
VECTORS = json.loads(GOLDENS.read_text("utf-8"))


def random_image():
    return np.random.default_rng(123).integers(0, 256, (8, 8, 3))


def test_colorfulness_equals_the_reference():
    expected = VECTORS["colorfulness"]["hasler_susstrunk_signed"]
    assert colorfulness(random_image()) == pytest.approx(expected, rel=1e-12)


def test_colorfulness_by_hand():
    # Two pixels, (200, 100, 50) and (100, 100, 100):
    # rg = 100, 0: mean 50, std 50; yb = 100, 0: the same.
    # sqrt(50^2 + 50^2) (1 + 0.3) = 91.9239
    image = np.array([[[200, 100, 50], [100, 100, 100]]], "uint8")
    assert colorfulness(image) == pytest.approx(91.923882, rel=1e-7)


def test_opposite_colors_do_not_cancel_in_the_spread_but_in_the_mean():
    # rg = 60, -60: mean 0, std 60; yb = 0, 0. Absolute values first would
    # give std 0, mean 60: 18 instead of 60.
    image = np.array([[[120, 60, 90], [60, 120, 90]]], "uint8")
    assert colorfulness(image) == pytest.approx(60.0)


def test_gray_photos_have_none():
    image = np.repeat(random_image()[..., :1], 3, axis=-1)
    assert colorfulness(image) == 0.0


def test_a_batch_is_scored_photo_by_photo():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 6, 10, 3), dtype="uint8")
    scores = colorfulness(images)
    assert scores.shape == (3,)
    np.testing.assert_allclose(scores, [colorfulness(i) for i in images])


@pytest.mark.parametrize("shape", [(6, 10), (6, 10, 1), (6, 10, 4), (0, 4, 3)])
def test_misuse_is_refused(shape):
    with pytest.raises(ValueError, match="Received: shape="):
        colorfulness(np.zeros(shape, "uint8"))
