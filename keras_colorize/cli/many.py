"""`keras-colorize folder` over addresses, shards, lists and clusters."""

import contextlib
import functools
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from keras_colorize.cli.errors import echo_path
from keras_colorize.cli.errors import say
from keras_colorize.cli.progress import show_progress
from keras_colorize.errors import ColorizeError
from keras_colorize.errors import SettingError
from keras_colorize.serving.batch import parquet
from keras_colorize.serving.batch.places import Place
from keras_colorize.serving.batch.places import check_apart
from keras_colorize.serving.batch.places import is_address
from keras_colorize.serving.batch.places import open_place
from keras_colorize.serving.batch.ray_engine import colorize_with_ray
from keras_colorize.serving.batch.run import report_writer
from keras_colorize.serving.batch.stream import Shard
from keras_colorize.serving.batch.stream import StreamWork
from keras_colorize.serving.batch.stream import colorize_stream
from keras_colorize.serving.batch.stream import find_result
from keras_colorize.serving.batch.stream import open_list
from keras_colorize.serving.batch.stream import read_names
from keras_colorize.serving.images.naming import Naming
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession

if TYPE_CHECKING:
    from keras_colorize.cli.folder import StopRequest


@dataclass(frozen=True)
class Request:
    """What is asked for; the options of `folder`.

    Attributes:
        source: Folder or address of the photos.
        target: Folder or address for the results.
        recursive: Whether to list what lies deeper.
        listed: File of names, or "-"; None lists `source`.
        shard: Such as "3/100"; None for all.
        uses_ray: Whether a cluster does it.
        jobs: Number of processes or workers; None for the default.
        report: File or, for Parquet, folder; None for none.
        dry_run: Whether to say only what would be done.
        overwrite: Whether to do photos again whose result exists.
        naming: How results are called.
        options: How to colorize.
        model: Name or path.
        time_limit_s: That the model may take for a photo.
    """

    source: str
    target: str
    recursive: bool
    listed: str | None
    shard: str | None
    uses_ray: bool
    jobs: int | None
    report: str | None
    dry_run: bool
    overwrite: bool
    naming: Naming
    options: PhotoOptions
    model: str
    time_limit_s: float


def colorize(request: Request, stop: "StopRequest") -> None:
    """Colorizes, shows progress, and says what became of the photos.

    Raises:
        typer.Exit: With 1 if a photo failed, with the code of the signal if
            it was stopped.
    """
    source, target = open_place(request.source), open_place(request.target)
    check_apart(source, target)
    shard = Shard.parse(request.shard or "1/1")
    work = StreamWork(
        source,
        target,
        _session(request),
        request.options,
        request.naming,
        request.overwrite,
    )
    request.options.check(work.session.contract)
    with contextlib.ExitStack() as stack:
        listed = request.listed
        if listed == "-" and request.uses_ray:  # read in another process
            listed = stack.enter_context(_spooled_stdin())
        list_names = functools.partial(
            _names, source, request.recursive, listed, shard
        )
        if request.dry_run:
            _say_plan(list_names(), work)
            return
        if request.uses_ray:
            rows = colorize_with_ray(
                list_names, work, request.jobs, stop.is_set
            )
        else:
            rows = colorize_stream(
                list_names(), work, request.jobs or 1, stop.is_set
            )
        write_row = stack.enter_context(_report(request.report))
        counts = show_progress(rows, None, write_row)
    left = f"{counts['left']} in color already, " if counts["left"] else ""
    echo_path(
        f"{counts['colorized']} colorized, {counts['skipped']} skipped, "
        f"{left}{counts['failed']} failed: {target.address}"
    )
    if stop.exit_code is not None:
        say("Stopped; the same command goes on from here.")
        raise typer.Exit(stop.exit_code)
    if counts["failed"]:
        raise typer.Exit(1)


def _say_plan(names: Iterator[str], work: StreamWork) -> None:
    """Prints what would become of each photo, and how many there are."""
    counts: Counter[str] = Counter()
    for name in names:
        try:
            result, is_there = find_result(name, work)
        except ColorizeError as error:
            say(f"Error: {error}")
            counts["wrong"] += 1
            continue
        counts["skipped" if is_there else "to do"] += 1
        if not is_there:
            source = work.source.address_of(name)
            echo_path(f"{source} -> {work.target.address_of(result)}")
    left = ", less those that are in color already"
    echo_path(
        f"{counts['to do']} to colorize"
        f"{left if work.options.skip_color else ''}, {counts['skipped']} "
        f"skipped, {counts['wrong']} that cannot be: {work.target.address}"
    )
    if counts["wrong"]:
        raise typer.Exit(1)


def _session(request: Request) -> ColorizeSession:
    model = request.model
    if request.uses_ray and Path(model).is_file():
        model = Path(model).read_bytes()  # other nodes have no such file
    return ColorizeSession(
        model, num_threads=1, time_limit_s=request.time_limit_s
    )


def _names(
    source: Place, recursive: bool, listed: str | None, shard: Shard
) -> Iterator[str]:
    if listed is None:
        yield from filter(shard.has, source.names(recursive))
        return
    with contextlib.closing(open_list(listed)) as lines:
        yield from filter(shard.has, read_names(lines, source))


@contextlib.contextmanager
def _spooled_stdin() -> Iterator[str]:
    with tempfile.NamedTemporaryFile(mode="wb") as file:
        with contextlib.closing(open_list("-")) as lines:
            shutil.copyfileobj(lines.buffer, file)
        file.flush()
        yield file.name


def _report(report: str | None):
    if report is None or not report.lower().rstrip("/").endswith(
        parquet.SUFFIX
    ):
        if report is not None and is_address(report):
            raise SettingError(
                f"A report at an address is in Parquet. Received: {report}. "
                "Expected a name that ends in .parquet."
            )
        return report_writer(report)
    return parquet.parquet_report_writer(report)
