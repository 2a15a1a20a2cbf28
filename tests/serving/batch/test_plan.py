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
