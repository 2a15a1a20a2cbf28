"""`keras-colorize image`: single photos, several at once, or a pipe."""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli import options
from keras_colorize.cli.errors import errors_in_one_sentence
from keras_colorize.cli.stopping import terminable
from keras_colorize.presets import DEFAULT_MODEL

EXAMPLES = """\b
Examples:
  keras-colorize image old.jpg
  keras-colorize image old.jpg -o color.png --strength 0.8
  keras-colorize image scan1.tif scan2.tif -o colorized/ --format jpg
  curl -s https://example.org/old.jpg | keras-colorize image - -o - > color.jpg
"""


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
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File to write, its suffix says the format; or a folder, "
            "made if there are several photos; or - for stdout. By default "
            "<name>.colorized.<suffix> beside each photo, stdout for stdin.",
        ),
    ] = None,
    model: options.Model = DEFAULT_MODEL,
    strength: options.Strength = 1.0,
    temperature: options.Temperature = None,
    hints: options.Hints = None,
    format: options.Format = None,
    quality: options.Quality = None,
    suffix: options.Suffix = None,
    skip_color: options.SkipColor = False,
    overwrite: options.Overwrite = False,
    max_pixels: options.MaxPixels = None,
) -> None:
    """Colorize photos.

    A photo that fails is reported and the rest is done; the exit code is 1
    then.
    """
    with errors_in_one_sentence(), terminable():
        from keras_colorize.cli.photos import run_photos
        from keras_colorize.cli.settings import naming
        from keras_colorize.cli.settings import photo_settings

        failed = run_photos(
            photos,
            output,
            model,
            photo_settings(
                strength, temperature, quality, skip_color, max_pixels, hints
            ),
            naming(suffix, format),
            overwrite,
        )
    if failed:
        raise typer.Exit(1)
