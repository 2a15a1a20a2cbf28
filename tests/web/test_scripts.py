"""The page's scripts that need no browser, in Node."""

import json
import subprocess

import numpy as np
import pytest

from keras_colorize.color.luminance import color_8_bit
from keras_colorize.color.luminance import keep_lightness
from keras_colorize.color.luminance import stretch_contrast
from tests.web.conftest import WEB

PAIRS = 20_000


def test_unit_tests_of_the_scripts_pass(node):
    files = sorted(WEB.glob("tests/*.test.js"))
    assert files
    result = subprocess.run(
        [node, "--test", *files], cwd=WEB, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout


def test_lightness_is_kept_as_in_python(node, tmp_path):
    rng = np.random.default_rng(0)
    gray = rng.integers(0, 256, (PAIRS, 1, 1), dtype=np.uint8)
    image = np.repeat(gray, 3, axis=-1)
    colors = image + rng.normal(0.0, 60.0, image.shape)
    colorized = colors.clip(0, 255).round().astype(np.uint8)
    # Colors that are clipped and too light or dark: half of the pixels.
    changed = keep_lightness(image, colorized)
    assert 0.2 < (changed != colorized).any(axis=-1).mean() < 0.8
    script = (
        f"import {{ keepLightness }} from {json.dumps(str(_LIGHTNESS))};"
        "import { readFileSync, writeFileSync } from 'node:fs';"
        "const read = (name) => new Uint8Array(readFileSync(name));"
        "const colorized = read('colorized');"
        "keepLightness(read('image'), colorized);"
        "writeFileSync('result', colorized);"
    )
    (tmp_path / "image").write_bytes(image.tobytes())
    (tmp_path / "colorized").write_bytes(colorized.tobytes())
    arguments = ["--input-type=module", "--eval", script]
    subprocess.run([node, *arguments], cwd=tmp_path, check=True)
    result = np.frombuffer((tmp_path / "result").read_bytes(), np.uint8)
    difference = np.abs(result.astype(int) - changed.ravel())
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.001


@pytest.mark.parametrize(("low", "high"), [(60, 190), (0, 255), (90, 100)])
def test_faded_photos_are_stretched_as_in_python(node, tmp_path, low, high):
    rng = np.random.default_rng(0)
    gray = rng.integers(low, high + 1, (100, 200, 1), np.uint8)
    image = np.repeat(gray, 3, axis=-1)
    colors = rng.integers(0, 256, image.shape, np.uint8)
    script = (
        "import { colorPhoto, stretchContrast } from "
        f"{json.dumps(str(_LIGHTNESS))};"
        "import { readFileSync, writeFileSync } from 'node:fs';"
        "const read = (name) => new Uint8Array(readFileSync(name));"
        "writeFileSync('seen', stretchContrast(read('image')));"
        "const colors = read('colors');"
        "colorPhoto(read('image'), colors);"
        "writeFileSync('result', colors);"
    )
    (tmp_path / "image").write_bytes(image.tobytes())
    (tmp_path / "colors").write_bytes(colors.tobytes())
    arguments = ["--input-type=module", "--eval", script]
    subprocess.run([node, *arguments], cwd=tmp_path, check=True)

    def difference(name, expected):
        values = np.frombuffer((tmp_path / name).read_bytes(), np.uint8)
        return np.abs(values.astype(int) - expected.ravel())

    # Halves are rounded up there and to even here.
    assert difference("seen", stretch_contrast(image)).max() <= 1
    assert (difference("seen", stretch_contrast(image)) > 0).mean() < 0.1
    assert difference("result", color_8_bit(image, colors)).max() <= 1


_LIGHTNESS = WEB / "src/lightness.js"
