"""`keras-colorize folder`: whole trees of photos."""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli import options
from keras_colorize.cli.errors import errors_in_one_sentence
from keras_colorize.cli.stopping import stop_request
from keras_colorize.presets import DEFAULT_MODEL

EXAMPLES = """\b
Examples:
  keras-colorize folder scans/ colorized/ --recursive
  keras-colorize folder scans/ colorized/ -r --jobs 4 --report report.jsonl
  keras-colorize folder mixed/ colorized/ --skip-color --format png
"""


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
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            help="Number of processes, which share the cores.",
        ),
    ] = 1,
    report: Annotated[
        Path | None,
        typer.Option(help="File for one JSON line per photo."),
    ] = None,
    overwrite: options.Overwrite = False,
    format: options.Format = None,
    quality: options.Quality = None,
    suffix: options.Suffix = None,
    skip_color: options.SkipColor = False,
    model: options.Model = DEFAULT_MODEL,
    strength: options.Strength = 1.0,
    temperature: options.Temperature = None,
    max_pixels: options.MaxPixels = None,
) -> None:
    """Colorize the photos of a folder into another one.

    The results have the names of the photos, in the same tree. Photos whose
    result exists are skipped, so that the same command goes on after an
    interruption; OUT/.keras-colorize.jsonl says what was done. A photo that
    fails is reported and the rest is done; the exit code is 1 then.
    """
    with errors_in_one_sentence(), stop_request() as stop:
        from keras_colorize.cli.batch import run_folder
        from keras_colorize.cli.settings import naming
        from keras_colorize.cli.settings import photo_settings

        counts = run_folder(
            (source, target, recursive),
            model,
            photo_settings(
                strength, temperature, quality, skip_color, max_pixels
            ),
            naming(suffix, format),
            (overwrite, jobs, report),
            stop,
        )
    left = f"{counts['left']} in color already, " if counts["left"] else ""
    typer.echo(
        f"{counts['colorized']} colorized, {counts['skipped']} skipped, "
        f"{left}{counts['failed']} failed: {target}"
    )
    if counts["stale"]:
        typer.echo(
            f"Note: {counts['stale']} of the skipped results were made with "
            "other settings or of another photo; --overwrite replaces them.",
            err=True,
        )
    if stop.exit_code is not None:
        typer.echo("Stopped; the same command goes on from here.", err=True)
        raise typer.Exit(stop.exit_code)
    if counts["failed"]:
        raise typer.Exit(1)
