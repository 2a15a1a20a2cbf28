import numpy as np
import pytest
from keras import ops

from keras_colorize.color.cielab import rgb_to_lab
from keras_colorize.color.vividness import enhance_color
from keras_colorize.color.vividness import enhance_lab
from keras_colorize.color.vividness import focus_chroma
from keras_colorize.color.vividness import unfocus_chroma


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


def focused(ab, *settings, function=focus_chroma):
    return ops.convert_to_numpy(function(np.array(ab, "f"), *settings))


def test_focus_multiplies_chroma_by_a_power_of_itself():
    # Chroma 15 = 1.25 * 12: 1.5 * 1.25**2 = 2.34375. Chroma 6 = 12 / 2:
    # 1.5 * 0.5**2 = 0.375. From 18 on 1.5 * 1.5**2 = 3.375.
    found = focused([[9, 12], [-6, 0], [0, 0], [0, -18], [20, 0]], 1.5, 2.0)
    expected = [[21.09375, 28.125], [-2.25, 0], [0, 0], [0, -60.75], [67.5, 0]]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_without_focus_all_chroma_is_multiplied_alike():
    ab = np.random.default_rng(1).normal(0, 20, (2, 3, 5, 2))
    np.testing.assert_allclose(focused(ab), ab, rtol=1e-5)
    np.testing.assert_allclose(focused(ab, 1.3), 1.3 * ab, rtol=1e-5)


@pytest.mark.parametrize("settings", [(1.0, 0.0), (1.4, 0.25), (0.7, 1.5)])
def test_unfocus_finds_what_focus_turns_into_a_color(settings):
    ab = np.random.default_rng(1).normal(0, 30, (2, 3, 5, 2))
    ab[0, 0, 0] = 0.0
    told = focused(ab, *settings, function=unfocus_chroma)
    np.testing.assert_allclose(focused(told, *settings), ab, atol=1e-3)
    assert np.isfinite(focused(ab, 0.0, 0.5, function=unfocus_chroma)).all()
