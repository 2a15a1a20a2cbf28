from pathlib import Path

import pytest

from keras_colorize.errors import SettingError
from keras_colorize.serving.batch.plan import plan_targets
from keras_colorize.serving.images.naming import Naming
from tests.helpers import textured_photo
from tests.serving.photo_bytes import encode


def names_in_plan(folder, names, extension):
    sources = [folder / "in" / name for name in names]
    naming = Naming(extension=extension)
    targets = [naming.inside(folder / "out", source) for source in sources]
    plan = plan_targets(sources, targets)
    assert all(file.problem == "" for file in plan)
    return [file.target.name for file in plan]


@pytest.mark.parametrize(
    ("naming", "beside", "inside"),
    [
        (Naming(), "a.b.colorized.JPG", "a.b.JPG"),
        (Naming(suffix=".x"), "a.b.x.JPG", "a.b.x.JPG"),
        (Naming(suffix=""), "a.b.JPG", "a.b.JPG"),
        (Naming(extension=".png"), "a.b.colorized.png", "a.b.png"),
    ],
)
def test_names_follow_suffix_and_extension(naming, beside, inside):
    photo = Path("in/a.b.JPG")
    assert naming.beside(photo) == Path("in") / beside
    assert naming.inside(Path("out"), photo) == Path("out") / inside


def test_photo_without_extension_gets_that_of_its_content(tmp_path):
    path = tmp_path / "scan"
    path.write_bytes(encode(textured_photo(4, 5), "TIFF"))
    assert Naming().beside(path).name == "scan.colorized.tif"
    path.write_bytes(b"no photo")
    assert Naming().beside(path).name == "scan.colorized"


def test_senseless_names_are_refused():
    with pytest.raises(SettingError, match=r"Received: '\.\./x'"):
        Naming(suffix="../x")
    with pytest.raises(SettingError, match="one of jpg.*Received: 'docx'"):
        Naming(extension=".docx")


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
