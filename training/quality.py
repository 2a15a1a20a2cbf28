"""Fills the table of targets: `python -m training.quality --model M --out DIR`.

Measures a model through the serving path: the scores of each of its looks on
bench, validation and everyday photos, the curve of fidelity over color,
robustness against sizes and age, and what it does to paper, text, walls, skin
and old photographs. Writes quality.json, quality.md, curve.csv, curve.png and
sheets of photos.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.cli.quiet import start_tensorflow

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence()
def quality(
    model: Annotated[
        str, typer.Option(help="Shipped name, .onnx file or preset folder.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    bench: Annotated[
        Path, typer.Option(help="Folder of photos for the final sheets.")
    ],
    val: Annotated[
        Path,
        typer.Option(help="Folder whose split val serves for choices."),
    ],
    limit: Annotated[
        int | None, typer.Option(min=1, help="Most photos of each folder.")
    ] = None,
    curve_limit: Annotated[
        int, typer.Option(min=1, help="Most val photos of the curve.")
    ] = 150,
    robust_limit: Annotated[
        int | None,
        typer.Option(min=1, help="Most bench photos for robustness."),
    ] = None,
    everyday: Annotated[
        Path | None,
        typer.Option(
            help="Folder of photos of people, streets, rooms and food."
        ),
    ] = None,
    vgg16: Annotated[
        str | None,
        typer.Option(
            help="Weights of VGG16 for KID: an .npz file, or imagenet to "
            "download them. Default: KID is left out."
        ),
    ] = None,
    mean_ab: Annotated[
        str | None,
        typer.Option(
            help="Mean color of the training photos: A,B or a prior file. "
            "Default: the model's metadata."
        ),
    ] = None,
    resamples: Annotated[
        int, typer.Option(min=100, help="Bootstrap resamples.")
    ] = 2000,
) -> None:
    """Measures one model and writes the report."""
    _check_folder(bench, "--bench", "photos for the final figures")
    _check_folder(
        val, "--val", "photos with an index.csv or folders train and val"
    )
    start_tensorflow()
    from training.measure import sheets
    from training.measure.figures import draw_curves
    from training.measure.inputs import find_evaluation_photos
    from training.measure.inputs import resolve_mean_ab
    from training.measure.kid import FeatureExtractor
    from training.measure.predictors import load_predictor
    from training.measure.quality import Photos
    from training.measure.quality import measure_quality
    from training.measure.report import write_quality

    console = Console()
    predictor = load_predictor(model)
    mean_color = resolve_mean_ab(mean_ab, predictor.metadata)
    bench_photos, found = find_evaluation_photos(str(bench), None, "all", limit)
    console.print(f"bench: {found.summary()}.")
    val_photos, found = find_evaluation_photos(str(val), None, "val", limit)
    console.print(f"val: {found.summary()}.")
    everyday_photos = []
    if everyday is not None:
        _check_folder(everyday, "--everyday", "everyday photos")
        everyday_photos, found = find_evaluation_photos(
            str(everyday), None, "all", limit
        )
        console.print(f"everyday: {found.summary()}.")
    photos = Photos(
        bench=bench_photos,
        val=val_photos,
        val_curve=_spread(val_photos, curve_limit),
        robust=_spread(bench_photos, robust_limit or len(bench_photos)),
        everyday=everyday_photos,
    )
    result = measure_quality(
        predictor,
        photos,
        mean_color,
        resamples,
        console,
        None if vgg16 is None else FeatureExtractor(vgg16),
    )
    out.mkdir(parents=True, exist_ok=True)
    write_quality(out, result.report)
    draw_curves(result.report["curve"]).savefig(out / "curve.png")
    for name, sheet in {
        "failures.jpg": sheets.extreme_sheet(
            result.bench, result.colorizers, best=False
        ),
        "best.jpg": sheets.extreme_sheet(
            result.bench, result.colorizers, best=True
        ),
        "legacy.jpg": sheets.legacy_sheet(result.colorizers),
    }.items():
        sheet.save(out / name, quality=92)
    console.print(make_table(result.report["targets"]))
    console.print(
        f"Written to {out}: quality.json, quality.md, curve.csv, curve.png, "
        "failures.jpg, best.jpg, legacy.jpg."
    )


def make_table(rows: list[dict]) -> Table:
    """Lays the rows of `training.measure.targets` out for a terminal."""
    from training.measure.report import TARGET_HEADINGS
    from training.measure.report import target_cells

    table = Table(title="Targets, mean [95 % interval]")
    for heading in TARGET_HEADINGS:
        table.add_column(heading)
    for row in rows:
        style = "green" if row["reached"] else "red"
        table.add_row(*target_cells(row), style=style)
    return table


def _check_folder(folder: Path, option: str, content: str) -> None:
    if not folder.is_dir():
        raise ValueError(
            f"Expected a folder of {content}. Received: {folder}, which is "
            f"not there. Give yours with {option} FOLDER."
        )


def _spread(paths: list[str], count: int) -> list[str]:
    """Returns at most `count` of the paths, evenly spread over the list."""
    count = min(count, len(paths))
    return [paths[i * len(paths) // count] for i in range(count)]


if __name__ == "__main__":
    app()
