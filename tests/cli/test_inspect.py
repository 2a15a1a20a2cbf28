import json

import pytest

from keras_colorize.presets import find_shipped
from tests.helpers import mid_tone_photo
from tests.helpers import write_photo
from tests.serving.photo_bytes import exif_bytes

RGB = mid_tone_photo(60, 90)
GRAY = RGB[..., 1]


def test_inspect_says_what_files_are(run, tiny_model, tmp_path):
    exif = exif_bytes(Make="Zenit")
    photo = write_photo(tmp_path / "a.png", GRAY, exif=exif, dpi=(300, 300))
    code, stdout, _ = run("inspect", "--json", photo, tiny_model)
    assert code == 0
    facts, model = map(json.loads, stdout.splitlines())
    assert facts["content"] == "gray" and facts["bits"] == 8
    assert facts["exif"] == {"Make": "Zenit"}
    assert facts["dots_per_inch"] == pytest.approx([300, 300], abs=0.1)
    assert model["name"] == "tiny.test" and model["head"] == "photo"
    code, stdout, _ = run("inspect", photo)
    assert "width pixels: 90" in stdout.decode()


def test_inspect_takes_every_limit_of_pixels(run, tmp_path):
    photo = write_photo(tmp_path / "a.png", GRAY)
    for limit, expected in ((0, 1), (60 * 90 - 1, 1), (60 * 90, 0)):
        code, _, _ = run("inspect", photo, "--max-pixels", limit)
        assert code == expected


def test_inspect_shows_no_character_that_steers_a_terminal(run, tmp_path):
    exif = exif_bytes(Make="Ze\x1b[2Jnit")
    photo = write_photo(tmp_path / "a.png", GRAY, exif=exif)
    code, stdout, _ = run("inspect", photo)
    assert code == 0
    assert b"\x1b" not in stdout and rb"Ze\x1b[2Jnit" in stdout


def test_inspect_says_where_a_model_is_from(run, tmp_path):
    shipped = find_shipped("lite")
    copy = tmp_path / "copy.onnx"
    copy.write_bytes((shipped.folder / "model.onnx").read_bytes())
    code, stdout, _ = run("inspect", "--json", "lite", copy)
    assert code == 0
    for facts in map(json.loads, stdout.splitlines()):
        assert facts["weights_version"] == "5"
        assert facts["weights_sha256"] == shipped.sha256["model.weights.h5"]
        assert facts["license"].startswith("Research use.")
        assert "Caltech 101 (CC BY 4.0)" in facts["training_data"]
        assert facts["contract"].startswith("image: uint8")
        assert facts["file_sha256"] == shipped.sha256["model.onnx"]
        assert facts["same_as_shipped"] == "lite.photos"


def test_inspect_says_what_a_model_does_not_say(run, tiny_model):
    code, stdout, _ = run("inspect", tiny_model)
    lines = stdout.decode().splitlines()
    assert code == 0
    assert "  license: not stated in the file" in lines
    assert "  weights sha256: not stated in the file" in lines
    assert "  precision: not stated in the file" in lines
    assert not any("same as shipped" in line for line in lines)


def test_inspect_goes_on_after_a_bad_file(run, tmp_path):
    good = write_photo(tmp_path / "a.png", RGB)
    code, stdout, stderr = run("inspect", tmp_path / "none.jpg", good)
    assert code == 1
    assert b"content: color" in stdout
    assert "There is no file" in stderr
    code, stdout, stderr = run("inspect", "eccv17")
    assert (code, stdout) == (2, b"") and "Unknown model" in stderr
