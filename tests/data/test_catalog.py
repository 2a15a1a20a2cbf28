import subprocess
import sys

import numpy as np
import pytest

from keras_colorize.data.arrays import ArrayPhotos
from keras_colorize.data.catalog import find_photos
from keras_colorize.data.dataset_spec import DatasetNotFoundError
from keras_colorize.data.dataset_spec import load_catalog

CATALOG = """
scenes:
  title: Scenes
  source: https://example.org/scenes
  license: not stated
  folder: scenes
  layout: photos
  splits:
    train: {path: seg_train}
    val: {path: seg_test, photos: 2}
  archives: {scenes.zip: "md5:0123"}
pool:
  title: Pool
  source: https://example.org/pool
  license: CC0
  folder: pool
  layout: photos
  splits:
    train: {path: all, draw: [0, 20]}
    val: {path: all, draw: [20, 30]}
    test: {path: all, classes: 2}
lab:
  title: Arrays
  source: https://example.org/lab
  license: CC0
  folder: lab
  layout: lab_arrays
  L_file: L.npy
  ab_files: [ab.npy]
  splits:
    train: {rows: [0, 3]}
    val: {rows: [3, 4]}
both:
  title: Mix
  source: its rows
  license: its rows
  layout: mix
  splits:
    train: {parts: {scenes: 4, pool: 7}}
    val: {parts: {lab: 1}}
"""


@pytest.fixture
def catalog(tmp_path):
    file = tmp_path / "datasets.yaml"
    file.write_text(CATALOG)
    return load_catalog(file)


@pytest.fixture
def data_dir(photo_maker, tmp_path):
    for label in ("glacier", "mountain", "sea"):
        for number in range(3):
            photo_maker.write(f"scenes/seg_train/{label}/{number}.jpg", b"x")
    for number in range(2):
        photo_maker.write(f"scenes/seg_test/sea/{number}.jpg", b"x")
    for number in range(30):
        photo_maker.write(f"pool/all/{number % 3}/{number}.jpg", b"x")
    np.save(photo_maker.folder / "L.npy", np.zeros((4, 8, 12), np.uint8))
    np.save(photo_maker.folder / "ab.npy", np.zeros((4, 8, 12, 2), np.uint8))
    (tmp_path / "lab").mkdir()
    for name in ("L.npy", "ab.npy"):
        (tmp_path / name).rename(tmp_path / "lab" / name)
    return tmp_path


def test_own_catalog_names_the_promised_data_sets():
    assert {
        "cifar10",
        "imagenet_100",
        "intel_scenes",
        "sports_100",
        "landscapes",
        "voc2012",
        "coco2017",
        "coco2017_10k",
        "image_colorization",
        "mix_11k",
    } <= set(load_catalog())


def test_every_row_has_source_license_and_train_and_val():
    for name, spec in load_catalog().items():
        assert spec.title and spec.source and spec.license, name
        assert {"train", "val"} <= set(spec.splits), name
        assert spec.layout == "mix" or spec.folder, name


def test_own_mix_has_11000_photos_of_rows_that_exist():
    catalog = load_catalog()
    parts = catalog["mix_11k"].splits["train"]["parts"]
    assert sum(parts.values()) == 11_000
    assert set(parts) == {"sports_100", "landscapes", "voc2012"}
    assert set(parts) <= set(catalog)


def test_own_draws_of_train_and_val_are_disjoint():
    for spec in load_catalog().values():
        train, val = spec.splits["train"], spec.splits["val"]
        if "draw" in train:
            assert train["path"] == val["path"]
            assert train["draw"][1] <= val["draw"][0]
    coco = load_catalog()["coco2017_10k"].splits
    assert coco["train"]["draw"] == [0, 8000]
    assert coco["val"]["draw"] == [8000, 10000]


def test_named_set_is_found_below_the_data_folder(catalog, data_dir):
    photos = find_photos("scenes", data_dir, catalog=catalog)
    assert len(photos) == 9 and photos.dataset == "scenes"
    assert set(photos.labels) == {"glacier", "mountain", "sea"}
    val = find_photos("scenes", data_dir, "val", catalog=catalog)
    assert len(val) == 2


def test_data_folder_may_be_the_set_itself(catalog, data_dir):
    photos = find_photos("scenes", data_dir / "scenes", catalog=catalog)
    assert len(photos) == 9


def test_two_categories_and_a_limit(catalog, data_dir):
    labels = ("glacier", "mountain")
    photos = find_photos("scenes", data_dir, labels=labels, catalog=catalog)
    assert set(photos.labels) == set(labels) and len(photos) == 6
    four = find_photos(
        "scenes", data_dir, labels=labels, limit=4, catalog=catalog
    )
    assert len(four) == 4 and set(four.paths) < set(photos.paths)
    again = find_photos(
        "scenes", data_dir, labels=labels, limit=4, catalog=catalog
    )
    assert four == again
    with pytest.raises(ValueError, match="Ask for fewer"):
        find_photos("scenes", data_dir, limit=10, catalog=catalog)


