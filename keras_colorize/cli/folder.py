"""`keras-colorize folder`: whole trees of photos."""

import contextlib
import enum
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Annotated

import typer

from keras_colorize.cli import options
from keras_colorize.cli.errors import echo_path
from keras_colorize.cli.errors import errors_in_one_sentence
from keras_colorize.cli.errors import say
from keras_colorize.cli.interruption import SIGNALS
from keras_colorize.cli.interruption import ended_by_second_signal
from keras_colorize.errors import SettingError
from keras_colorize.presets import DEFAULT_MODEL

if TYPE_CHECKING:
    from keras_colorize.serving.batch.journal import Journal
    from keras_colorize.serving.batch.plan import FolderPlan

_STDERR = 2
_STOPPING = b"\nStopping after the photos that were begun; again: at once.\n"


class Engine(enum.StrEnum):
    """What does the work."""

    LOCAL = "local"
    RAY = "ray"


EXAMPLES = """\b
Examples:
  keras-colorize folder scans/ colorized/ --recursive --dry-run
  keras-colorize folder scans/ colorized/ --recursive
  keras-colorize folder scans/ colorized/ -r --jobs 4 --report report.jsonl
  keras-colorize folder mixed/ colorized/ --skip-color --format png
  keras-colorize folder s3://in/photos s3://out/photos -r --shard 3/100
  keras-colorize folder s3://in/photos s3://out/photos -r --engine ray
"""


def folder(
    source: Annotated[
        str,
        typer.Argument(
            metavar="IN", help="Folder of photos, or an address (s3://…)."
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="OUT", help="Folder for the results, or an address."
        ),
    ],
    recursive: Annotated[
        bool,
        typer.Option("--recursive", "-r", help="Go into subfolders as well."),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            help="Number of processes, which share the cores; by default 1, "
            "and with --engine ray one for each core of the cluster.",
        ),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option(
            help="File for one JSON line per photo; where its name ends in "
            ".parquet, a folder or address for rows in Parquet."
        ),
    ] = None,
    engine: Annotated[
        Engine,
        typer.Option(
            help="What does the work: processes of this machine, or the "
            "cluster of Ray that RAY_ADDRESS names."
        ),
    ] = Engine.LOCAL,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="N/COUNT",
            help="Do one of COUNT equal parts, for jobs side by side.",
        ),
    ] = None,
    list_: Annotated[
        str | None,
        typer.Option(
            "--list",
            metavar="FILE",
            help="Do the photos that a file names, one a line, below IN; - "
            "for stdin.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Say what would be done, and write nothing. Photos are not "
            "opened.",
        ),
    ] = False,
    overwrite: options.Overwrite = False,
    format: options.Format = None,
    quality: options.Quality = None,
    suffix: options.Suffix = None,
    skip_color: options.SkipColor = False,
    mark: options.Mark = True,
    model: options.Model = DEFAULT_MODEL,
    look: options.Look = "natural",
    strength: options.Strength = 1.0,
    temperature: options.Temperature = None,
    max_pixels: options.MaxPixels = None,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT_S,
) -> None:
    """Colorize the photos of a folder into another one.

    The results have the names of the photos, in the same tree. Photos whose
    result exists are skipped, so that the same command goes on after an
    interruption; OUT/.keras-colorize.jsonl says what was done. A photo that
    fails is reported and the rest is done; the exit code is 1 then.

    With addresses, --shard, --list or --engine ray each photo is looked at by
    itself, so that many machines can work side by side: there is no
    .keras-colorize.jsonl, and with --format a.jpg becomes a.jpg.png.
    """
    with (
        errors_in_one_sentence(),
        ended_by_second_signal(),
        stop_request() as stop,
    ):
        from keras_colorize.cli.progress import show_progress
        from keras_colorize.serving.batch.journal import Journal
        from keras_colorize.serving.batch.places import is_address
        from keras_colorize.serving.batch.plan import check_folders
        from keras_colorize.serving.batch.plan import plan_folder
        from keras_colorize.serving.batch.run import FileResult
        from keras_colorize.serving.batch.run import colorize_files
        from keras_colorize.serving.batch.run import locked_results
        from keras_colorize.serving.batch.run import report_writer
        from keras_colorize.serving.batch.run import sweep_leftovers
        from keras_colorize.serving.onnx_file import threads_of_job
        from keras_colorize.serving.session import ColorizeSession

        how = options.photo_options(
            strength,
            temperature,
            quality,
            skip_color,
            max_pixels,
            mark=mark,
            look=look,
        )
        naming = options.naming(suffix, format)
        if report == "-":
            raise SettingError(
                "--report takes the name of a file. Received: -, which would "
                "mix it with what else is printed."
            )
        is_many = engine is not Engine.LOCAL or shard or list_
        if is_many or is_address(source) or is_address(target):
            from keras_colorize.cli import many

            if naming.extension:
                result = Path(f"result{naming.extension}")
                options.say_unused_quality(quality, [result])
            if list_ and recursive:
                say("Note: --recursive has no effect: --list says what to do.")
            many.colorize(
                many.Request(
                    source=source,
                    target=target,
                    recursive=recursive,
                    listed=list_,
                    shard=shard,
                    uses_ray=engine is Engine.RAY,
                    jobs=jobs,
                    report=report,
                    dry_run=dry_run,
                    overwrite=overwrite,
                    naming=naming,
                    options=how,
                    model=model,
                    time_limit_s=timeout,
                ),
                stop,
            )
            return
        source_dir, target_dir = Path(source), Path(target)
        session = ColorizeSession(
            model,
            num_threads=threads_of_job(model, jobs or 1),
            time_limit_s=timeout,
        )
        how.check(session.contract)
        check_folders(source_dir, target_dir, recursive)
        if dry_run:
            journal = Journal(target_dir, session.contract.name, how)
            plan = plan_folder(
                source_dir,
                target_dir,
                recursive,
                naming,
                journal.owners(),
                makes_target=False,
            )
            targets = [file.target for file in plan.files]
            options.say_unused_quality(quality, targets)
            _say_plan(plan, journal, target_dir, overwrite, skip_color)
            return
        with contextlib.ExitStack() as stack:
            is_locked = target_dir.is_dir()
            if is_locked:
                stack.enter_context(locked_results(target_dir))
            journal = Journal(target_dir, session.contract.name, how)
            stack.enter_context(journal)
            plan = plan_folder(
                source_dir, target_dir, recursive, naming, journal.owners()
            )
            targets = [file.target for file in plan.files]
            options.say_unused_quality(quality, targets)
            if not is_locked:  # the plan has made the folder
                stack.enter_context(locked_results(target_dir))
            sweep_leftovers(target_dir, plan.files)
            results = colorize_files(
                plan.files,
                session,
                how,
                overwrite=overwrite,
                jobs=jobs or 1,
                journal=journal,
                is_stopped=stop.is_set,
            )
            with report_writer(report) as write_row:
                if journal.num_dropped:
                    say(_note_on_rows(journal.num_dropped))
                counts = show_progress(results, len(plan.files), write_row)
                for path in plan.others:
                    name = session.contract.name
                    write_row(FileResult(str(path), "", "other", name))
    left = f"{counts['left']} in color already, " if counts["left"] else ""
    echo_path(
        f"{counts['colorized']} colorized, {counts['skipped']} skipped, "
        f"{left}{counts['failed']} failed: {target_dir}"
    )
    if plan.others:
        say(f"{plan.describe_others()}.")
    if counts["stale"]:
        say(
            f"Note: {counts['stale']} of the skipped results were made with "
            "other settings or of another photo; --overwrite replaces them."
        )
    if stop.exit_code is not None:
        say("Stopped; the same command goes on from here.")
        raise typer.Exit(stop.exit_code)
    if counts["failed"]:
        raise typer.Exit(1)


