import contextlib
import io

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image

from keras_colorize.errors import ColorizeWarning
from keras_colorize.errors import OutputError
from keras_colorize.errors import PhotoError
from keras_colorize.errors import SettingError
from keras_colorize.presets import DEFAULT_MODEL
from keras_colorize.serving import colorize
from keras_colorize.serving.images.read import read_photo
from tests.helpers import mid_tone_photo
from tests.serving import tiny_models

RGB = mid_tone_photo(20, 30)
SHIFTED = tiny_models.colorized(RGB)


def png_bytes(image, **options):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", **options)
    return file.getvalue()


# === Same kind out ===


def test_path_gives_the_path_of_a_file_beside_it(tmp_path, session):
    path = tmp_path / "grand.mother.png"
    path.write_bytes(png_bytes(RGB))
    for photo in (path, str(path)):
        result = colorize.colorize(photo, session=session, overwrite=True)
        assert result == tmp_path / "grand.mother.colorized.png"
        np.testing.assert_array_equal(read_photo(result).rgb, SHIFTED)


def test_existing_result_is_kept_unless_overwriting(tmp_path, session):
    path = tmp_path / "photo.png"
    path.write_bytes(png_bytes(RGB))
    target = colorize.colorize(path, session=session)
    target.write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists already"):
        colorize.colorize(path, session=session)
    assert target.read_bytes() == b"mine"
    colorize.colorize(path, session=session, overwrite=True)
    np.testing.assert_array_equal(read_photo(target).rgb, SHIFTED)


def test_output_may_be_a_file_of_another_format_or_a_folder(tmp_path, session):
    path = tmp_path / "photo.png"
    path.write_bytes(png_bytes(RGB))
    target = colorize.colorize(
        path, session=session, output=tmp_path / "out.tiff"
    )
    assert read_photo(target).format == "TIFF"
    folder = tmp_path / "results"
    folder.mkdir()
    target = colorize.colorize(path, session=session, output=folder)
    assert target == folder / "photo.png"


def test_photo_without_a_suffix_gets_the_one_of_its_format(tmp_path, session):
    path = tmp_path / "photo"
    path.write_bytes(png_bytes(RGB))
    target = colorize.colorize(path, session=session)
    assert target == tmp_path / "photo.colorized.png"


def test_photo_is_not_replaced_by_its_result(tmp_path, session):
    path = tmp_path / "photo.png"
    path.write_bytes(png_bytes(RGB))
    with pytest.raises(OutputError, match="would replace the photo"):
        colorize.colorize(path, session=session, output=path)
    with pytest.raises(OutputError, match="would replace the photo"):
        colorize.colorize(path, session=session, output=tmp_path)


def test_bytes_give_bytes_of_the_same_format(session):
    for format in ("PNG", "JPEG", "WEBP"):
        file = io.BytesIO()
        Image.fromarray(RGB).save(file, format)
        result = colorize.colorize(file.getvalue(), session=session)
        assert isinstance(result, bytes)
        assert Image.open(io.BytesIO(result)).format == format
    result = colorize.colorize(png_bytes(RGB), session=session)
    np.testing.assert_array_equal(read_photo(result).rgb, SHIFTED)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "CMYK", "I;16"])
def test_pillow_image_gives_rgb(mode, session):
    image = Image.fromarray(RGB)
    image = (
        Image.fromarray(RGB[..., 0].astype(np.uint16) * 257)
        if mode == "I;16"
        else image.convert(mode)
    )
    said = contextlib.nullcontext()
    if mode == "I;16":
        said = pytest.warns(ColorizeWarning, match="16 bits became 8")
    with said:
        result = colorize.colorize(image, session=session)
    assert (result.mode, result.size) == ("RGB", (30, 20))


def warnings_of(photo, **options):
    """What `colorize` warns of, one sentence each."""
    with pytest.warns(ColorizeWarning) as warned:
        colorize.colorize(photo, **options)
    assert all(warning.filename == __file__ for warning in warned)
    return [str(warning.message) for warning in warned]


def test_what_a_result_does_not_carry_is_warned_of(tmp_path, session):
    pages = [Image.fromarray(RGB[..., i]) for i in range(3)]
    file = io.BytesIO()
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
    (note,) = warnings_of(Image.open(file), session=session)
    assert "3 pictures, of which the one shown is taken" in note
    dark = Image.fromarray(RGB[..., 0].astype(np.int32))  # mode I
    notes = warnings_of(dark, session=session)
    assert "of 65535, so the photo is dark" in notes[0]
    path = tmp_path / "photo.png"
    path.write_bytes(png_bytes(RGB, dpi=(300, 300)))
    target = tmp_path / "photo.webp"
    (note,) = warnings_of(path, session=session, output=target)
    assert "Resolution (300 dpi)" in note


def test_photos_without_pixels_are_refused(session):
    with pytest.raises(ValueError, match="at least one pixel"):
        colorize.colorize(np.zeros((0, 5, 3), np.uint8), session=session)
    with pytest.raises(PhotoError, match="no pixels"):
        colorize.colorize(Image.new("L", (0, 5)), session=session)


