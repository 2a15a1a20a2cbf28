"""`keras-colorize image`: single photos, several at once, or a pipe."""

import contextlib
import functools
import os
import signal
import sys
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Annotated
from typing import NoReturn
from typing import cast

import typer

from keras_colorize.cli import options
from keras_colorize.cli.errors import check_is_photo_path
from keras_colorize.cli.errors import echo_path
from keras_colorize.cli.errors import errors_in_one_sentence
from keras_colorize.cli.errors import fail
from keras_colorize.cli.errors import say
from keras_colorize.cli.interruption import ended_by_second_signal
from keras_colorize.errors import OutputError
from keras_colorize.errors import SettingError
from keras_colorize.files import check_vacant
from keras_colorize.files import explained_os_errors
from keras_colorize.files import write_bytes
from keras_colorize.photo_formats import FORMAT_OF_SUFFIX
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.photo_formats import format_of_path
from keras_colorize.presets import DEFAULT_MODEL

if TYPE_CHECKING:
    from keras_colorize.serving.batch.plan import PlannedFile
    from keras_colorize.serving.colorize import Written
    from keras_colorize.serving.images.naming import Naming
    from keras_colorize.serving.options import PhotoOptions
    from keras_colorize.serving.session import ColorizeSession

EXAMPLES = """\b
Examples:
  keras-colorize image old.jpg
  keras-colorize image old.jpg -o color.png --strength 0.8
  keras-colorize image *.tif -o colorized/ --format jpg --jobs 2
  curl -s https://example.org/old.jpg | keras-colorize image - -o - > color.jpg
"""
_PIPE = Path("-")


