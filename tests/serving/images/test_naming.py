from pathlib import Path

import pytest

from keras_colorize.errors import SettingError
from keras_colorize.serving.images.naming import Naming
from keras_colorize.serving.images.naming import page_path
from tests.helpers import textured_photo
from tests.serving.photo_bytes import encode


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


def test_a_gray_file_gets_a_result_that_holds_color(tmp_path):
    path = tmp_path / "a.pgm"
    path.write_bytes(b"P5 1 1 255 a")
    assert Naming().beside(path).name == "a.colorized.ppm"


def test_further_pages_have_files_of_their_own():
    names = [page_path(Path("b/scan.jpg"), page).name for page in (1, 2, 10)]
    assert names == ["scan.jpg", "scan.page2.jpg", "scan.page10.jpg"]