def _say_plan(
    plan: "FolderPlan",
    journal: "Journal",
    target: Path,
    overwrite: bool,
    skip_color: bool,
) -> None:
    """Prints what becomes of each photo, and how many there are."""
    from keras_colorize.serving.batch.run import is_skipped

    num_to_do = num_skipped = num_wrong = 0
    for file in plan.files:
        if file.problem:
            say(f"Error: {file.problem}")
            num_wrong += 1
        elif is_skipped(file, overwrite, journal):
            num_skipped += 1
        else:
            echo_path(f"{file.source} -> {file.target}")
            num_to_do += 1
    left = ", less those that are in color already" if skip_color else ""
    echo_path(
        f"{num_to_do} to colorize{left}, {num_skipped} skipped, {num_wrong} "
        f"that cannot be: {target}"
    )
    if plan.others:
        say(f"{plan.describe_others()}.")
    if num_wrong:
        raise typer.Exit(1)


def _note_on_rows(count: int) -> str:
    rows = "1 line" if count == 1 else f"{count} lines"
    return (
        f"Note: {rows} of .keras-colorize.jsonl in the folder of results "
        "cannot be read, or are of another version; what they say is left out."
    )


class StopRequest:
    """Whether somebody asked the command to stop.

    Attributes:
        exit_code: What the command returns then, 128 + the signal; None
            while nobody asked.
    """

    exit_code: int | None = None

    def is_set(self) -> bool:
        """Tells whether to begin nothing more."""
        return self.exit_code is not None


@contextlib.contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Turns the first signal into a request; the second one stops at once."""
    request = StopRequest()
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def ask(number, _frame):
        request.exit_code = 128 + number
        restore()
        os.write(_STDERR, _STOPPING)  # print() may be in the middle of a line

    def restore():
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in SIGNALS:
        signal.signal(number, ask)
    try:
        yield request
    finally:
        restore()