def test_draws_are_disjoint_subsets(catalog, data_dir):
    train = find_photos("pool", data_dir, catalog=catalog)
    val = find_photos("pool", data_dir, "val", catalog=catalog)
    assert (len(train), len(val)) == (20, 10)
    assert not set(train.paths) & set(val.paths)


def test_some_classes_are_drawn(catalog, data_dir):
    photos = find_photos("pool", data_dir, "test", catalog=catalog)
    assert len(set(photos.labels)) == 2 and len(photos) == 20


def test_mix_has_the_number_from_each_set(catalog, data_dir):
    photos = find_photos("both", data_dir, catalog=catalog)
    assert len(photos) == 11
    sets = [label.split("/")[0] for label in photos.labels]
    assert (sets.count("scenes"), sets.count("pool")) == (4, 7)
    assert photos == find_photos("both", data_dir, catalog=catalog)


def test_mix_of_arrays_is_refused(catalog, data_dir):
    with pytest.raises(ValueError, match="photo files"):
        find_photos("both", data_dir, "val", catalog=catalog)


def test_array_set_comes_as_arrays(catalog, data_dir):
    photos = find_photos("lab", data_dir, catalog=catalog)
    assert isinstance(photos, ArrayPhotos)
    assert photos.encoding == "lab8" and len(photos) == 3
    two = find_photos("lab", data_dir, limit=2, catalog=catalog)
    assert len(two) == 2


def test_missing_set_says_where_to_get_it_and_where_to_put_it(
    catalog, tmp_path
):
    with pytest.raises(DatasetNotFoundError) as error:
        find_photos("scenes", tmp_path / "nowhere", catalog=catalog)
    message = str(error.value)
    assert "https://example.org/scenes" in message
    assert str(tmp_path / "nowhere" / "scenes" / "seg_train") in message
    assert "license: not stated" in message and "\n" not in message


def test_incomplete_set_is_refused(catalog, data_dir, photo_maker):
    photo_maker.write("scenes/seg_test/sea/extra.jpg", b"x")
    with pytest.raises(ValueError, match="must have 2 photos"):
        find_photos("scenes", data_dir, "val", catalog=catalog)


def test_unknown_name_gets_close_matches_and_the_list(catalog):
    with pytest.raises(ValueError, match="Did you mean scenes.*both, lab"):
        find_photos("scene", catalog=catalog)


def test_missing_folder_is_no_unknown_name(catalog, tmp_path):
    with pytest.raises(DatasetNotFoundError, match="There is no folder"):
        find_photos(tmp_path / "absent", catalog=catalog)


def test_folder_without_photos_is_reported(catalog, tmp_path):
    (tmp_path / "train").mkdir()
    with pytest.raises(DatasetNotFoundError, match="No photo of split"):
        find_photos(tmp_path, catalog=catalog)


def test_split_a_set_does_not_have_is_refused(catalog, data_dir):
    with pytest.raises(ValueError, match="split='test'"):
        find_photos("scenes", data_dir, "test", catalog=catalog)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x: {title: a, color: b}", "row 'x'"),
        (
            "x: {title: a, source: b, license: c, layout: zip, splits: {}}",
            "layout='zip'",
        ),
    ],
)
def test_bad_rows_are_refused(tmp_path, row, message):
    (tmp_path / "d.yaml").write_text(row)
    with pytest.raises(ValueError, match=message):
        load_catalog(tmp_path / "d.yaml")


def test_catalog_needs_neither_tensorflow_nor_keras():
    code = (
        "import sys, keras_colorize.data.catalog as c; c.load_catalog();"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


ROW = "a: {title: A, source: S, license: L, layout: photos, splits: %s}"


@pytest.mark.parametrize(
    "text",
    [
        *("", "7", "[a, b]", "a: 7", "a: [b]", "a: {1: 2}", "a: {", "\t"),
        *("7: {}", "a: null", ROW % "7", ROW % "{train: 7}"),
        *(ROW % "{train: {}}", ROW % "{train: {path: 7}}"),
        ROW % "{train: {path: p, photos: many}}",
        ROW % "{train: {path: p, photos: -1}}",
        ROW % "{train: {path: p, classes: true}}",
        ROW % "{train: {path: p, draw: [5, 1]}}",
        ROW % "{train: {path: p, draw: [a, b]}}",
        ROW % "{train: {path: p, size: 3}}",
        ROW.replace("A,", "[A],") % "{}",
        ROW.replace("photos", "mix") % "{train: {parts: {b: x}}}",
        ROW.replace("photos", "lab_arrays") % "{train: {rows: 5}}",
        ROW.replace("photos", "cifar10_binary") % "{train: {files: a.bin}}",
        ROW.replace("layout", "labels: 7, layout") % "{}",
        ROW.replace("layout", "archives: [a], layout") % "{}",
    ],
)
def test_rows_of_a_wrong_kind_are_told_in_one_sentence(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match="^mine.yaml") as error:
        load_catalog(path)
    assert len(str(error.value)) < 400 and "\n" not in str(error.value)
    path.write_text(ROW % "{train: {path: p, draw: [0, 5], photos: 9}}")
    assert load_catalog(path)["a"].files_of("train") == ["p"]
