"""`serve` from the wheel, without Keras: page, curl, and what it lacks."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from keras_colorize.serving.images.read import read_photo
from tests.wheel.conftest import run_python

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def python(install):
    return install("[serve]")


@pytest.fixture(scope="module")
def url(python):
    """Of a server with the shipped models."""
    process = subprocess.Popen(
        [python.with_name("keras-colorize"), "serve", "--port", "0"],
        cwd="/",
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        match = re.search(r"http://\S+", process.stdout.readline())
        yield match.group()
        process.terminate()


def curl(*arguments):
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    command = ["curl", "--silent", "--show-error", "--fail", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.mark.parametrize("name", ["keras", "tensorflow", "onnx", "httpx"])
def test_other_libraries_are_not_installed(name, python):
    code = f"import importlib.util as u; print(u.find_spec({name!r}))"
    assert run_python(python, "-c", code).strip() == "None"


def test_curl_colorizes_a_real_photo(url, tmp_path):
    data = pytest.importorskip("skimage.data", reason="has the photo")
    gray = Image.fromarray(data.coffee()).convert("L")
    gray.save(tmp_path / "coffee.jpg", quality=95)
    upload = f"photo=@{tmp_path / 'coffee.jpg'}"
    photo = read_photo(curl("-F", upload, f"{url}/v1/colorize"))
    assert photo.rgb.shape == (gray.height, gray.width, 3)
    assert np.ptp(photo.rgb.astype(int), axis=-1).mean() > 3
    assert photo.format == "JPEG"


def test_page_and_every_file_that_it_names_are_in_the_wheel(url):
    page = curl(f"{url}/").decode()
    names = re.findall(r'(?:src|href)="(web/[^"]+)"', page)
    assert len(names) >= 3
    scripts = ["web/main.js"]
    for script in scripts:
        text = curl(f"{url}/{script}").decode()
        imported = re.findall(r'from "\./(\w+\.js)"', text)
        scripts += [f"web/{n}" for n in imported if f"web/{n}" not in scripts]
    assert len(scripts) >= 8
    for name in names:
        assert curl(f"{url}/{name}")


def test_base_package_names_the_extra(install):
    command = install().with_name("keras-colorize")
    result = subprocess.run(
        [command, "serve"], cwd="/", capture_output=True, text=True
    )
    assert result.returncode == 2
    assert "pip install 'keras-colorize[serve]'" in result.stderr
    assert result.stderr.count("\n") == 1
