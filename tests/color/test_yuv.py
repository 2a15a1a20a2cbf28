import json
from pathlib import Path

import numpy as np
import pytest
from keras import ops
from skimage.color import rgb2yuv

from keras_colorize.color import yuv

GOLDENS = Path(__file__).parents[1] / "goldens" / "color_vectors.json"
VECTORS = json.loads(GOLDENS.read_text("utf-8"))
COLORS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "white": (255, 255, 255),
    "gray128": (128, 128, 128),
}


def random_rgb(shape=(2, 5, 7, 3)):
    return np.random.default_rng(0).random(shape).astype("float32")


def as_rgb(name):
    return np.array(COLORS[name], "float32") / 255.0


def numpy(x):
    return ops.convert_to_numpy(x)


def test_yuv_equals_scikit_image():
    rgb = random_rgb()
    result = numpy(yuv.rgb_to_yuv(rgb))
    np.testing.assert_allclose(result, rgb2yuv(rgb), atol=1e-6)


@pytest.mark.parametrize("name", COLORS)
def test_yuv_of_named_colors_equals_the_reference(name):
    result = numpy(yuv.rgb_to_yuv(as_rgb(name)))
    expected = VECTORS["yuv_skimage"][name]
    np.testing.assert_allclose(result, expected, atol=1e-6)


@pytest.mark.parametrize("name", COLORS)
def test_colornet_uv_of_named_colors_equals_the_reference(name):
    rgb = as_rgb(name)
    luma = numpy(yuv.rgb_to_yuv(rgb))[:1]
    result = np.concatenate([luma, numpy(yuv.rgb_to_colornet_uv(rgb))])
    expected = VECTORS["yuv_colornet"][name]
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_yuv_round_trip_is_exact():
    rgb = random_rgb()
    result = numpy(yuv.yuv_to_rgb(yuv.rgb_to_yuv(rgb)))
    np.testing.assert_allclose(result, rgb, atol=1e-6)


def test_yuv_to_rgb_uses_the_published_factors():
    # Y = 0.5, U = 0.1, V = 0: R = 0.5, G = 0.5 - 0.0394642, B = 0.5 + 0.203206
    result = numpy(yuv.yuv_to_rgb([0.5, 0.1, 0.0]))
    np.testing.assert_allclose(result, [0.5, 0.4605358, 0.7032062], atol=1e-6)
    # U = 0, V = 0.1: R = 0.5 + 0.113988, G = 0.5 - 0.0580622
    result = numpy(yuv.yuv_to_rgb([0.5, 0.0, 0.1]))
    np.testing.assert_allclose(result, [0.6139883, 0.4419378, 0.5], atol=1e-6)


def test_colornet_yuv_to_rgb_uses_the_published_offsets():
    # On 0..255 with Y = 100, U = 140, V = 120:
    # R = 100 + 1.402 * 120 - 179.456                     = 88.784
    # G = 100 - 0.34414 * 140 - 0.71414 * 120 + 135.460   = 101.5836
    # B = 100 + 1.772 * 140 - 226.816                     = 121.264
    result = numpy(yuv.colornet_yuv_to_rgb(np.array([100, 140, 120]) / 255.0))
    expected = np.array([88.784, 101.5836, 121.264]) / 255.0
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_colornet_round_trip_is_off_by_less_than_documented():
    rgb = random_rgb((1000, 3))
    luma = yuv.rgb_to_yuv(rgb)[:, :1]
    uv = yuv.rgb_to_colornet_uv(rgb)
    result = numpy(yuv.colornet_yuv_to_rgb(ops.concatenate([luma, uv], -1)))
    assert 0.002 < np.abs(result - rgb).max() < 0.006


def test_the_two_variants_differ():
    rgb = random_rgb((4, 3))
    bt601 = numpy(yuv.rgb_to_yuv(rgb))[:, 1:]
    colornet = numpy(yuv.rgb_to_colornet_uv(rgb))
    assert np.abs(bt601 + 0.5 - colornet).max() > 0.01


def test_results_out_of_gamut_are_clipped():
    for convert in (yuv.yuv_to_rgb, yuv.colornet_yuv_to_rgb):
        result = numpy(convert([[1.0, 1.0, 1.0], [0.0, -1.0, -1.0]]))
        assert result.min() == 0.0
        assert result.max() == 1.0


@pytest.mark.parametrize(
    "convert",
    [
        yuv.rgb_to_yuv,
        yuv.yuv_to_rgb,
        yuv.rgb_to_colornet_uv,
        yuv.colornet_yuv_to_rgb,
    ],
)
def test_misuse_is_refused(convert):
    with pytest.raises(TypeError, match="must be floating point.*uint8"):
        convert(np.zeros((4, 6, 3), "uint8"))
    with pytest.raises(ValueError, match=r"3 channel.*\(4, 6, 2\)"):
        convert(np.zeros((4, 6, 2), "float32"))
    with pytest.raises(ValueError, match="3 channel"):
        convert(np.float32(0.5))
