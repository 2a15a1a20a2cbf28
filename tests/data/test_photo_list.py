import os
import sys

import pytest

from keras_colorize.data import photo_list
from keras_colorize.data.photo_list import PhotoList


def _list(count=40):
    paths = tuple(f"/set/{number:03}.jpg" for number in range(count))
    labels = tuple("even" if n % 2 == 0 else "odd/one" for n in range(count))
    return PhotoList("set", "train", paths, labels, "/set")


def test_folder_listing_is_sorted_and_labeled_by_folder(photo_maker):
    for name in ("b/2.JPG", "b/1.png", "a/x/3.webp", "top.bmp"):
        photo_maker.write(name, b"x")
    for name in (".hidden/1.png", "a/.2.png", "notes.txt"):
        photo_maker.write(name, b"x")
    photos = photo_list.list_folder(photo_maker.folder, "set", "train")
    names = [path[len(str(photo_maker.folder)) + 1 :] for path in photos]
    assert names == ["a/x/3.webp", "b/1.png", "b/2.JPG", "top.bmp"]
    assert photos.labels == ("a/x", "b", "b", "")


def test_index_csv_gives_splits_and_labels(photo_maker):
    photo_maker.write(
        "index.csv",
        b"file,set,label,width,height,split\n"
        b"s/b.jpg,s,sea,150,150,train\n"
        b"s/a.jpg,s,,150,150,train\n"
        b"s/c.jpg,s,sea,150,150,val\n",
    )
    train = photo_list.list_local_folder(photo_maker.folder, "train")
    assert [p[-7:] for p in train] == ["s/a.jpg", "s/b.jpg"]
    assert train.labels == ("s", "s/sea")
    val = photo_list.list_local_folder(photo_maker.folder, "val")
    assert [p[-7:] for p in val] == ["s/c.jpg"]
    with pytest.raises(ValueError, match="split='test'"):
        photo_list.list_local_folder(photo_maker.folder, "test")


def test_index_csv_without_labels_has_those_of_the_folders(photo_maker):
    photo_maker.write(
        "index.csv",
        b"file,split\nsea/far/b.jpg,train\nsea/a.jpg,train\nc.jpg,train\n",
    )
    photos = photo_list.list_local_folder(photo_maker.folder, "train")
    assert photos.labels == ("", "sea", "sea/far")
    sea = photo_list.pick_labels(photos, ("sea",))
    assert [path[-5:] for path in sea] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"name,split\na.jpg,train\n", "columns file and split"),
        (b"", "must have rows"),
        (b"file,split\n../a.jpg,train\n", "below its own folder"),
        (b"file,split\n/etc/a.jpg,train\n", "below its own folder"),
        (b"file,split\n,train\n", "below its own folder"),
        (b"file,split\na.jpg,train\n./a.jpg,val\n", "'train' and 'val'"),
        (b"file,split\n\xe9.jpg,train\n", "must be in UTF-8"),
        (b"split\ntrain,a.jpg,b.jpg\n", "columns file and split"),
    ],
)
def test_bad_index_csv_is_refused(photo_maker, text, message):
    photo_maker.write("index.csv", text)
    with pytest.raises(ValueError, match=message):
        photo_list.list_local_folder(photo_maker.folder, "train")


def test_index_csv_of_a_spreadsheet_and_names_with_dots_are_read(photo_maker):
    photo_maker.write(
        "index.csv", b"\xef\xbb\xbfsplit,file\ntrain,a..b.jpg\nval,c.jpg\n"
    )
    photos = photo_list.list_local_folder(photo_maker.folder, "train")
    assert [p[-8:] for p in photos] == ["a..b.jpg"]


@pytest.mark.parametrize("named", [("val", "test"), ("Validation",), ("test",)])
def test_photos_beside_the_folders_of_other_splits_are_for_training(
    photo_maker, named
):
    photo_maker.write("top.jpg", b"x")
    for number in range(40):
        photo_maker.write(f"sea/{number}.jpg", b"x")
        for folder in named:
            photo_maker.write(f"{folder}/{number}.jpg", b"x")
    train = photo_list.list_local_folder(photo_maker.folder, "train")
    assert len(train) == 41 and set(train.labels) == {"", "sea"}
    for split in ("val", "test"):
        if any(name.lower().startswith(split) for name in named):
            found = photo_list.list_local_folder(photo_maker.folder, split)
            assert len(found) == 40
            assert not set(found.paths) & set(train.paths)
        else:
            with pytest.raises(ValueError, match=f"none for split='{split}'"):
                photo_list.list_local_folder(photo_maker.folder, split)


def test_folders_of_other_splits_alone_leave_nothing_to_train_with(photo_maker):
    photo_maker.write("val/1.jpg", b"x")
    with pytest.raises(ValueError, match="none for split='train'"):
        photo_list.list_local_folder(photo_maker.folder, "train")


