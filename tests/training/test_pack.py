import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from keras_colorize.data import packing
from keras_colorize.data.packed import read_packed
from tests.training.conftest import smooth_photo
from training.pack import app


@pytest.fixture
def folder(tmp_path):
    """5 photos: train and val, one gray, one broken."""
    rng = np.random.default_rng(1)
    for name in ("train/lake/a.png", "train/lake/b.jpg", "val/c.png"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(smooth_photo(rng, 48, 72)).save(path)
    gray = np.full((40, 40), 90, np.uint8)
    Image.fromarray(gray).save(tmp_path / "photos/train/gray.png")
    (tmp_path / "photos/val/cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    return tmp_path / "photos"


def pack(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_usable_photos_are_packed_with_split_and_label(folder, tmp_path):
    result = pack("--data", folder, "--out", tmp_path / "p", "--short-side", 32)
    assert result.exit_code == 0, result.output
    photos = read_packed(tmp_path / "p")
    assert photos.names == (
        "photos/train/lake/a.png",
        "photos/train/lake/b.jpg",
        "photos/val/c.png",
    )
    assert photos.splits == ("train", "train", "val")
    assert photos.labels == ("lake", "lake", "")
    assert photos.shapes.tolist() == [[32, 48]] * 3
    report = json.loads((tmp_path / "p" / "report.json").read_text())
    assert report["counts"] == {"grayscale": 1, "packed": 3, "broken": 1}
    assert len(report["left_out"]) == 2


def test_photos_that_look_like_excluded_ones_stay_out(folder, tmp_path):
    tests = tmp_path / "tests"
    tests.mkdir()
    # Darker, smaller and compressed, but the same photo.
    with Image.open(folder / "train/lake/a.png") as photo:
        darker = photo.resize((54, 36)).point(lambda value: value * 0.8)
        darker.save(tests / "other_name.jpg", quality=80)
    result = pack("--data", folder, "--out", tmp_path / "p", "--exclude", tests)
    assert result.exit_code == 0, result.output
    assert "1 excluded" in " ".join(result.output.split())
    names = read_packed(tmp_path / "p").names
    assert names == ("photos/train/lake/b.jpg", "photos/val/c.png")


def test_photos_of_a_validation_folder_are_not_packed_for_training(
    folder, tmp_path
):
    for path in (folder / "train").iterdir():  # photos beside val/
        path.rename(folder / path.name)
    (folder / "train").rmdir()
    result = pack("--data", folder, "--out", tmp_path / "p")
    assert result.exit_code == 0, result.output
    photos = read_packed(tmp_path / "p")
    assert dict(zip(photos.names, photos.splits, strict=True)) == {
        "photos/lake/a.png": "train",
        "photos/lake/b.jpg": "train",
        "photos/val/c.png": "val",
    }


def test_data_sets_are_joined(folder, tmp_path):
    more = tmp_path / "more" / "train"
    more.mkdir(parents=True)
    photo = smooth_photo(np.random.default_rng(9), 40, 56)
    Image.fromarray(photo).save(more / "a.png")
    out = tmp_path / "p"
    result = pack("--data", folder, "--data", more.parent, "--out", out)
    assert result.exit_code == 0, result.output
    assert "No validation photos" in result.output
    photos = read_packed(out)
    assert len(photos) == 4
    assert photos.names[-1] == "more/train/a.png"
    np.testing.assert_array_equal(photos.image(3), photo)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--data", "nowhere/photos"], "There is no folder"),
        (["--data", "{folder}", "--out", "{folder}"], "which exists"),
        (["--data", "{folder}/train/gray"], "nothing was packed"),
        (["--data", "{folder}", "--exclude", "{folder}/none"], "without any"),
    ],
)
def test_mistakes_are_explained(folder, tmp_path, options, message):
    (folder / "train/gray/train").mkdir(parents=True)
    (folder / "train/gray.png").rename(folder / "train/gray/train/gray.png")
    (folder / "none").mkdir()
    options = [option.format(folder=folder) for option in options]
    result = pack("--out", tmp_path / "p", *options)
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")
    assert not (tmp_path / "p").exists()


def test_extreme_formats_are_cut_and_small_photos_not_enlarged():
    wide = np.zeros((100, 500, 3), np.uint8)
    wide[:, 150:350] = 200  # the middle 2:1
    small = packing.shrink(wide, 50)
    assert small.shape == (50, 100, 3) and (small == 200).all()
    tall = packing.shrink(np.zeros((90, 20, 3), np.uint8), 50)
    assert tall.shape == (40, 20, 3)
    odd = packing.shrink(np.zeros((101, 151, 3), np.uint8), 64)
    assert odd.shape == (64, 96, 3)


def test_jpeg_is_decoded_upright_and_no_larger_than_needed(tmp_path):
    photo = Image.fromarray(np.zeros((400, 800, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    photo.save(tmp_path / "turned.jpg", exif=exif)
    # A quarter of each side is the smallest JPEG gives from 2 x 48 on.
    assert packing.load_photo(tmp_path / "turned.jpg", 48).shape == (
        200,
        100,
        3,
    )


def test_signature_ignores_brightness_and_is_zero_for_flat_photos():
    photo = smooth_photo(np.random.default_rng(2), 40, 56)
    own = packing.signature(photo)
    assert own @ packing.signature(photo // 2) > 0.99
    assert own @ packing.signature(photo[:, ::-1]) < 0.97
    flat = packing.signature(np.full((20, 30, 3), 7, np.uint8))
    assert not flat.any()
