"""Packs weights into archives for a release, with their checksums.

Example: python export/release_weights.py --output release \
    keras_colorize/weights/eccv16_small.photos
"""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli.errors import mistakes_in_one_sentence

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence()
def release(
    presets: Annotated[
        list[str],
        typer.Argument(
            metavar="PRESET...",
            help="Folders that ship_weights wrote, or names of weights.",
        ),
    ],
    output: Annotated[Path, typer.Option(help="Folder to write; a new one.")],
) -> None:
    """Writes a ZIP for each preset, and SHA256SUMS."""
    from keras_colorize.exporters.release import pack_release

    for path in pack_release(presets, output):
        typer.echo(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    app()
