import hashlib
import json
import os

import pytest

from keras_colorize import files
from keras_colorize.errors import OutputError
from tests.kill_points import kill_at_each_point

OLD, NEW = b"old" * 9000, b"new" * 30000
posix = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a POSIX signal")


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_under_its_name_in_one_step(tmp_path):
    path = tmp_path / "a.weights.h5"
    with files.written_beside(path) as part:
        part.write_bytes(b"new")
        assert part.parent == tmp_path
        assert part.name.startswith(files.PART_PREFIX)
        assert part.name.endswith(".weights.h5")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert names_in(tmp_path) == ["a.weights.h5"]


def test_a_former_file_stays_when_the_writer_fails(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.written_beside(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["a.json"]


def test_a_folder_takes_the_place_of_a_former_one(tmp_path):
    folder = tmp_path / "more" / "preset"
    for content in ("first", "second"):
        with files.folder_written_beside(folder) as part:
            (part / content).write_text(content)
    assert names_in(folder) == ["second"]
    assert names_in(folder.parent) == ["preset"]


def test_a_former_folder_stays_when_the_writer_fails(tmp_path):
    folder = tmp_path / "preset"
    folder.mkdir()
    (folder / "old").touch()
    with pytest.raises(RuntimeError):
        with files.folder_written_beside(folder) as part:
            (part / "new").touch()
            raise RuntimeError
    assert names_in(folder) == ["old"]
    assert names_in(tmp_path) == ["preset"]


def test_a_former_folder_comes_back_when_the_new_one_cannot_be_named(
    tmp_path, monkeypatch
):
    folder = tmp_path / "preset"
    folder.mkdir()
    (folder / "old").touch()
    rename = os.rename

    def fail_for_the_new_one(source, target):
        if target == folder and not (source / "old").exists():
            raise PermissionError(13, "denied")
        rename(source, target)

    monkeypatch.setattr(files.os, "rename", fail_for_the_new_one)
    with pytest.raises(PermissionError):
        with files.folder_written_beside(folder) as part:
            (part / "new").touch()
    assert names_in(folder) == ["old"]
    assert names_in(tmp_path) == ["preset"]


def test_a_name_of_the_longest_length_can_be_written(tmp_path):
    path = tmp_path / ("x" * 251 + ".png")
    files.write_bytes(b"1", path)
    assert path.read_bytes() == b"1"


def test_a_file_that_cannot_be_written_says_what_to_do(tmp_path):
    with pytest.raises(OutputError, match="make its folder"):
        files.write_bytes(b"1", tmp_path / "none" / "a.png")


def test_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path, monkeypatch
):
    path = tmp_path / "photo.png"
    path.write_bytes(b"old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(OutputError, match="No space left on device. Choose"):
        files.write_bytes(b"new", path)
    assert names_in(tmp_path) == ["photo.png"]
    assert path.read_bytes() == b"old"


def replace_photo(folder):
    (folder / "photo.png").write_bytes(OLD)
    yield
    files.write_bytes(NEW, folder / "photo.png")


@posix
def test_file_is_the_old_or_the_new_one_wherever_its_writer_is_killed(tmp_path):
    folders = kill_at_each_point(replace_photo, tmp_path)
    found = [(folder / "photo.png").read_bytes() for folder in folders]
    assert len(found) > 4
    is_new = [content == NEW for content in found]
    assert all(content in (OLD, NEW) for content in found)
    assert is_new == sorted(is_new) and not is_new[0] and is_new[-1]
    for folder in folders:
        files.remove_leftovers(folder)
        assert names_in(folder) == ["photo.png"]


def make_preset(folder):
    yield
    with files.folder_written_beside(folder / "preset") as part:
        files.write_json(part / "config.json", {"a": 1})
        files.write_bytes(NEW, part / "model.onnx")


@posix
def test_new_folder_is_whole_or_not_there_wherever_its_writer_is_killed(
    tmp_path,
):
    whole = [
        names_in(folder / "preset")
        for folder in kill_at_each_point(make_preset, tmp_path)
        if (folder / "preset").exists()
    ]
    assert len(whole) > 1
    assert all(names == ["config.json", "model.onnx"] for names in whole)


def test_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.write_bytes(b"new", tmp_path / "photo.png")
    assert names_in(tmp_path) == []


def test_places_where_nothing_can_be_written_are_refused(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        files.check_writable(tmp_path / "none")
    (tmp_path / "a").touch()
    with pytest.raises(OutputError, match="exists already.*--overwrite"):
        files.check_vacant(tmp_path / "a")


def test_json_is_written_as_it_is(tmp_path):
    content = {"b": [1, 2.5], "a": "ä"}
    files.write_json(tmp_path / "a.json", content)
    text = (tmp_path / "a.json").read_text("utf-8")
    assert json.loads(text) == content
    assert "ä" in text and text.endswith("}\n")


def test_names_that_are_not_utf8_are_escaped(tmp_path):
    name = os.fsdecode(b"\xe9.jpg")
    content = {"photos": [name, "ä"]}
    files.write_json(tmp_path / "a.json", content)
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == content
    assert files.json_line(name) == '"\\udce9.jpg"\n'
    assert files.escaped(name + "ä") == "\\udce9.jpgä"


def test_checksum_is_that_of_hashlib(tmp_path):
    (tmp_path / "a").write_bytes(b"colors")
    expected = hashlib.sha256(b"colors").hexdigest()
    assert files.sha256_of(tmp_path / "a") == expected


def test_misspelt_names_get_a_suggestion():
    known = ["eccv16_small", "lite"]
    assert files.did_you_mean("lit", known) == " Did you mean lite?"
    assert files.did_you_mean("zzz", known) == ""
