"""`colorize_film`: a film in, the same film in color out.

Only the chroma of the video is new. Luma keeps its values (see
`film.luma`), and times, rotation, audio, subtitles, chapters and tags are
those of the source. Needs PyAV (extra `video`), no Keras and no TensorFlow.
"""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from keras_colorize.errors import FilmError
from keras_colorize.errors import OutputError
from keras_colorize.errors import SettingError
from keras_colorize.files import check_vacant
from keras_colorize.files import check_writable
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.session import ColorizeSession

try:
    import av  # noqa: F401 (all below need it)
except ImportError as error:
    raise SettingError(
        "Films need PyAV, which is not installed: pip install "
        "'keras-colorize[video]'."
    ) from error

from keras_colorize.serving.video.codecs import FilmCodec
from keras_colorize.serving.video.codecs import checked_quality
from keras_colorize.serving.video.codecs import choose_codec
from keras_colorize.serving.video.job import FilmWork
from keras_colorize.serving.video.settings import FilmResult
from keras_colorize.serving.video.settings import FilmSettings
from keras_colorize.serving.video.source import FilmSource


def colorize_film(
    source: str | os.PathLike,
    output: str | os.PathLike,
    session: ColorizeSession,
    settings: FilmSettings | None = None,
    overwrite: bool = False,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> FilmResult:
    """Colorizes a film.

    The work is kept in a hidden folder beside `output` until it is whole:
    when the process is stopped or killed, the same call goes on where it
    was. The film appears under its name in one step, at the end.

    Args:
        source: The film; any file that FFmpeg reads.
        output: The file to write, its suffix says the container: one of
            `film.codecs.SUFFIXES`.
        session: The loaded model.
        settings: How; default `FilmSettings()`.
        overwrite: Whether an existing file may be replaced.
        on_progress: Called after each frame with the number of frames done
            and how many there are (about; None if unknown).

    Returns:
        The `FilmResult`. Of a film that is damaged or cut off it has what
        could be read, and says so in `damage`.

    Raises:
        FilmError: If the source has no video or cannot be read at all.
        OutputError: If the result cannot be put there.
        SettingError: If a setting has no meaning for the model or codec.
    """
    source, output = Path(source), Path(output)
    settings = settings or FilmSettings()
    codec = _checked_codec(settings, session, output)
    _check_output(source, output, overwrite)
    with closing(FilmSource(source)) as film:
        work = FilmWork(film, output, session, settings, codec)
        work.encode(on_progress or (lambda done, total: None))
        return work.join()


def _checked_codec(settings, session, output) -> FilmCodec:
    color = ColorizeOptions(settings.strength, settings.temperature)
    color.check(session.contract)
    if settings.smooth_frames < 1:
        raise SettingError(
            "`smooth_frames` must be at least 1, which turns smoothing off. "
            f"Received: smooth_frames={settings.smooth_frames}."
        )
    codec = choose_codec(output, settings.codec)
    checked_quality(codec, settings.quality)
    return codec


def _check_output(source: Path, output: Path, overwrite: bool) -> None:
    if not source.is_file():
        raise FilmError(
            f"There is no film {source}. Expected a file; check the path."
        )
    if output.exists() and output.samefile(source):
        raise OutputError(
            f"{output} is the film itself, which is not replaced. Choose "
            "another name."
        )
    if output.is_dir():
        raise OutputError(
            f"{output} is a folder. Expected the name of a file to write."
        )
    if not overwrite:
        check_vacant(output)
    check_writable(output.parent)
