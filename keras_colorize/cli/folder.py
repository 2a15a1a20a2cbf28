"""`keras-colorize folder`: whole trees of photos."""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli import options
from keras_colorize.cli.failures import errors_in_one_sentence
from keras_colorize.serving.weights import DEFAULT_MODEL


def folder(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="Folder of photos.")
    ],
    target: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="Folder for the results."),
    ],
    recursive: Annotated[
        bool,
        typer.Option("--recursive", "-r", help="Go into subfolders as well."),
    ] = False,
    overwrite: options.Overwrite = False,
    report: Annotated[
        Path | None,
        typer.Option(help="File for one JSON line per photo."),
    ] = None,
    model: options.Model = DEFAULT_MODEL,
    strength: options.Strength = 1.0,
    temperature: options.Temperature = None,
) -> None:
    """Colorize the photos of a folder into another one.

    The results have the names of the photos. Photos whose result exists are
    skipped. A photo that fails is reported and the rest is done; the exit
    code is 1 then.
    """
    with errors_in_one_sentence():
        from keras_colorize.cli.progress import show_progress
        from keras_colorize.serving import folder as folders
        from keras_colorize.serving.session import ColorizeSession

        session = ColorizeSession(model)
        session.check_settings(strength, temperature)
        plan = folders.plan_folder(source, target, recursive)
        with folders.report_writer(report) as write_row:
            counts = show_progress(
                folders.colorize_files(
                    plan, session, strength, temperature, overwrite
                ),
                total=len(plan),
                write_row=write_row,
            )
    typer.echo(
        f"{counts['colorized']} colorized, {counts['skipped']} skipped, "
        f"{counts['failed']} failed: {target}"
    )
    if counts["failed"]:
        raise typer.Exit(1)
