"""The pictures of the docs are those of the weights in the box."""

import importlib.util
import pathlib

import numpy as np
import pytest
from PIL import Image

DOCS = pathlib.Path(__file__).parents[2] / "docs"
PICTURES = sorted(path.name for path in (DOCS / "photos").glob("*.jpg"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder of pictures that the script has made just now."""
    spec = importlib.util.spec_from_file_location(
        "make_pictures", DOCS / "make_pictures.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("pictures")
    module.main(output=folder)
    return folder


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.float32)


@pytest.mark.parametrize("name", [*PICTURES, "before_after.jpg"])
def test_picture_is_that_of_the_present_weights(made, name):
    committed, present = (
        pixels(folder / name) for folder in (DOCS / "pictures", made)
    )
    assert committed.shape == present.shape
    # Other versions of libjpeg round otherwise; other weights differ more.
    difference = np.abs(committed - present).mean()
    assert difference < 0.5, f"{name} is out of date: run `make pictures`"


def test_gray_column_is_gray_and_the_next_one_is_not(made):
    sheet = pixels(made / "mountains.jpg")
    chroma = sheet.max(-1) - sheet.min(-1)
    rows, width = slice(40, -20), sheet.shape[1] // 4
    gray, natural = (
        chroma[rows, i * width + 20 : (i + 1) * width - 20] for i in (0, 1)
    )
    assert gray.mean() < 3.0 < natural.mean()
