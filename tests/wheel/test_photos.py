"""`image`, `folder` and `inspect` from the wheel, without Keras."""

import json
import subprocess
import zipfile

import numpy as np
import pytest
from PIL import Image

from keras_colorize import __version__
from keras_colorize.serving.images.read import read_photo
from tests.color.test_luminance import luminance_levels
from tests.serving.photo_bytes import exif_bytes
from tests.wheel.conftest import run_python

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def python(install):
    return install()


@pytest.fixture(scope="module")
def command(python):
    return python.with_name("keras-colorize")


@pytest.fixture
def photo_path(tmp_path):
    """A gray JPEG of a cup of coffee, with EXIF."""
    data = pytest.importorskip("skimage.data", reason="has the photo")
    gray = Image.fromarray(data.coffee()).convert("L")
    exif = exif_bytes(Make="Zenit", Orientation=8)
    gray.save(tmp_path / "coffee.jpg", quality=95, exif=exif)
    return tmp_path / "coffee.jpg"


def test_wheel_has_an_entry_for_the_license_of_the_weights(python):
    code = (
        "from importlib.metadata import metadata; m = metadata("
        "'keras-colorize'); print(m['License-Expression']); "
        "print(*m.get_all('License-File'))"
    )
    expression, files = run_python(python, "-c", code).splitlines()
    assert expression == "Apache-2.0 AND LicenseRef-Research-Use"
    assert "LICENSE" in files.split()
    assert "keras_colorize/weights/lite.photos/README.md" in files.split()


def test_wheel_leaves_weights_for_comparisons_to_the_source(wheel):
    with zipfile.ZipFile(wheel) as archive:
        weights = [i for i in archive.infolist() if "/weights/" in i.filename]
    names = [item.filename for item in weights]
    assert sum(item.file_size for item in weights) <= 40e6
    assert "keras_colorize/weights/lite.photos/model.onnx" in names
    assert not [name for name in names if "eccv16_small.photos" in name]


def run(command, *arguments):
    result = subprocess.run(
        [str(command), *map(str, arguments)], capture_output=True, cwd="/"
    )
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


def test_version_is_that_of_the_checkout(command):
    assert run(command, "--version").decode().strip() == __version__


@pytest.mark.parametrize(
    "name", ["keras", "tensorflow", "onnx", "skimage", "cv2", "pillow_heif"]
)
def test_training_libraries_are_not_installed(name, python):
    code = f"import importlib.util as u; print(u.find_spec({name!r}))"
    assert run_python(python, "-c", code).strip() == "None"


def test_wheel_holds_the_table_of_data_sets(python):
    code = (
        "from importlib.resources import files; print((files("
        "'keras_colorize') / 'data' / 'datasets.yaml').is_file())"
    )
    assert run_python(python, "-c", code).strip() == "True"


def test_image_colorizes_a_real_photo(command, photo_path):
    target = run(command, "image", photo_path).decode().strip()
    before, after = read_photo(photo_path), read_photo(target)
    assert after.rgb.shape == before.rgb.shape == (600, 400, 3)
    assert np.ptp(after.rgb.astype(int), axis=-1).mean() > 4  # in color
    grays = [
        luminance_levels(photo.rgb.astype(np.uint16) * 257) / 257
        for photo in (before, after)
    ]
    assert np.abs(grays[0] - grays[1]).mean() < 1.0  # JPEG twice
    data = run(command, "image", photo_path, "-o", "-", "--format", "png")
    assert read_photo(data).format == "PNG"


def test_inspect_tells_photo_and_result_apart(command, photo_path):
    target = run(command, "image", photo_path).decode().strip()
    lines = run(command, "inspect", "--json", photo_path, target).splitlines()
    before, after = map(json.loads, lines)
    assert (before["content"], after["content"]) == ("gray", "color")
    assert before["exif"] == after["exif"] == {"Make": "Zenit"}
    assert after["software"].startswith(f"keras-colorize {__version__}, lite")
    assert run(command, "inspect", "lite").decode().count("lite") >= 2
    assert b"lite (default)" in run(command, "models")


def test_folder_mirrors_a_tree_with_two_processes(command, photo_path):
    photos, out = photo_path.parent / "in", photo_path.parent / "out"
    for name in ("a.jpg", "sea/b.jpg", "sea/c.jpg"):
        (photos / name).parent.mkdir(parents=True, exist_ok=True)
        (photos / name).write_bytes(photo_path.read_bytes())
    arguments = ["folder", photos, out, "-r", "--jobs", 2]
    assert b"3 colorized, 0 skipped" in run(command, *arguments)
    for name in ("a.jpg", "sea/b.jpg", "sea/c.jpg"):
        assert np.ptp(read_photo(out / name).rgb.astype(int), axis=-1).any()
    assert b"0 colorized, 3 skipped" in run(command, *arguments)
