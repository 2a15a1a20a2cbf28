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


def test_results_out_of_gamut_are_clipped():
    result = numpy(yuv.yuv_to_rgb([[1.0, 1.0, 1.0], [0.0, -1.0, -1.0]]))
    assert result.min() == 0.0
    assert result.max() == 1.0


@pytest.mark.parametrize("convert", [yuv.rgb_to_yuv, yuv.yuv_to_rgb])
def test_misuse_is_refused(convert):
    with pytest.raises(TypeError, match="must be floating point.*uint8"):
        convert(np.zeros((4, 6, 3), "uint8"))
    with pytest.raises(ValueError, match=r"3 channel.*\(4, 6, 2\)"):
        convert(np.zeros((4, 6, 2), "float32"))
    with pytest.raises(ValueError, match="3 channel"):
        convert(np.float32(0.5))
