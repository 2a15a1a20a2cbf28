import json

import numpy as np
import pytest

from keras_colorize.data.packed import PackedWriter
from keras_colorize.data.packed import is_packed
from keras_colorize.data.packed import read_packed
from keras_colorize.data.photo_list import pick_labels
from keras_colorize.data.pipeline import evaluation_dataset
from keras_colorize.data.pipeline_config import PipelineConfig

SIZES = ((24, 40), (30, 20), (1, 7))


def pack(folder, photo_maker):
    """Packs a photo of each size; the last one is for validation."""
    with PackedWriter(folder) as writer:
        for number, (height, width) in enumerate(SIZES):
            pixels = photo_maker.pixels(height, width, seed=number)
            split = "val" if number == 2 else "train"
            writer.add(pixels, f"{number}.png", split, f"label{number}")
    return folder


@pytest.fixture
def folder(tmp_path, photo_maker):
    return pack(tmp_path / "packed", photo_maker)


def test_photos_come_back_as_they_were(folder, photo_maker):
    photos = read_packed(folder)
    assert len(photos) == 3
    for number, size in enumerate(SIZES):
        expected = photo_maker.pixels(*size, seed=number)
        np.testing.assert_array_equal(photos.image(number), expected)
    assert photos.names == ("0.png", "1.png", "2.png")
    assert len({photos.item_name(i) for i in range(3)}) == 3


def test_splits_labels_and_selections_keep_their_photos(folder, photo_maker):
    photos = read_packed(folder)
    assert photos.of_split("val").names == ("2.png",)
    assert photos.select([2, 0]).labels == ("label2", "label0")
    middle = pick_labels(photos, ["label1"])
    expected = photo_maker.pixels(30, 20, seed=1)
    np.testing.assert_array_equal(middle.image(0), expected)


def test_tf_data_reads_packed_photos_too(folder, photo_maker):
    photos = read_packed(folder).select([0])
    config = PipelineConfig(crop_size=(24, 40), batch_size=1)
    path = photo_maker.write(
        "0.png", photo_maker.encoded(photos.image(0), "PNG")
    )
    ((L, ab),) = evaluation_dataset(photos, config)
    ((other_L, other_ab),) = evaluation_dataset([path], config)
    np.testing.assert_array_equal(L, other_L)
    np.testing.assert_array_equal(ab, other_ab)


def test_unfinished_folder_does_not_get_its_name(tmp_path, photo_maker):
    with pytest.raises(RuntimeError, match="stopped"):
        with PackedWriter(tmp_path / "packed") as writer:
            writer.add(photo_maker.pixels(8, 12), "a", "train")
            raise RuntimeError("stopped")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((8, 12, 3), np.float32),
        np.zeros((8, 12), np.uint8),
        np.zeros((8, 12, 4), np.uint8),
        np.zeros((0, 12, 3), np.uint8),
    ],
)
def test_what_is_no_photo_is_not_added(tmp_path, photo_maker, image):
    photo = photo_maker.pixels(8, 12)
    with PackedWriter(tmp_path / "packed") as writer:
        with pytest.raises(ValueError, match="`image` must be uint8.*'bad'"):
            writer.add(image, "bad", "train")
        with pytest.raises(ValueError, match="`split` must be one of"):
            writer.add(photo, "bad", "dev")
        writer.add(photo, "good", "train")
    photos = read_packed(tmp_path / "packed")
    assert photos.names == ("good",)
    np.testing.assert_array_equal(photos.image(0), photo)


def test_existing_folder_is_not_overwritten(folder):
    with pytest.raises(ValueError, match="which exists"):
        PackedWriter(folder)


def test_only_a_folder_with_index_is_packed(folder, tmp_path):
    assert is_packed(folder)
    assert not is_packed(tmp_path)


def cut_pixels(folder):
    contents = (folder / "pixels.npy").read_bytes()
    (folder / "pixels.npy").write_bytes(contents[:-1])


def other_pixels(folder):
    np.save(folder / "pixels.npy", np.zeros(5, np.uint8))


def fewer_shapes(folder):
    np.save(folder / "shapes.npy", np.load(folder / "shapes.npy")[:-1])


def flat_shapes(folder):
    np.save(folder / "shapes.npy", np.zeros(3, np.int32))


def newer_version(folder):
    index = json.loads((folder / "index.json").read_text())
    index["version"] = 99
    (folder / "index.json").write_text(json.dumps(index))


def no_object(folder):
    (folder / "index.json").write_text("[]")


def broken_index(folder):
    (folder / "index.json").write_text("{")


def no_pixels(folder):
    (folder / "pixels.npy").unlink()


@pytest.mark.parametrize(
    "damage",
    [
        cut_pixels,
        other_pixels,
        fewer_shapes,
        flat_shapes,
        newer_version,
        no_object,
        broken_index,
        no_pixels,
    ],
)
def test_damaged_folder_is_refused(folder, damage):
    damage(folder)
    with pytest.raises(ValueError, match="Pack the photos again"):
        read_packed(folder)
