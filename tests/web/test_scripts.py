"""The page's scripts that need no browser, in Node."""

import json
import subprocess

import numpy as np
import pytest

from keras_colorize.color.luminance import contrast_table
from keras_colorize.color.luminance import shows_nothing
from keras_colorize.serving.merge import merge_photo
from keras_colorize.serving.merge import network_view
from keras_colorize.serving.resize import network_input_size
from tests.helpers import textured_photo
from tests.web.conftest import WEB

_SRC = (WEB / "src").as_posix()
_SCRIPT = f"""
import {{ readFileSync, writeFileSync }} from "node:fs";
import {{ mergePhoto, networkView }} from "{_SRC}/merge.js";
import {{ MemoryPicture }} from "{_SRC}/pixels.js";
import {{ networkInputSize }} from "{_SRC}/resize.js";
const [width, height] = JSON.parse(readFileSync("size"));
const bytes = (name) => new Uint8ClampedArray(readFileSync(name));
const source = new MemoryPicture(width, height, bytes("image"));
const target = new MemoryPicture(width, height);
const size = networkInputSize(height, width, 32);
const {{ L, levels }} = networkView(source, size);
const ab = new Float32Array(bytes("ab").buffer);
const isOpaque = mergePhoto(source, target, ab, size, 1.5, levels);
writeFileSync("L", L);
writeFileSync("result", target.pixels);
const said = {{ size, levels: levels && [...levels], isOpaque }};
console.log(JSON.stringify(said));
"""


def test_unit_tests_of_the_scripts_pass(node):
    files = sorted(WEB.glob("tests/*.test.js"))
    if not (WEB / "node_modules" / "geotiff").is_dir():
        files.remove(WEB / "tests" / "decoded.test.js")  # `make test-web`
    assert files
    result = subprocess.run(
        [node, "--test", *files], cwd=WEB, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout


def faded_photo(height, width):
    levels = textured_photo(height, width)[..., :1]
    return np.repeat(70 + levels // 3, 3, axis=2)


def empty_page(height, width):
    return 200 + textured_photo(height, width)[..., :1].repeat(3, 2) // 20


@pytest.mark.parametrize("make", [textured_photo, faded_photo, empty_page])
@pytest.mark.parametrize("size", [(61, 90), (1, 1), (2, 300), (400, 3)])
def test_photos_are_seen_and_merged_as_in_python(node, tmp_path, make, size):
    image = make(*size)
    rng = np.random.default_rng(0)
    seen = network_input_size(*size, 32)
    ab = rng.normal(0.0, 25.0, (*seen, 2)).astype(np.float32)
    alpha = np.full((*size, 1), 255, np.uint8)
    alpha[0, 0] = 7
    rgba = np.concatenate([image, alpha], axis=2)
    (tmp_path / "size").write_text(json.dumps(size[::-1]))
    (tmp_path / "image").write_bytes(rgba.tobytes())
    (tmp_path / "ab").write_bytes(ab.tobytes())
    said = subprocess.run(
        [node, "--input-type=module", "--eval", _SCRIPT],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    said = json.loads(said.stdout)
    view = network_view(image, seen, stretches=True)
    assert said["size"] == [*seen]
    assert said["isOpaque"] is False
    assert (said["levels"] is None) == (view.levels is None)
    if view.levels is not None:
        # Halves are rounded up there and to even here.
        assert np.abs(said["levels"] - view.levels.astype(int)).max() <= 1
    L = np.frombuffer((tmp_path / "L").read_bytes(), np.float32)
    atol = 2e-3 if view.levels is None else 0.5
    np.testing.assert_allclose(L, view.L.ravel(), atol=atol)
    expected = np.empty_like(image)
    merge_photo(image, ab, expected, 1.5, view.levels)
    result = np.frombuffer((tmp_path / "result").read_bytes(), np.uint8)
    result = result.reshape(*size, 4)
    np.testing.assert_array_equal(result[..., 3:], alpha)
    difference = np.abs(result[..., :3].astype(int) - expected)
    assert (difference <= 1).mean() >= 0.999
    if view.levels is None:
        assert (difference > 0).mean() < 0.001


def test_contrast_is_looked_at_as_in_python():
    # What the unit test of lightness.js says of contrastTable.
    counts = np.zeros(256, int)
    counts[[100, 150]] = 50
    levels = contrast_table(counts)
    assert levels[[90, 100, 126, 150, 160]].tolist() == [0, 0, 133, 255, 255]
    counts[[100, 140]] = 0, 50
    assert contrast_table(counts) is None
    # And of showsNothing.
    counts = np.zeros(256, int)
    counts[[0, 190, 206]] = 9, 5000, 4991
    assert shows_nothing(counts)
    counts[0] = 11
    assert not shows_nothing(counts)
