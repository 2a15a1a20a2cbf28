"""What `keras-colorize image` does with its photos."""

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from keras_colorize.cli.errors import fail
from keras_colorize.errors import OutputError
from keras_colorize.errors import SettingError
from keras_colorize.files import check_vacant
from keras_colorize.files import explained_os_errors
from keras_colorize.files import write_bytes
from keras_colorize.photo_formats import FORMAT_OF_SUFFIX
from keras_colorize.serving.batch.plan import PlannedFile
from keras_colorize.serving.batch.plan import plan_targets
from keras_colorize.serving.colorize import Written
from keras_colorize.serving.colorize import colorize_bytes
from keras_colorize.serving.colorize import colorize_file
from keras_colorize.serving.images.naming import Naming
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.write import format_of_path
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession

PIPE = Path("-")


def run_photos(
    photos: Sequence[Path],
    output: Path | None,
    model: str,
    settings: PhotoOptions,
    naming: Naming,
    overwrite: bool,
) -> int:
    """Colorizes photos one after the other.

    Args:
        photos: Their paths; "-" is stdin.
        output: File, folder, "-" for stdout, or None.
        model: Name or path of the model.
        settings: How to colorize.
        naming: How to call the results.
        overwrite: Whether files may be replaced.

    Returns:
        Number of photos that failed.
    """
    session = ColorizeSession(model)
    settings.check(session.contract)
    if PIPE in (*photos, output):
        if len(photos) > 1:
            raise SettingError(
                "Through - goes one photo at a time. Received: "
                f"{len(photos)} photos."
            )
        _run_pipe(photos[0], output, session, settings, naming, overwrite)
        return 0
    plan = _plan(photos, output, naming)
    if len(plan) == 1:  # its error says the exit code
        _print_notes(_run_file(plan[0], session, settings, overwrite))
        return 0
    return sum(not _runs(file, session, settings, overwrite) for file in plan)


def _plan(photos, output, naming) -> list[PlannedFile]:
    if output is None:
        return plan_targets(photos, [naming.beside(p) for p in photos])
    if len(photos) > 1 and not output.exists():
        if output.suffix.lower() in FORMAT_OF_SUFFIX:
            raise SettingError(
                f"{output} names one photo, and there are {len(photos)}. "
                "Expected a folder for the results."
            )
        with explained_os_errors(output):
            output.mkdir(parents=True)
    if output.is_dir():
        targets = [naming.inside(output, photo) for photo in photos]
        return plan_targets(photos, targets)
    if len(photos) > 1:
        raise OutputError(
            f"{output} is a file, and there are {len(photos)} photos. Expected "
            "a folder for the results."
        )
    return [PlannedFile(photos[0], _with_extension(output, naming))]


def _with_extension(output: Path, naming: Naming) -> Path:
    """Checks that a file name and --format do not disagree."""
    if naming.extension is not None:
        format = FORMAT_OF_SUFFIX[naming.extension]
        if format_of_path(output) != format:
            raise SettingError(
                f"{output} and --format {naming.extension[1:]} name different "
                "formats. Leave one of them out."
            )
    return output


def _runs(file, session, settings, overwrite) -> bool:
    try:
        written = _run_file(file, session, settings, overwrite)
    except Exception as error:  # said: any photo may be bad
        message = str(error) or repr(error)
        prefix = "" if str(file.source) in message else f"{file.source}: "
        typer.echo(f"Error: {prefix}{message}", err=True)
        return False
    _print_notes(written, file.source)
    return True


def _run_file(file, session, settings, overwrite) -> Written:
    if file.problem:
        # The photo itself: it is not replaced, whatever --overwrite says.
        raise OutputError(file.problem)
    written = colorize_file(
        file.source, file.target, session, settings, overwrite
    )
    if written.data is not None:
        typer.echo(file.target)
    return written


def _run_pipe(photo, output, session, settings, naming, overwrite) -> None:
    if output in (None, PIPE) and sys.stdout.isatty():
        raise OutputError(
            "A photo is nothing to read on a terminal. Give -o FILE, or > FILE."
        )
    data = _stdin_bytes() if photo == PIPE else _file_bytes(photo)
    format = naming.extension and FORMAT_OF_SUFFIX[naming.extension]
    if output not in (None, PIPE):
        format = format_of_path(_with_extension(output, naming))
        if not overwrite:
            check_vacant(output)
    written = colorize_bytes(data, session, settings, format)
    _print_notes(written)
    result = data if written.data is None else written.data
    if output in (None, PIPE):
        _write_stdout(result)
    else:
        write_bytes(result, output)
        typer.echo(output)


def _stdin_bytes() -> bytes:
    if sys.stdin.isatty():
        fail("Nothing comes in through stdin. Expected a photo, as in < FILE.")
    return sys.stdin.buffer.read()


def _write_stdout(data: bytes) -> None:
    # Without a buffer, which would fail once more when Python ends.
    with open(sys.stdout.fileno(), "wb", buffering=0, closefd=False) as stdout:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[stdout.write(rest) :]
        except BrokenPipeError:
            raise  # the reader has had enough
        except OSError as error:
            raise OutputError(
                f"The result cannot be written to stdout: {error.strerror}. "
                "Send it elsewhere."
            ) from error


def _file_bytes(photo: Path) -> bytes:
    try:
        return photo.read_bytes()
    except OSError:
        read_photo(photo)  # says what is wrong
        raise


def _print_notes(written: Written, photo: Path | None = None) -> None:
    label = "" if photo is None else f"{photo}: "
    for note in written.notes:
        typer.echo(f"Note: {label}{note}", err=True)