def test_two_folders_for_a_split_are_refused(photo_maker):
    for folder in ("train", "val", "valid"):
        photo_maker.write(f"{folder}/1.jpg", b"x")
    assert len(photo_list.list_local_folder(photo_maker.folder, "train")) == 1
    with pytest.raises(ValueError, match="Received: val, valid in"):
        photo_list.list_local_folder(photo_maker.folder, "val")


def test_train_and_val_folders_are_the_splits(photo_maker):
    photo_maker.write("train/sea/1.jpg", b"x")
    photo_maker.write("valid/2.jpg", b"x")
    train = photo_list.list_local_folder(photo_maker.folder, "train")
    val = photo_list.list_local_folder(photo_maker.folder, "val")
    assert train.labels == ("sea",) and len(val) == 1
    with pytest.raises(ValueError, match="none for split='test'"):
        photo_list.list_local_folder(photo_maker.folder, "test")


def test_plain_folder_is_split_by_name_and_stays_split(photo_maker):
    for number in range(200):
        photo_maker.write(f"{number}.jpg", b"x")
    train = photo_list.list_local_folder(photo_maker.folder, "train")
    val = photo_list.list_local_folder(photo_maker.folder, "val")
    assert len(train) + len(val) == 200
    assert 1 <= len(val) <= 30  # 5 % of 200
    assert not set(train.paths) & set(val.paths)
    photo_maker.write("new.jpg", b"x")
    again = photo_list.list_local_folder(photo_maker.folder, "val")
    assert set(val.paths) <= set(again.paths)
    with pytest.raises(ValueError, match="no test photos"):
        photo_list.list_local_folder(photo_maker.folder, "test")


def test_too_few_photos_for_a_split_by_name_are_explained(photo_maker):
    # SHA-256 of "0:a.jpg" begins with 2d, that of "0:46.jpg" with 00c: 5 %
    # end at 0ccc.
    photo_maker.write("a.jpg", b"x")
    assert len(photo_list.list_local_folder(photo_maker.folder, "train")) == 1
    with pytest.raises(ValueError, match="None of the 1 photos.*'val': 5 %"):
        photo_list.list_local_folder(photo_maker.folder, "val")
    photo_maker.write("46.jpg", b"x")
    assert len(photo_list.list_local_folder(photo_maker.folder, "val")) == 1
    (photo_maker.folder / "a.jpg").unlink()
    with pytest.raises(ValueError, match="None of the 1 photos.*'train': 5 %"):
        photo_list.list_local_folder(photo_maker.folder, "train")


@pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="names are Unicode there"
)
def test_names_that_are_not_utf8_are_listed_picked_and_read(photo_maker):
    for number in range(3):
        name = os.fsdecode(b"\xe9%d.png" % number)
        photo_maker.photo(name, seed=number)
    photos = photo_list.list_local_folder(photo_maker.folder, "train")
    assert len(photos) == 3
    assert len(photo_list.pick_random(photos, 0, 2)) == 2
    assert photos.image(0).shape == (24, 40, 3)


def test_order_of_names_stays_what_it_was():
    # SHA-256 of "0:a.jpg" is 2d1a…, of "0:b.jpg" 9d25…, of "0:ä.jpg" 700d….
    order = photo_list.random_order(["a.jpg", "b.jpg", "ä.jpg"])
    assert order == [0, 2, 1]


def test_labels_match_whole_or_by_part():
    photos = _list(6)
    assert set(photo_list.pick_labels(photos, ["even"]).labels) == {"even"}
    assert len(photo_list.pick_labels(photos, ["odd"])) == 3
    assert len(photo_list.pick_labels(photos, ["one", "even"])) == 6


def test_unknown_label_names_a_close_one():
    with pytest.raises(ValueError, match="Did you mean even"):
        photo_list.pick_labels(_list(), ["evn"])


def test_random_picks_are_fixed_disjoint_and_nested():
    photos = _list()
    first = photo_list.pick_random(photos, 0, 10)
    assert first == photo_list.pick_random(photos, 0, 10)
    assert list(first.paths) == sorted(first.paths)
    rest = photo_list.pick_random(photos, 10, 40)
    assert not set(first.paths) & set(rest.paths)
    assert set(first.paths) <= set(photo_list.pick_random(photos, 0, 20).paths)
    assert first != photo_list.pick_random(photos, 0, 10, seed=1)


def test_random_pick_does_not_depend_on_where_the_set_lies():
    photos = _list()
    moved = PhotoList(
        "set",
        "train",
        tuple(path.replace("/set/", "/else/where/") for path in photos),
        photos.labels,
        "/else/where",
    )
    here = photo_list.pick_random(photos, 0, 10)
    there = photo_list.pick_random(moved, 0, 10)
    assert [p[-7:] for p in here] == [p[-7:] for p in there]


def test_asking_for_more_photos_than_there_are_is_refused():
    with pytest.raises(ValueError, match="stop <= 40"):
        photo_list.pick_random(_list(), 0, 41)


def test_unknown_split_is_refused():
    with pytest.raises(ValueError, match="split='dev'"):
        photo_list.check_split("dev")
