import numpy as np
import pytest
from skimage.color import lab2rgb
from skimage.color import rgb2lab

from keras_colorize.color import lab_formulas as formulas
from keras_colorize.color import planes


@pytest.fixture
def lab():
    """Float32 (N, 3) of colors inside sRGB, black and white among them."""
    rgb = np.random.default_rng(0).random((5000, 3))
    rgb[:2] = [[0, 0, 0], [1, 1, 1]]
    return rgb2lab(rgb).astype(np.float32)


def light_of(lab):
    fy = (lab[:, 0] + 16) / np.float32(116)
    return formulas.ratio_from_f(fy, np), fy


def test_8_bits_are_those_of_scikit_image(lab):
    linear = planes.linear_from_lab(*light_of(lab), lab[:, 1], lab[:, 2])
    expected = np.rint(255 * lab2rgb(lab)).T
    levels = planes.encode_8_bit(linear)
    assert levels.dtype == np.uint8
    assert np.abs(levels.astype(int) - expected).max() <= 1
    assert (levels != expected).mean() < 2e-4
    levels = planes.encode_16_bit(linear)
    np.testing.assert_allclose(levels, 65535 * lab2rgb(lab).T, atol=60)


def test_each_level_of_8_bits_begins_where_rounding_says():
    # Both sides of each threshold, in steps that float32 still tells apart.
    begins = formulas.linear_from_srgb((np.arange(1, 256) - 0.5) / 255, np)
    below, above = begins * (1 - 3e-7), begins * (1 + 3e-7)
    levels = planes.encode_8_bit(np.float32([below, above]))
    np.testing.assert_array_equal(levels[0], np.arange(255))
    np.testing.assert_array_equal(levels[1], np.arange(1, 256))
    ends = planes.encode_8_bit(np.float32([-0.5, 0, 1, 7]))
    np.testing.assert_array_equal(ends, [0, 0, 255, 255])


def test_colors_outside_become_paler_and_keep_their_luminance():
    Y = np.float32([0.0, 0.01, 0.3, 0.9, 1.0])
    fy = formulas.f_from_ratio(Y, np)
    a, b = np.full(5, 90, np.float32), np.full(5, -70, np.float32)
    outside = planes.linear_from_lab(Y, fy, a, b)
    inside = planes.into_gamut(Y, outside)
    assert inside.min() >= -1e-6
    assert inside.max() <= 1 + 1e-6
    np.testing.assert_allclose(planes.Y_WEIGHTS @ inside, Y, atol=1e-5)
    # Along the line to gray: what differs from it keeps its proportions.
    chroma, full = inside - Y, outside - planes.Y_WEIGHTS @ outside
    np.testing.assert_allclose(
        chroma[0] * full[2], chroma[2] * full[0], atol=1e-5
    )
    np.testing.assert_array_equal(inside[:, [0, 4]], [[0, 1]] * 3)


def test_color_goes_to_another_luminance_with_its_ab(lab):
    linear = formulas.linear_from_lab(lab, np).T.clip(0, 1)
    Y = np.full(len(lab), 0.18, np.float32)
    pale = np.abs(lab[:, 1:]).max(axis=1) < 15  # fit into sRGB there
    moved = planes.color_on_luminance(Y, formulas.f_from_ratio(Y, np), linear)
    a, b = planes.ab_from_linear(moved)
    ab = np.stack([a, b], axis=1)
    assert pale.sum() > 100
    np.testing.assert_allclose(ab[pale], lab[pale, 1:], atol=0.02)
    np.testing.assert_allclose(planes.Y_WEIGHTS @ moved, Y, atol=1e-5)


@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_and_strips_cover_each_row_once(threads, monkeypatch):
    monkeypatch.setattr(planes, "_STRIP_PIXELS", 100)
    monkeypatch.setattr(planes, "_BLOCK_STRIPS", 3)
    blocks = list(planes.for_blocks(lambda block: block, 50, 40, threads))
    assert [(b.start, b.stop) for b in blocks[:2]] == [(0, 6), (6, 12)]
    rows = [
        row
        for block in blocks
        for strip in planes.strips_of(block, 40)
        for row in range(strip.start, strip.stop)
    ]
    assert rows == list(range(50))
    (only,) = planes.for_blocks(lambda block: block, 2, 4000, threads)
    assert [s.stop for s in planes.strips_of(only, 4000)] == [1, 2]
