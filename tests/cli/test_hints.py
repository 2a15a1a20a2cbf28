"""`keras-colorize image --hints`, with a model that paints its hints."""

import json

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image

from keras_colorize.hints import Hint
from keras_colorize.serving import colorize as api
from keras_colorize.serving.images.read import read_photo
from tests.cli.in_process import error_of
from tests.cli.in_process import invoke
from tests.helpers import write_photo
from tests.serving import tiny_models

GRAY = np.full((60, 90, 3), 119, np.uint8)  # L = 50
RED = {"x": 70, "y": 20, "radius": 9, "color": "#c24a33"}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from keras_colorize.exporters.onnx import export_onnx
    from tests.exporters.hint_model import NETWORK_SIZE
    from tests.exporters.hint_model import HintModel

    path = tmp_path_factory.mktemp("model") / "hinted.onnx"
    export_onnx(HintModel(name="hinted"), path, network_size=NETWORK_SIZE)
    return path


@pytest.fixture
def photo_path(tmp_path):
    return write_photo(tmp_path / "photo.png", GRAY)


@pytest.fixture
def hints_path(tmp_path):
    path = tmp_path / "hints.json"
    path.write_text(json.dumps({"hints": [RED]}))
    return path


def redness(rgb):
    return rgb[..., 0].astype(int) - rgb[..., 1]


def test_photo_gets_the_color_at_the_point(photo_path, hints_path, model):
    invoke("image", photo_path, "--hints", hints_path, "--model", model)
    colorized = read_photo(photo_path.with_name("photo.colorized.png")).rgb
    # #c24a33 at the photo's own lightness.
    assert np.abs(colorized[20, 70].astype(int) - [200, 79, 56]).max() <= 5
    plain = api.colorize(GRAY, model=model)
    np.testing.assert_array_equal(colorized[40:, :50], plain[40:, :50])


def test_points_are_those_of_the_upright_photo(tmp_path, hints_path, model):
    # Stored 90 x 60 and turned by 90 degrees on reading.
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    path = tmp_path / "turned.png"
    Image.fromarray(GRAY.swapaxes(0, 1).copy()).save(path, exif=exif.tobytes())
    result = invoke("image", path, "--hints", hints_path, "--model", model)
    colorized = read_photo(result.stdout.strip()).rgb
    assert colorized.shape == (60, 90, 3)
    red = redness(colorized)
    row, column = np.unravel_index(red.argmax(), red.shape)
    assert abs(row - 20) <= 9 and abs(column - 70) <= 9
    assert red[20, 70] > 100 > red[50, 20]


@pytest.mark.parametrize("kind", ["path", "bytes", "image", "array"])
def test_colorize_takes_hints_for_each_kind_of_photo(kind, photo_path, model):
    photo = {
        "path": photo_path,
        "bytes": photo_path.read_bytes(),
        "image": Image.fromarray(GRAY),
        "array": GRAY,
    }[kind]
    result = api.colorize(photo, model=model, hints=[Hint(**RED)])
    if kind in ("path", "bytes"):
        result = read_photo(result).rgb
    assert redness(np.asarray(result))[20, 70] > 100


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not JSON", "hints.json must be a JSON list of hints"),
        (
            json.dumps([RED, {**RED, "x": 90}]),
            "Hint 2 lies outside the photo of 90x60 pixels",
        ),
        (json.dumps([{**RED, "color": "bleu"}]), "hint 1: `color` of a hint"),
    ],
)
def test_mistakes_end_in_one_sentence_and_no_file(
    content, message, photo_path, hints_path, model
):
    hints_path.write_text(content)
    error = error_of(
        "image",
        photo_path,
        "--hints",
        hints_path,
        "--model",
        model,
        exit_code=2,
    )
    assert error.startswith("Error: ") and message in error
    assert error.count("\n") == 1
    assert not photo_path.with_name("photo.colorized.png").exists()


def test_missing_file_is_told(photo_path, tmp_path, model):
    path = tmp_path / "none.json"
    error = error_of(
        "image", photo_path, "--hints", path, "--model", model, exit_code=2
    )
    assert "The hints cannot be read" in error


def test_model_without_hints_refuses_them(photo_path, hints_path, tmp_path):
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_models.photo_model())
    error = error_of(
        *("image", photo_path, "--hints", hints_path, "--model", path),
        exit_code=2,
    )
    assert "tiny.test takes no color hints" in error
    assert "siggraph17" in error


def test_folder_takes_no_hints(tmp_path, hints_path):
    error = error_of(
        "folder", tmp_path, tmp_path / "o", "--hints", hints_path, exit_code=2
    )
    assert "No such option" in error