def test_captions_that_grow_too_long_for_a_jpeg_are_said(session):
    room = 65533 - len(b"http://ns.adobe.com/xap/1.0/\0")
    start, end = b"<rdf:RDF ", b"></rdf:RDF>"
    xmp = start + b"x" * (room - len(start + end)) + end
    file = io.BytesIO()
    Image.fromarray(RGB).save(file, "JPEG", xmp=xmp)
    (note,) = warnings_of(file.getvalue(), session=session)
    assert note == "XMP left out: JPEG holds at most 64 KB."
    colorize.colorize(file.getvalue(), session=session, mark=False)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_pillow_image_keeps_alpha_exif_and_resolution(mode, session):
    image = Image.fromarray(RGB).convert(mode)
    image.putalpha(77)
    exif = image.getexif()
    exif[ExifTags.Base.Artist] = "Maier"
    image.info["exif"] = exif.tobytes()
    image.info["dpi"] = (300, 300)
    result = colorize.colorize(image, session=session)
    assert result.mode == "RGBA"
    assert set(result.getchannel("A").tobytes()) == {77}
    assert result.info["dpi"] == (300, 300)
    assert result.getexif()[ExifTags.Base.Artist] == "Maier"


def test_arrays_give_arrays(session):
    gray = RGB[..., 0]
    expected = tiny_models.colorized(np.repeat(gray[..., None], 3, axis=2))
    for image in (gray, gray[..., None], np.repeat(gray[..., None], 3, 2)):
        result = colorize.colorize(image, session=session)
        assert result.dtype == np.uint8
        np.testing.assert_array_equal(result, expected)


def test_array_keeps_its_alpha(session):
    image = np.dstack([RGB, RGB[..., 1]])
    result = colorize.colorize(image, session=session)
    np.testing.assert_array_equal(result[..., :3], SHIFTED)
    np.testing.assert_array_equal(result[..., 3], RGB[..., 1])


def test_settings_reach_the_model(session):
    result = colorize.colorize(RGB, session=session, strength=0.0)
    without = tiny_models.colorized(RGB, share=0.0)
    np.testing.assert_array_equal(result, without)
    result = colorize.colorize(RGB, session=session, temperature=0.19)
    assert (result != SHIFTED).any()


# === Models ===


def test_model_is_loaded_once_by_name(ship, monkeypatch):
    ship(DEFAULT_MODEL, "photos")
    colorize._cached_session.cache_clear()
    for _ in range(3):
        colorize.colorize(RGB)
    colorize.colorize(RGB, model=DEFAULT_MODEL)
    assert colorize._cached_session.cache_info().misses == 1
    colorize._cached_session.cache_clear()


def test_model_file_that_changed_is_loaded_again(tmp_path):
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_models.photo_model())
    first = colorize.colorize(RGB, model=path)
    path.write_bytes(tiny_models.ab_model())
    second = colorize.colorize(RGB, model=path)
    assert (first != second).any()


def test_unknown_model_is_refused(ship):
    ship("eccv16_small", "photos")
    with pytest.raises(SettingError, match="Did you mean eccv16_small"):
        colorize.colorize(RGB, model="eccv16_smal")


# === Bad input ===


@pytest.mark.parametrize("photo", [7, None, [RGB], io.BytesIO()])
def test_other_kinds_are_refused(photo, session):
    with pytest.raises(TypeError, match="`photo` must be a path, the bytes"):
        colorize.colorize(photo, session=session)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_arrays_of_other_types_are_refused(dtype, session):
    with pytest.raises(TypeError, match="uint16: divide by 257"):
        colorize.colorize(RGB.astype(dtype), session=session)


@pytest.mark.parametrize("shape", [(5,), (4, 5, 2), (1, 4, 5, 3)])
def test_arrays_of_other_shapes_are_refused(shape, session):
    with pytest.raises(ValueError, match=r"\(H, W, 4\). Received: shape"):
        colorize.colorize(np.zeros(shape, np.uint8), session=session)


def test_output_is_only_for_paths(session):
    with pytest.raises(TypeError, match="photos given as paths"):
        colorize.colorize(RGB, session=session, output="photo.png")


def test_bytes_that_are_no_photo_are_refused(session):
    with pytest.raises(PhotoError, match="empty"):
        colorize.colorize(b"", session=session)
    with pytest.raises(PhotoError, match="not a photo"):
        colorize.colorize(b"a text file", session=session)


def test_unknown_output_suffix_is_refused_before_work(tmp_path, session):
    path = tmp_path / "photo.png"
    path.write_bytes(png_bytes(RGB))
    with pytest.raises(OutputError, match=r"Received: \.docx"):
        colorize.colorize(path, session=session, output=tmp_path / "a.docx")
    assert [p.name for p in tmp_path.iterdir()] == ["photo.png"]
