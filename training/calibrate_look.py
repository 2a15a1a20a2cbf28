"""Measures a model's looks: `python -m training.calibrate_look`.

Finds the temperature, vividness and focus of the looks natural, vivid and
calm on photos that the model was not trained on, and writes them into a copy
of its preset folder; `export/ship_weights.py` brings them into an ONNX file.
Natural gives 0.80 of the colorfulness of the true photos and vivid all of it,
each with the smallest errors at that; calm has the smallest errors of all.
Natural of a weak model has less color, so that half of what calm gains is left.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.cli.quiet import start_tensorflow

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence()
def calibrate(
    preset: Annotated[
        Path, typer.Option(help="Preset folder that training wrote.")
    ],
    photos: Annotated[
        list[str],
        typer.Option(help="Folder of photos. May be given several times."),
    ],
    out: Annotated[Path, typer.Option(help="Preset folder to write.")],
    split: Annotated[
        str, typer.Option(help="train, val or test; all for each photo.")
    ] = "all",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Most photos of each folder.")
    ] = None,
    network_size: Annotated[
        int | None,
        typer.Option(
            help="Short side of the network's input in pixels. By default "
            "what the preset says, or the model is registered with."
        ),
    ] = None,
) -> None:
    """Finds looks and writes them."""
    start_tensorflow()
    from keras_colorize.exporters.look_search import calibrate_looks
    from keras_colorize.models.registry import load_pretrained
    from keras_colorize.presets import read_metadata
    from keras_colorize.serving.images.read import read_photo
    from training.measure.inputs import find_evaluation_photos

    console = Console()
    model = load_pretrained(preset)
    paths = []
    for folder in photos:
        found, report = find_evaluation_photos(folder, None, split, limit)
        console.print(f"{folder}: {report.summary()}.")
        paths += found

    def images():
        for path in track(paths, "Network", console=console):
            yield read_photo(path).rgb
        console.print("Trying looks.")

    looks = calibrate_looks(model, images(), network_size)
    metadata = read_metadata(preset)
    for stale in (
        "sha256",
        "keras_version",
        "core_seconds",
    ):  # of the files before
        metadata.pop(stale, None)
    model.save_to_preset(out, metadata)
    console.print(make_table(looks, len(paths)))
    console.print(f"Written to {out}.")


def make_table(looks: dict, num_photos: int) -> Table:
    """Lays the looks and their scores out for a terminal."""
    title = f"Looks on {num_photos} photos, differences to gray"
    table = Table(title=title)
    for heading in (
        *("look", "temperature", "vividness", "focus"),
        *("PSNR", "CIEDE2000", "colorfulness ratio"),
    ):
        table.add_column(heading)
    for name, found in looks.items():
        score = found.score
        table.add_row(
            name,
            *(f"{value:g}" for value in found.settings.values()),
            f"{score.psnr:+.2f} dB",
            f"{score.delta_e:+.2f}",
            f"{score.colorfulness:.2f}",
        )
    return table


if __name__ == "__main__":
    app()
