"""Packs photos as arrays: `python -m training.pack --data DIR --out FOLDER`.

Photos are decoded and shrunk once; training then reads them with NumPy alone,
fast, and under any Keras backend. Gray, tiny and broken photos are left out,
and photos that look like those of an `--exclude` folder: so none that a model
is measured on gets into its training. Splits are kept; test photos stay out.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from keras_colorize.cli.errors import mistakes_in_one_sentence

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence()
def pack(
    data: Annotated[
        list[str],
        typer.Option(help="Row of datasets.yaml, or a folder; repeat."),
    ],
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder that holds the data sets.")
    ] = None,
    short_side: Annotated[
        int, typer.Option(min=16, help="Longest short side in pixels.")
    ] = 160,
    exclude: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of photos that must not get in; repeat."),
    ] = None,
) -> None:
    """Packs the photos of data sets and folders."""
    from keras_colorize.data.packed import PackedWriter
    from keras_colorize.data.packing import PhotoPacker
    from keras_colorize.files import write_json

    console = Console()
    with PackedWriter(out) as writer:
        packer = PhotoPacker(writer, short_side, exclude or (), console.print)
        for name in data:
            packer.add_dataset(name, data_dir)
        packer.check_not_empty()
    write_json(out / "report.json", packer.report())
    counts = packer.report()["counts"]
    console.print(f"{out}: " + ", ".join(f"{n} {k}" for k, n in counts.items()))


if __name__ == "__main__":
    app()
