"""TIFF files of several pages: colorized whole, or it is said what is not."""

import io

import numpy as np
import pytest
import tifffile

from keras_colorize.errors import OutputError
from keras_colorize.hints import Hint
from keras_colorize.serving.colorize import IN_COLOR_NOTE
from keras_colorize.serving.colorize import colorize
from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.colorize import colorize_file
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession
from tests.helpers import mid_tone_photo
from tests.serving import tiny_models

RGB = mid_tone_photo(20, 30)
GRAY = RGB[..., 1]


def tiff_of(*pages, **options):
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for number, page in enumerate(pages, 1):
            kind = "rgb" if page.ndim == 3 else "minisblack"
            writer.write(
                page,
                photometric=kind,
                description=f"Page {number}",
                metadata=None,
                **options,
            )
    return file.getvalue()


def colored(gray):
    return tiny_models.colorized(np.repeat(gray[..., None], 3, axis=2))


def pages_of(data):
    num_pages = read_photo(data).num_pages
    return [read_photo(data, page=page) for page in range(num_pages)]


THREE = tiff_of(GRAY, GRAY[:10], 255 - GRAY)
SOURCES = (GRAY, GRAY[:10], 255 - GRAY)


def test_all_pages_are_in_the_result_in_color_and_in_order(session):
    written = colorize_bytes(THREE, session, PhotoOptions())
    pages = pages_of(written.data)
    assert [page.num_pages for page in pages] == [3, 3, 3]
    for page, source in zip(pages, SOURCES, strict=True):
        np.testing.assert_array_equal(page.rgb, colored(source))
    assert written.notes == ()
    with tifffile.TiffFile(io.BytesIO(written.data)) as file:
        assert [page.description for page in file.pages] == [
            "Page 1",
            "Page 2",
            "Page 3",
        ]
        software = [page.tags["Software"].value for page in file.pages]
    assert all("keras-colorize" in entry for entry in software)


@pytest.mark.parametrize("bits", [8, 16])
def test_other_readers_see_every_page(session, bits):
    pages = [page.astype(f"u{bits // 8}") for page in SOURCES]
    if bits == 16:
        pages = [page * 257 for page in pages]
    data = colorize(tiff_of(*pages), session=session)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        assert [page.shape for page in file.pages] == [
            (20, 30, 3),
            (10, 30, 3),
            (20, 30, 3),
        ]
        assert {page.bitspersample for page in file.pages} == {bits}


def test_other_formats_get_one_numbered_file_a_page(session, tmp_path):
    source, target = tmp_path / "scan.tif", tmp_path / "scan.png"
    source.write_bytes(THREE)
    written = colorize_file(source, target, session, PhotoOptions())
    assert len(written.pages) == 2
    for number, page in enumerate(SOURCES, 1):
        name = "scan.png" if number == 1 else f"scan.page{number}.png"
        photo = read_photo(tmp_path / name)
        np.testing.assert_array_equal(photo.rgb, colored(page))


def test_no_file_of_a_page_is_replaced_unless_overwriting(session, tmp_path):
    source, target = tmp_path / "scan.tif", tmp_path / "scan.png"
    source.write_bytes(THREE)
    (tmp_path / "scan.page3.png").write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists already"):
        colorize_file(source, target, session, PhotoOptions())
    assert not target.exists()
    colorize_file(source, target, session, PhotoOptions(), overwrite=True)
    assert (tmp_path / "scan.page3.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("format", "options"),
    [("PNG", PhotoOptions()), ("TIFF", PhotoOptions(max_pages=1))],
)
def test_pages_that_are_left_out_are_said(session, format, options):
    written = colorize_bytes(THREE, session, options, format)
    np.testing.assert_array_equal(read_photo(written.data).rgb, colored(GRAY))
    assert "has 3 pages; only the first" in written.notes[-1]


def test_pages_in_color_stay_among_those_that_are_colorized(session):
    data = tiff_of(GRAY, RGB)
    skipping = PhotoOptions(skip_color=True)
    written = colorize_bytes(data, session, skipping)
    first, second = pages_of(written.data)
    np.testing.assert_array_equal(first.rgb, colored(GRAY))
    np.testing.assert_array_equal(second.rgb, RGB)
    assert written.notes == (f"Page 2: {IN_COLOR_NOTE}",)
    written = colorize_bytes(tiff_of(RGB, RGB), session, skipping)
    assert written.data is None


def test_notes_name_their_page(session):
    infrared = np.dstack([GRAY, GRAY])
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        writer.write(GRAY, photometric="minisblack")
        writer.write(
            infrared, photometric="minisblack", extrasamples=["unspecified"]
        )
    written = colorize_bytes(file.getvalue(), session, PhotoOptions())
    assert [note[:18] for note in written.notes] == ["Page 2: Channel 2 "]


def test_hints_are_for_the_first_page():
    hint_session = ColorizeSession(tiny_models.ab_model(hint_columns=(3, 4)))
    outside = (Hint(29, 19, 2, "#ff0000"),)  # of the second page
    options = PhotoOptions(ColorizeOptions(hints=outside))
    written = colorize_bytes(THREE, hint_session, options)
    assert read_photo(written.data).num_pages == 3