def image(
    photos: Annotated[
        list[Path],
        typer.Argument(
            metavar="PHOTO",
            readable=False,  # one that may not be read fails by itself
            help="The photos to colorize; - reads one from stdin.",
        ),
    ],
    output: Annotated[
        str | None,  # a Path would forget the / at the end
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="File to write, its suffix says the format; or a folder, "
            "made if there are several photos or it ends in /; or - for "
            "stdout. By default "
            "<name>.colorized.<suffix> beside each photo, stdout for stdin.",
        ),
    ] = None,
    model: options.Model = DEFAULT_MODEL,
    look: options.Look = "natural",
    strength: options.Strength = 1.0,
    temperature: options.Temperature = None,
    hints: options.Hints = None,
    format: options.Format = None,
    quality: options.Quality = None,
    suffix: options.Suffix = None,
    skip_color: options.SkipColor = False,
    mark: options.Mark = True,
    overwrite: options.Overwrite = False,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            help="Number of processes for several photos, which share the "
            "cores.",
        ),
    ] = 1,
    max_pixels: options.MaxPixels = None,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT_S,
) -> None:
    """Colorize photos.

    A photo that fails is reported and the rest is done; the exit code is 1
    then. Of a TIFF all pages are colorized: into one TIFF or, in other
    formats, into files <name>.page2.<suffix> and so on beside the first.
    """
    with (
        errors_in_one_sentence(),
        ended_by_second_signal(),
        _terminable(),
    ):
        from keras_colorize.serving.colorize import colorize_bytes
        from keras_colorize.serving.onnx_file import threads_of_job
        from keras_colorize.serving.session import ColorizeSession

        how = options.photo_options(
            strength,
            temperature,
            quality,
            skip_color,
            max_pixels,
            hints,
            mark,
            look,
        )
        naming = options.naming(suffix, format)
        session = ColorizeSession(
            model,
            num_threads=threads_of_job(model, min(jobs, len(photos))),
            time_limit_s=timeout,
        )
        how.check(session.contract)
        if output == "":
            raise SettingError(
                "--output is empty. Expected the name of a file or folder, or "
                "- for stdout."
            )
        is_folder = bool(output) and output.endswith(("/", os.sep))
        target = None if output is None else Path(output)
        if _PIPE in (*photos, target):
            colorize = functools.partial(
                colorize_bytes, session=session, options=how
            )
            _run_pipe(photos, target, naming, overwrite, colorize, how)
            return
        plan = _plan(photos, target, naming, is_folder)
        if [file.target for file in plan] == [target]:  # no folder
            options.say_unused_suffix(suffix, target)
        options.say_unused_quality(quality, [file.target for file in plan])
        work = _Work(session, how, overwrite)
        if len(plan) == 1:  # its error says the exit code
            _run_file(plan[0], work)
            return
        failed = _run_files(plan, work, jobs)
    if failed:
        raise typer.Exit(1)


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Lets SIGTERM clean up what is half-written, as Ctrl-C does."""

    def stop(number, _frame) -> NoReturn:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


# === Files ===


def _plan(
    photos: Sequence[Path],
    output: Path | None,
    naming: "Naming",
    is_folder: bool,
) -> list["PlannedFile"]:
    from keras_colorize.serving.batch.plan import PlannedFile
    from keras_colorize.serving.batch.plan import plan_targets

    if output is None:
        return plan_targets(photos, [naming.beside(p) for p in photos])
    is_folder = is_folder or len(photos) > 1
    if is_folder and not os.path.exists(output):
        if len(photos) > 1 and output.suffix.lower() in FORMAT_OF_SUFFIX:
            raise SettingError(
                f"{output} names one photo, and there are {len(photos)}. "
                "Expected a folder for the results."
            )
        with explained_os_errors(output):
            output.mkdir(parents=True)
    if os.path.isdir(output):
        targets = [naming.inside(output, photo) for photo in photos]
        return plan_targets(photos, targets)
    if is_folder:
        raise OutputError(
            f"{output} is a file. Expected a folder for the results of "
            f"{len(photos)} photos."
        )
    _check_agreement(output, naming)
    return [PlannedFile(photos[0], output)]


def _check_agreement(output: Path, naming: "Naming") -> None:
    """Refuses a file name and a --format that name different formats."""
    extension = naming.extension
    if extension is None:
        return
    if format_of_path(output) != FORMAT_OF_SUFFIX[extension]:
        raise SettingError(
            f"{output} and --format {extension[1:]} name different formats. "
            "Leave one of them out."
        )


@dataclass(frozen=True)
class _Work:
    """What holds for every photo: the model, how, and what may be replaced."""

    session: "ColorizeSession"
    options: "PhotoOptions"
    overwrite: bool


@dataclass(frozen=True)
class _Outcome:
    """What became of one of several photos.

    Attributes:
        paths: Of the files written.
        notes: What they do not carry.
        error: Why there are none; empty otherwise.
    """

    paths: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""


def _run_file(file: "PlannedFile", work: _Work) -> None:
    with contextlib.ExitStack() as stack:
        show_stage = None
        if sys.stderr.isatty():  # Rich takes a tenth of the time to import
            from keras_colorize.cli.progress import stage_progress

            show_stage = stack.enter_context(stage_progress(file.source))
        outcome = _colorize(file, work, show_stage)
    for path in outcome.paths:
        echo_path(path)
    _print_notes(outcome.notes)


def _run_files(plan: Sequence["PlannedFile"], work: _Work, jobs: int) -> int:
    """Colorizes several photos; returns how many failed."""
    from keras_colorize.cli.progress import file_progress
    from keras_colorize.serving.batch.pool import run_in_processes

    if jobs == 1:
        done = ((file, _try_to_colorize(file, work)) for file in plan)
    else:
        done = run_in_processes(plan, _try_to_colorize, work, jobs)
    failed = 0
    with file_progress(len(plan)) as progress:
        for file, made in done:
            if isinstance(made, Exception):  # its process, not the photo
                made = _Outcome(error=f"{made}. Shrink it, or lower --jobs.")
            failed += bool(made.error)
            for path in made.paths:
                progress.print_path(path)
            for note in made.notes:
                progress.print_note(f"Note: {file.source}: {note}")
            if made.error:
                is_named = str(file.source) in made.error
                prefix = "" if is_named else f"{file.source}: "
                progress.print_note(f"Error: {prefix}{made.error}")
            progress.advance()
    return failed


def _try_to_colorize(file: "PlannedFile", work: _Work) -> _Outcome:
    try:
        return _colorize(file, work)
    except Exception as error:  # said: any photo may be bad
        return _Outcome(error=str(error) or repr(error))


def _colorize(
    file: "PlannedFile",
    work: _Work,
    show_stage: Callable[[str], None] | None = None,
) -> _Outcome:
    from keras_colorize.serving.batch.plan import check_planned
    from keras_colorize.serving.colorize import colorize_file
    from keras_colorize.serving.images.naming import page_path

    check_is_photo_path(file.source)
    check_planned(file, work.options.max_pixels)
    written = colorize_file(
        file.source,
        file.target,
        work.session,
        work.options,
        overwrite=work.overwrite,
        show_stage=show_stage,
    )
    count = 0 if written.data is None else 1 + len(written.pages)
    paths = [page_path(file.target, page + 1) for page in range(count)]
    return _Outcome(tuple(paths), written.notes)


def _print_notes(notes: Sequence[str]) -> None:
    for note in notes:
        say(f"Note: {note}")


# === Pipes ===


def _run_pipe(
    photos: Sequence[Path],
    output: Path | None,
    naming: "Naming",
    overwrite: bool,
    colorize: Callable[..., "Written"],
    how: "PhotoOptions",
) -> None:
    if len(photos) > 1:
        raise SettingError(
            "Through - goes one photo at a time. Received: "
            f"{len(photos)} photos."
        )
    target = None if output == _PIPE else output
    if target is None and sys.stdout.isatty():
        raise OutputError(
            "A photo is nothing to read on a terminal. Give -o FILE, or > FILE."
        )
    check_is_photo_path(photos[0])
    if target is not None:
        _check_kept(photos[0], target)
    data = _stdin_bytes() if photos[0] == _PIPE else _file_bytes(photos[0])
    format = naming.extension and FORMAT_OF_SUFFIX[naming.extension]
    if target is not None:
        _check_agreement(target, naming)
        format = format_of_path(target)
        if not overwrite:
            check_vacant(target)
    options.say_unused_suffix(naming.suffix, target)
    written = colorize(data, format=format)
    if written.data is None:
        written = _passed_on(data, written, format, how)
    name = Path(f"result{PHOTO_FORMATS[written.format].suffixes[0]}")
    options.say_unused_quality(how.quality, [name])
    _print_notes(written.notes)
    result = cast(bytes, written.data)
    if target is None:
        _write_stdout(result)
    else:
        write_bytes(result, target)
        echo_path(target)


def _passed_on(
    data: bytes, found: "Written", format: str | None, how: "PhotoOptions"
) -> "Written":
    """Passes on a photo that is in color and stays as it is.

    Nobody behind a pipe has the photo yet: it goes on byte for byte, or with
    its pixels in another format if that is asked for.
    """
    from keras_colorize.serving.colorize import note_on_pages
    from keras_colorize.serving.images.read import read_photo
    from keras_colorize.serving.images.write import dropped_features
    from keras_colorize.serving.images.write import encode_photo

    if format in (None, found.format):
        return replace(found, data=data)
    photo = read_photo(data, how.max_pixels)
    notes = found.notes + photo.notes + dropped_features(photo, format)
    if photo.num_pages > 1:
        notes += (note_on_pages(photo.num_pages),)
    encoded = encode_photo(photo, format, how.quality)
    return replace(found, data=encoded, format=format, notes=notes)


def _check_kept(photo: Path, target: Path) -> None:
    """Refuses to replace the file that a photo comes from.

    Raises:
        OutputError: If both are one file, through links and `< FILE` too.
    """
    is_same = False
    with contextlib.suppress(OSError, ValueError):  # one is missing
        source = sys.stdin.fileno() if photo == _PIPE else photo
        is_same = os.path.samestat(os.stat(source), os.stat(target))
    if is_same:
        raise OutputError(
            f"{target} is the photo itself, which is never replaced. Choose "
            "another name or folder for the result."
        )


def _stdin_bytes() -> bytes:
    if sys.stdin.isatty():
        fail("Nothing comes in through stdin. Expected a photo, as in < FILE.")
    return sys.stdin.buffer.read()


def _file_bytes(photo: Path) -> bytes:
    from keras_colorize.serving.images.read import read_photo

    try:
        return photo.read_bytes()
    except OSError:
        read_photo(photo)  # says what is wrong
        raise


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
