import numpy as np
import pytest
from keras import ops

from keras_colorize.color.cielab import rgb_to_lab
from keras_colorize.color.vividness import enhance_color
from keras_colorize.color.vividness import enhance_lab


def enhance(rgb, **options):
    return ops.convert_to_numpy(enhance_color(np.array(rgb, "f"), **options))


def test_moves_away_from_gray_and_clips():
    # Luma 0.299 * 0.5 + 0.587 * 0.25 + 0.114 * 1 = 0.41025.
    expected = [0.6 - 0.08205, 0.3 - 0.08205, 1.0]
    np.testing.assert_allclose(enhance([0.5, 0.25, 1.0]), expected, atol=1e-6)


def test_gray_stays_and_one_changes_nothing():
    np.testing.assert_allclose(enhance([0.3] * 3), [0.3] * 3, atol=1e-6)
    photo = np.random.default_rng(0).uniform(size=(2, 3, 5, 3))
    np.testing.assert_allclose(enhance(photo, factor=1.0), photo, atol=1e-6)
    gray = enhance(photo, factor=0.0)
    assert np.ptp(gray, axis=-1).max() < 1e-6


def test_anything_else_than_three_floats_is_refused():
    with pytest.raises(ValueError, match="Received"):
        enhance([0.3, 0.4])
    with pytest.raises(TypeError):
        enhance_color(np.array([1, 2, 3], "uint8"))


def test_lab_is_enhanced_as_its_photo_is():
    rgb = np.random.default_rng(0).uniform(size=(2, 3, 5, 3)).astype("f")
    lab = ops.convert_to_numpy(rgb_to_lab(rgb))
    L, ab = enhance_lab(lab[..., :1], lab[..., 1:], 1.2)
    expected = ops.convert_to_numpy(rgb_to_lab(enhance(rgb)))
    assert np.abs(expected - lab).max() > 1
    both = np.concatenate([ops.convert_to_numpy(x) for x in (L, ab)], axis=-1)
    np.testing.assert_allclose(both, expected, atol=1e-2)
    same = enhance_lab(L, ab, 1.0)
    assert same[0] is L and same[1] is ab
