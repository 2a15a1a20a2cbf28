"""What `keras-colorize folder` does between its options and its summary."""

import os
from collections import Counter
from pathlib import Path

from keras_colorize.cli.progress import show_progress
from keras_colorize.cli.stopping import StopRequest
from keras_colorize.serving.batch.journal import Manifest
from keras_colorize.serving.batch.plan import check_folders
from keras_colorize.serving.batch.plan import plan_folder
from keras_colorize.serving.batch.report import report_writer
from keras_colorize.serving.batch.run import colorize_files
from keras_colorize.serving.images.naming import Naming
from keras_colorize.serving.options import PhotoOptions
from keras_colorize.serving.session import ColorizeSession


def run_folder(
    folders: tuple[Path, Path, bool],
    model: str,
    settings: PhotoOptions,
    naming: Naming,
    run: tuple[bool, int, Path | None],
    stop: StopRequest,
) -> Counter:
    """Colorizes a folder under a progress bar.

    Args:
        folders: Of photos, of results, and whether to go into subfolders.
        model: Name or path of the model.
        settings: How to colorize.
        naming: How to call the results.
        run: Whether to replace files, number of processes, and the file of
            the report or None.
        stop: Asked before each photo.

    Returns:
        Number of results by status, and of "stale" ones among the skipped.
    """
    source, target, recursive = folders
    overwrite, jobs, report = run
    session = ColorizeSession(model, num_threads=_threads_of_one(jobs))
    settings.check(session.contract)
    check_folders(source, target, recursive)
    with Manifest(target, session.contract.name, settings) as manifest:
        plan = plan_folder(source, target, recursive, naming, manifest.owners())
        with report_writer(report) as write_row:
            return show_progress(
                colorize_files(
                    *(plan, session, settings, overwrite, jobs, manifest),
                    stop.is_set,
                ),
                total=len(plan),
                write_row=write_row,
            )


def _threads_of_one(jobs: int) -> int | None:
    """Threads of one process: all cores for one, a share for several."""
    return None if jobs == 1 else max(1, (os.cpu_count() or 1) // jobs)
