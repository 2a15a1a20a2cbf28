"""Estimates a color prior: `python -m training.prior --output prior.json`.

How often each of the 313 ab bins occurs in the training photos; the
rebalanced loss and the class-balanced score need it. `--dataset` and `--data`
mean the same as in training.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.cli.quiet import start_tensorflow
from training.config import DataConfig
from training.config import LossConfig

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence()
def prior(
    output: Annotated[Path, typer.Option(help="File: .json or .npy.")],
    dataset: Annotated[
        str, typer.Option(help="Row of datasets.yaml, or a folder.")
    ] = "",
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data set.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(help="Only this label; repeat.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Photos, drawn by --seed.")
    ] = None,
    resize_short: Annotated[
        int, typer.Option(min=1, help="Short side of the photos in pixels.")
    ] = 160,
    num_neighbors: Annotated[
        int, typer.Option(min=1, help="Bins that share a pixel's mass.")
    ] = 5,
    sigma: Annotated[
        float, typer.Option(help="Width of the soft encoding, ab units.")
    ] = 5.0,
    seed: Annotated[int, typer.Option(help="Of --limit.")] = 0,
) -> None:
    """Estimates and writes a prior."""
    if output.suffix not in (".json", ".npy"):
        raise ValueError(
            f"`output` must end in .json or .npy. Received: {output}."
        )
    from keras_colorize.color.gamut import AbGamut
    from keras_colorize.data.priors import mean_ab

    start_tensorflow()
    from training.run.inputs import estimate_photo_prior
    from training.run.inputs import find_scanned

    config = DataConfig(
        dataset=dataset,
        labels=tuple(label or ()),
        limit=limit,
        seed=seed,
        resize_short=resize_short,
        crop_size=resize_short // 8 * 8,
    )
    loss = LossConfig(num_neighbors=num_neighbors, sigma=sigma)
    console = Console()
    photos = find_scanned(config, data, None, "train", console)
    result = estimate_photo_prior(loss, config, photos)
    result.save(output)
    a, b = mean_ab(result.prior, AbGamut())
    console.print(
        f"{output}: {result.num_pixels:,} pixels of {len(photos)} photos, "
        f"mean color a={a:.2f}, b={b:.2f}."
    )


if __name__ == "__main__":
    app()
