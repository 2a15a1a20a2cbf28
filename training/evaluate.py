"""Scores a colorizer: `python -m training.evaluate --model M --data DIR`.

Colorizes whole photos through the serving path and compares them with the
truth: PSNR, SSIM, CIEDE2000, ab-RMSE, AuC and class-balanced AuC,
colorfulness; beside a gray and a mean-color baseline, with 95 % bootstrap
intervals. Writes metrics.json, photos.csv, sheet.jpg with photos at random,
and best.jpg and worst.jpg with the three of highest and of lowest PSNR, whose
means are printed, too.
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
def evaluate(
    model: Annotated[
        str,
        typer.Option(
            help="Shipped name, .onnx file, preset folder, or .weights.h5."
        ),
    ],
    data: Annotated[
        str, typer.Option(help="Folder of photos, or row of datasets.yaml.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    arch: Annotated[
        str | None, typer.Option(help="Model name of a .weights.h5 file.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of the data sets.")
    ] = None,
    split: Annotated[
        str, typer.Option(help='"all", "train", "val" or "test".')
    ] = "all",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Photos, drawn by a fixed seed.")
    ] = None,
    mean_ab: Annotated[
        str | None,
        typer.Option(
            help="Mean color of the training photos: A,B or a prior file. "
            "Default: what the model's metadata.json says."
        ),
    ] = None,
    prior: Annotated[
        Path | None,
        typer.Option(
            help="Prior for the class-balanced AuC. Default: that of the "
            "true photos."
        ),
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(help="Of the annealed mean, (0, 1].")
    ] = None,
    strength: Annotated[
        float, typer.Option(min=0, help="Factor on the predicted ab.")
    ] = 1.0,
    network_size: Annotated[
        int | None,
        typer.Option(
            min=8,
            help="Short side of the network's input in pixels. By default "
            "what the preset says, or the model is registered with.",
        ),
    ] = None,
    look: Annotated[
        str, typer.Option(help="One of the model's looks.")
    ] = "natural",
    resamples: Annotated[
        int, typer.Option(min=100, help="Bootstrap resamples.")
    ] = 2000,
) -> None:
    """Evaluates one model on one set of photos."""
    start_tensorflow()
    from keras_colorize.serving.options import ColorizeOptions
    from training.measure import inputs
    from training.measure.predictors import baselines
    from training.measure.predictors import load_predictor
    from training.measure.report import write_evaluation
    from training.measure.scoring import score_photos
    from training.measure.sheets import chosen_sheet
    from training.measure.sheets import random_sheet
    from training.measure.summary import choose_photos
    from training.measure.summary import summarize
    from training.measure.summary import summarize_chosen
    from training.run.inputs import count_trained_on

    console = Console()
    predictor = load_predictor(
        model,
        arch,
        network_size,
        ColorizeOptions(strength, temperature, look=look),
    )
    colorize = predictor.colorizer()
    mean_color = inputs.resolve_mean_ab(mean_ab, predictor.metadata)
    class_prior = inputs.load_class_prior(prior)
    paths, report = inputs.find_evaluation_photos(data, data_dir, split, limit)
    console.print(f"{data}: {report.summary()}.")
    trained_on = count_trained_on(model, paths)
    if trained_on:
        console.print(
            f"[bold yellow]Warning:[/] {trained_on} of these {len(paths)} "
            "photos were trained on: the scores say little about others. "
            "Take photos that the run has not seen, such as --split val."
        )
    out.mkdir(parents=True, exist_ok=True)
    result = score_photos(
        paths,
        {"model": colorize, **baselines(mean_color)},
        "Evaluating",
        console,
    )
    summary = summarize(result, class_prior, resamples)
    chosen = summarize_chosen(result)
    settings = {
        **predictor.description,
        "data": data,
        "split": split,
        "trained_on": trained_on,
        "mean_ab": mean_color,
        "class_prior": str(prior) if prior else "of the true photos",
        "resamples": resamples,
    }
    summary = {**summary, "chosen": chosen}
    write_evaluation(out, result, report, settings, summary)
    sheets = {"sheet": random_sheet(result, colorize)}
    for name in chosen:
        places = choose_photos(result, best=name == "best")
        sheets[name] = chosen_sheet(result, colorize, places)
    for name, sheet in sheets.items():
        sheet.save(out / f"{name}.jpg", quality=92)
    console.print(make_table(summary, len(result.paths)))
    console.print(make_chosen_table(chosen))
    written = ["metrics.json", "photos.csv", *(f"{n}.jpg" for n in sheets)]
    console.print(f"Written to {out}: {', '.join(written)}.")


def make_table(summary: dict, num_photos: int) -> Table:
    """Lays out means and intervals, one row per score."""
    methods = summary["methods"]
    table = Table(title=f"{num_photos} photos, mean [95 % interval]")
    table.add_column("score", no_wrap=True)
    for method in methods:
        table.add_column(method.replace("_", " "), justify="right")
    for name in methods["model"]:
        cells = [_format(methods[method][name]) for method in methods]
        table.add_row(name, *cells)
    wins = summary["better_than_gray"]
    for name in wins["model"]:
        cells = [
            _format(wins[method][name]) if method in wins else "-"
            for method in methods
        ]
        table.add_row(f"{name} wins over gray", *cells)
    return table


def make_chosen_table(chosen: dict) -> Table:
    """Lays out the means of few photos, one row per choice."""
    methods = [m for m in chosen["best"] if m != "files"]
    count = len(chosen["best"]["files"])
    table = Table(title=f"means of {count} photos: PSNR, SSIM")
    table.add_column("chosen", no_wrap=True)
    for method in methods:
        table.add_column(method.replace("_", " "), justify="right")
    for name, entry in chosen.items():
        cells = (
            f"{entry[m]['psnr']:.2f}, {entry[m]['ssim']:.3f}" for m in methods
        )
        table.add_row(f"{name} by PSNR", *cells)
    return table


def _format(entry: dict) -> str:
    low, high = entry["interval_95"]
    return f"{entry['value']:.4g} [{low:.4g}, {high:.4g}]"


if __name__ == "__main__":
    app()
