"""One photo file in, one photo file out."""

from pathlib import Path
from typing import NamedTuple

from keras_colorize import __version__
from keras_colorize.serving.encoding import check_vacant
from keras_colorize.serving.encoding import encode_photo
from keras_colorize.serving.encoding import format_of_path
from keras_colorize.serving.encoding import losses
from keras_colorize.serving.encoding import write_bytes
from keras_colorize.serving.images import Photo
from keras_colorize.serving.images import read_photo
from keras_colorize.serving.metadata import stamp_exif
from keras_colorize.serving.photo_settings import PhotoSettings
from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.tint import is_colored

IN_COLOR_NOTE = "It is in color already, and stays as it is."


class Written(NamedTuple):
    """What became of a photo.

    Attributes:
        data: Bytes of the new file; None for a photo that is in color and
            stays as it is.
        notes: One sentence for each thing that the result does not carry.
    """

    data: bytes | None
    notes: tuple[str, ...]


def colorize_photo(
    photo: Photo,
    session: ColorizeSession,
    strength: float = 1.0,
    temperature: float | None = None,
    hints=None,
) -> Photo:
    """The same photo in color; everything else it carries is kept.

    The Software entry of its EXIF names the model and the settings.
    """
    colorized = photo.with_rgb(
        session.colorize_array(photo.rgb, strength, temperature, hints)
    )
    maker = f"keras-colorize {__version__}, {session.contract.name}"
    if strength != 1.0:
        maker += f", strength {strength:g}"
    if temperature is not None:
        maker += f", temperature {temperature:g}"
    if hints:
        maker += f", {len(hints)} hints"
    return colorized.with_exif(stamp_exif(photo.exif, maker))


def colorize_bytes(
    data: bytes,
    session: ColorizeSession,
    settings: PhotoSettings,
    format: str | None = None,
) -> Written:
    """Colorizes the bytes of a photo file.

    Args:
        data: The bytes.
        session: The loaded model.
        settings: How.
        format: Pillow's name of the format; default the photo's own.

    Raises:
        PhotoError: If the photo cannot be read or written in that format.
        OutputError: If the format needs a package that is missing.
        SettingError: If a hint lies outside the photo.
    """
    photo = read_photo(data, settings.max_pixels)
    return _colorize(photo, session, settings, format or photo.format)


def colorize_file(
    source: Path,
    target: Path,
    session: ColorizeSession,
    settings: PhotoSettings,
    overwrite: bool = False,
) -> Written:
    """Colorizes a photo file into another one, whose suffix says the format.

    Args:
        source: The photo file.
        target: The file to write.
        session: The loaded model.
        settings: How.
        overwrite: Whether an existing file may be replaced.

    Raises:
        PhotoError: If the photo cannot be read or written in that format.
        OutputError: If the result cannot be put there.
        SettingError: If a setting has no meaning for the model, or a hint
            lies outside the photo.
    """
    settings.check(session)
    photo = read_photo(source, settings.max_pixels)
    format = format_of_path(target)
    if not overwrite:
        check_vacant(target)
    written = _colorize(photo, session, settings, format)
    if written.data is not None:
        write_bytes(written.data, target)
    return written


def _colorize(photo, session, settings, format) -> Written:
    if settings.skip_color and is_colored(photo.rgb):
        return Written(None, (IN_COLOR_NOTE,))
    notes = photo.notes + losses(photo, format)
    photo = colorize_photo(
        photo,
        session,
        settings.strength,
        settings.temperature,
        settings.hints,
    )
    return Written(encode_photo(photo, format, settings.quality), notes)
