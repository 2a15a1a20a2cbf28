import pytest

from keras_colorize.errors import OutputError
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.photo_formats import TRAINING_SUFFIXES
from keras_colorize.photo_formats import format_of_path


def test_suffix_says_the_format():
    assert format_of_path("a/B.JPEG") == "JPEG"
    assert PHOTO_FORMATS["JPEG"].suffixes[0] == ".jpg"
    assert PHOTO_FORMATS["TIFF"].suffixes[0] == ".tif"
    with pytest.raises(OutputError, match=r"Received: \.docx"):
        format_of_path("a.docx")
    with pytest.raises(OutputError, match="Received: none"):
        format_of_path("a")


def test_training_reads_the_formats_that_tensorflow_decodes():
    assert {".jpg", ".png", ".webp", ".bmp", ".gif"} <= set(TRAINING_SUFFIXES)
    assert not {".tif", ".avif", ".heic"} & set(TRAINING_SUFFIXES)
