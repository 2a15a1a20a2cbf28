import os
import socket

import pytest

from keras_colorize.errors import OutputError
from keras_colorize.errors import PhotoError
from keras_colorize.errors import SettingError
from keras_colorize.serving.batch.plan import plan_folder
from keras_colorize.serving.batch.plan import plan_targets
from keras_colorize.serving.images.naming import Naming


@pytest.mark.parametrize(
    ("names", "results"),
    [
        (("a.png", "A.PNG"), ["a.png", "A.png.PNG"]),
        (
            ("caf\u00e9.png", "cafe\u0301.png"),
            ["caf\u00e9.png", "cafe\u0301.png.png"],
        ),
    ],
)
def test_second_photo_for_a_name_gets_a_longer_one(names, results, tmp_path):
    sources = [tmp_path / "in" / name for name in names]
    targets = [tmp_path / "out" / name for name in names]
    plan = plan_targets(sources, targets)
    assert [file.target.name for file in plan] == results
    assert [file.problem for file in plan] == ["", ""]


def test_results_may_not_go_into_the_photo_folder(tree):
    for recursive in (False, True):
        with pytest.raises(SettingError, match="given as both folders"):
            plan_folder(tree, tree / "sea" / "..", recursive)
    with pytest.raises(SettingError, match="colorize its own results"):
        plan_folder(tree, tree / "out", recursive=True)
    assert plan_folder(tree, tree / "out", recursive=False)


def test_source_must_be_a_folder_with_photos(tree, tmp_path):
    with pytest.raises(SettingError, match="is not a folder"):
        plan_folder(tree / "a.png", tmp_path / "out")
    with pytest.raises(SettingError, match="is not a folder"):
        plan_folder(tmp_path / "none", tmp_path / "out")
    with pytest.raises(PhotoError, match="add --recursive"):
        plan_folder(tree / "forest", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_unwritable_target_is_said_before_work(tree, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="file is a file"):
        plan_folder(tree, tmp_path / "file")
    with pytest.raises(OutputError, match="cannot be written: Not a directory"):
        plan_folder(tree, tmp_path / "file" / "out")


def names_in_plan(folder, names, extension):
    sources = [folder / "in" / name for name in names]
    naming = Naming(extension=extension)
    targets = [naming.inside(folder / "out", source) for source in sources]
    plan = plan_targets(sources, targets)
    assert all(file.problem == "" for file in plan)
    return [file.target.name for file in plan]


def test_photos_of_one_stem_get_results_of_their_own(tmp_path):
    names = names_in_plan(
        tmp_path, ["a.jpg", "a.png", "a.tif", "A.JPG"], ".png"
    )
    assert names == ["a.jpg.png", "a.png", "a.tif.png", names[3]]
    assert len({name.casefold() for name in names}) == 4
    assert names[3].startswith("A-") and names[3].endswith(".jpg.png")


def test_names_do_not_depend_on_the_order(tmp_path):
    forth = names_in_plan(tmp_path, ["a.jpg", "a.png"], ".png")
    back = names_in_plan(tmp_path, ["a.png", "a.jpg"], ".png")
    assert forth == back[::-1]


def test_photo_that_comes_later_does_not_take_over_a_result(tmp_path):
    old, new = tmp_path / "in/a.jpg", tmp_path / "in/a.png"
    result = tmp_path / "out/a.png"
    plan = plan_targets([old, new], [result, result], owners={result: old})
    assert [file.target.name for file in plan] == ["a.png", "a.png.png"]


def test_link_to_itself_does_not_stop_the_plan(tmp_path):
    loop = tmp_path / "in" / "loop.jpg"
    loop.parent.mkdir()
    loop.symlink_to(loop)
    (tmp_path / "in" / "a.jpg").touch()
    plan = plan_folder(tmp_path / "in", tmp_path / "out")
    assert [file.source.name for file in plan.files] == ["a.jpg", "loop.jpg"]
    assert [file.problem for file in plan.files] == ["", ""]


def test_name_of_a_result_that_is_too_long_is_a_problem(tmp_path):
    # 250 bytes in UTF-8, and 125 letters.
    sources = [tmp_path / "in" / ("\u00e9" * 125 + ".jp"), tmp_path / "b.jpg"]
    naming = Naming(suffix=".color", extension=".png")
    targets = [naming.inside(tmp_path / "out", source) for source in sources]
    first, second = plan_targets(sources, targets)
    assert "a name of 260 bytes where 255 are the most" in first.problem
    assert second.problem == ""


def test_pipes_and_sockets_are_problems_and_not_opened(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").touch()
    os.mkfifo(folder / "pipe.pgm")  # whose format would be looked up
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket.jpg"))
        plan = plan_folder(folder, tmp_path / "out")
    problems = {file.source.name: file.problem for file in plan.files}
    assert problems.pop("a.png") == ""
    assert set(problems) == {"pipe.pgm", "socket.jpg"}
    assert all("a pipe, socket or device" in p for p in problems.values())


def test_subfolder_that_cannot_be_read_is_a_problem(
    tree, tmp_path, monkeypatch
):
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("sea"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root may read all
    plan = plan_folder(tree, tmp_path / "out", recursive=True)
    *photos, sea = plan.files
    assert {file.source.name for file in photos} == {"a.png", "a.JPG"}
    assert sea.source == tree / "sea"
    assert "cannot be read (Permission denied)" in sea.problem


def test_files_of_other_kinds_are_counted(tree, tmp_path):
    (tree / "sea" / "a.cr2").touch()
    (tree / "sea" / "B.CR2").touch()
    (tree / "sea" / "back").symlink_to(tree)
    (tree / "README").touch()
    plan = plan_folder(tree, tmp_path / "out", recursive=True)
    assert plan.describe_others() == (
        "7 others left out: 2 hidden, 2 .cr2, 1 without a suffix, 1 .txt, "
        "1 link to a folder"
    )
    for name in (".keras-colorize.jsonl", ".keras-colorize.lock"):
        (tree / name).touch()
    plan = plan_folder(tree, tmp_path / "out")
    assert plan.describe_others() == (
        "3 others left out: 1 hidden, 1 without a suffix, 1 .txt"
    )


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_result_that_is_a_link_to_a_photo_is_a_problem(link, tmp_path):
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"the only one")
    link(tmp_path / "in" / "a.png", tmp_path / "out" / "a.png")
    (file,) = plan_folder(tmp_path / "in", tmp_path / "out").files
    assert "would replace the photo" in file.problem


def test_files_of_pages_that_belong_to_others_are_known(tmp_path):
    names = ["a.tif", "a.page2.png", "b.tif", "b.page3.png", "c.tif"]
    sources = [tmp_path / "in" / name for name in names]
    targets = [tmp_path / "out" / f"{s.stem}.png" for s in sources]
    owners = {tmp_path / "out" / "b.page2.png": sources[2]}
    plan = plan_targets(sources, targets, owners)
    assert [file.taken_page for file in plan] == [2, 0, 3, 0, 0]
