"""Folders of this machine and addresses: the same names, bytes and refusals."""

import os
import pickle
import uuid

import pytest

from keras_colorize.errors import OutputError
from keras_colorize.errors import PhotoError
from keras_colorize.errors import SettingError
from keras_colorize.serving.batch.places import check_apart
from keras_colorize.serving.batch.places import open_place


@pytest.fixture(params=["local", "file", "memory"])
def place(request, tmp_path):
    """An empty place of each kind."""
    if request.param == "local":
        return open_place(str(tmp_path))
    if request.param == "file":
        return open_place(f"file://{tmp_path}")
    pytest.importorskip("fsspec", reason="the extra `remote` installs it")
    return open_place(f"memory://{uuid.uuid4()}/photos/")


def test_what_is_written_is_listed_and_read(place):
    names = ["a.jpg", "sea/b c.PNG", "sea/deep/ü#1.tif"]
    for i, name in enumerate(names):
        place.write(name, bytes([i]) * (i + 1))
    for other in ("notes.txt", ".hidden.jpg", ".thumbs/a.jpg", "sea/._b.jpg"):
        place.write(other, b"x")
    assert sorted(place.names(recursive=True)) == names
    assert list(place.names(recursive=False)) == ["a.jpg"]
    assert place.read(names[2]) == b"\2\2\2"
    assert [place.size(name) for name in names] == [1, 2, 3]
    assert place.size("sea/none.jpg") == -1


def test_a_file_is_replaced_whole_and_nothing_is_left_beside(place):
    place.write("sea/a.jpg", b"long, and former")
    place.write("sea/a.jpg", b"new")
    assert place.read("sea/a.jpg") == b"new"
    assert list(place.names(recursive=True)) == ["sea/a.jpg"]


def test_a_place_is_the_same_after_pickling(place):
    place.write("a.jpg", b"1")
    assert pickle.loads(pickle.dumps(place)).read("a.jpg") == b"1"


def test_places_without_objects_get_a_hidden_name_first(tmp_path):
    pytest.importorskip("fsspec", reason="the extra `remote` installs it")
    place = open_place(f"local://{tmp_path}")
    moved = []
    system, _ = place._opened
    move = system.mv
    system.mv = lambda old, new: (moved.append((old, new)), move(old, new))
    try:
        place.write("sea/a.jpg", b"1")
    finally:
        del system.mv
    ((part, final),) = moved
    assert os.path.basename(part).startswith(".keras-colorize-")
    assert final == str(tmp_path / "sea" / "a.jpg")
    assert [path.name for path in (tmp_path / "sea").iterdir()] == ["a.jpg"]


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(SettingError, match="not a folder"):
        next(open_place(str(tmp_path / "none")).names(True))
    pytest.importorskip("fsspec", reason="the extra `remote` installs it")
    with pytest.raises(SettingError, match="is not there"):
        next(open_place(f"memory://{uuid.uuid4()}").names(True))
    with pytest.raises(SettingError, match="cannot be opened"):
        open_place("nobody-knows://in")


def test_addresses_need_fsspec(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "fsspec.core", None)
    with pytest.raises(SettingError, match=r"keras-colorize\[remote\]"):
        open_place("s3://bucket/photos")


def test_local_pipes_and_folders_are_no_files(tmp_path):
    place = open_place(str(tmp_path))
    os.mkfifo(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").mkdir()
    assert list(place.names(recursive=False)) == ["a.jpg"]
    with pytest.raises(PhotoError, match="is no file"):
        place.read("a.jpg")
    with pytest.raises(OutputError, match="is a folder"):
        place.size("b.jpg")


def test_links_to_folders_are_not_followed(tmp_path):
    place = open_place(str(tmp_path / "in"))
    place.write("a.jpg", b"1")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in")
    assert list(place.names(recursive=True)) == ["a.jpg"]


@pytest.mark.parametrize("inner", ["", "/out", "/../in/out"])
def test_places_in_each_other_are_refused(inner, tmp_path):
    photos = open_place(str(tmp_path / "in"))
    results = open_place(f"{tmp_path}/in{inner}")
    for pair in ((photos, results), (results, photos)):
        with pytest.raises(SettingError, match="must be apart"):
            check_apart(*pair)
    check_apart(photos, open_place(str(tmp_path / "in2")))


class _Pages:
    """A store of three objects a page, as `s3fs` speaks to S3."""

    def __init__(self, keys):
        self.keys = sorted(keys)
        self.requests = []

    def call_s3(self, verb, **request):
        assert verb == "list_objects_v2"
        self.requests.append(request)
        start = int(request.get("ContinuationToken", 0))
        keys = [k for k in self.keys if k.startswith(request["Prefix"])]
        page = keys[start : start + 3]
        return {
            "Contents": [{"Key": key} for key in page],
            "IsTruncated": start + 3 < len(keys),
            "NextContinuationToken": str(start + 3),
        }


def test_objects_are_listed_page_by_page(monkeypatch):
    pytest.importorskip("fsspec", reason="the extra `remote` installs it")
    pages = _Pages([f"photos/{i}.jpg" for i in range(8)] + ["photos2/x.jpg"])
    place = open_place("memory://bucket/photos")
    monkeypatch.setattr(place, "_opened", (pages, "bucket/photos"))
    names = place.names(recursive=True)
    assert [next(names) for _ in range(3)] == ["0.jpg", "1.jpg", "2.jpg"]
    assert len(pages.requests) == 1  # the rest was not asked for yet
    assert len(list(names)) == 5
    assert len(pages.requests) == 3
