"""PSNR against the number of hints: `python -m training.hint_curve`.

For models that take color hints. As in their paper: squares of 6 x 6 pixels
at random places of held-out photos, each with the true mean color of what it
covers; no hint is the automatic result.

Reference: Zhang et al., Real-Time User-Guided Image Colorization with Learned
Deep Priors, SIGGRAPH 2017, section 4.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.cli.quiet import start_tensorflow
from keras_colorize.files import write_json

NUMBERS_OF_HINTS = (0, 1, 2, 5, 10, 20, 50)
_PATCH_PIXELS = 6

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence()
def hint_curve(
    model: Annotated[Path, typer.Option(help="Preset folder of the model.")],
    data: Annotated[Path, typer.Option(help="Folder of photos.")],
    output: Annotated[Path, typer.Option(help="File: .json.")],
    limit: Annotated[int, typer.Option(min=1, help="Most photos.")] = 100,
    size: Annotated[
        int,
        typer.Option(min=8, help="Side of the square crops in pixels."),
    ] = 128,
    seed: Annotated[int, typer.Option(help="Of the places of hints.")] = 0,
    split: Annotated[
        str, typer.Option(help='"all", "train", "val" or "test".')
    ] = "val",
    look: Annotated[
        str, typer.Option(help="Of the model, where it has more than one.")
    ] = "natural",
) -> None:
    """Measures and writes the curve."""
    start_tensorflow()
    from keras_colorize.models.colorizer import Colorizer
    from training.measure.inputs import find_evaluation_photos

    colorizer = Colorizer.from_preset(model)
    if not colorizer.takes_hints:
        raise ValueError(
            f"{colorizer.name} takes no color hints; lite and the siggraph17 "
            "models do."
        )
    console = Console()
    photos, report = find_evaluation_photos(str(data), None, split, None)
    console.print(f"{data}: {report.summary()}.")
    photos = photos[:: -(-len(photos) // limit)]  # spread evenly
    curve = measure_curve(colorizer, photos, size, seed, look)
    table = Table("hints", "PSNR dB", "standard error")
    for row in curve:
        table.add_row(
            str(row["hints"]),
            f"{row['psnr']:.2f}",
            f"{row['standard_error']:.2f}",
        )
    console.print(table)
    write_json(
        output,
        {"photos": len(photos), "size": size, "look": look, "curve": curve},
    )


def measure_curve(
    colorizer, photos, size: int, seed: int, look: str = "natural"
) -> list[dict]:
    """Colorizes central crops with more and more hints.

    Args:
        colorizer: a `Colorizer` that takes hints.
        photos: photo paths, or `ArrayPhotos`.
        size: side of the square crops in pixels.
        seed: of the places of the hints.
        look: of the model's, see `Colorizer.settings_of_look`.

    Returns:
        A dict for each of `NUMBERS_OF_HINTS`: hints, psnr (dB on 8-bit RGB,
        mean over photos), standard_error (of that mean, dB).
    """
    import numpy as np

    from keras_colorize.data.pipeline import evaluation_dataset
    from keras_colorize.data.pipeline_config import HintSimulation
    from keras_colorize.data.pipeline_config import PipelineConfig
    from keras_colorize.metrics.fidelity import psnr
    from keras_colorize.serving.merge import merge_L_and_ab

    curve = []
    for count in NUMBERS_OF_HINTS:
        hints = HintSimulation(
            num_patches=count,
            smallest_patch=_PATCH_PIXELS,
            largest_patch=_PATCH_PIXELS,
            placement="uniform",
        )
        dataset = evaluation_dataset(
            photos,
            PipelineConfig(
                crop_size=size,
                resize_short=size,
                batch_size=16,
                output_stride=1,
                hints=hints,
                seed=seed,
            ),
        )
        scores = []
        for inputs, true_ab in dataset:
            predicted = colorizer.predict_ab(**inputs, look=look)
            for L, ab, truth in zip(
                np.asarray(inputs["L"]),
                np.asarray(predicted),
                np.asarray(true_ab),
                strict=True,
            ):
                scores.append(
                    psnr(merge_L_and_ab(L, truth), merge_L_and_ab(L, ab))
                )
        curve.append(
            {
                "hints": count,
                "psnr": float(np.mean(scores)),
                "standard_error": float(np.std(scores) / len(scores) ** 0.5),
            }
        )
    return curve


if __name__ == "__main__":
    app()
