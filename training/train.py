"""Trains a colorizer: `python -m training.train --config NAME --workdir DIR`.

The same command continues a run that was stopped or killed. See
training/README.md for the recipes and what a work directory holds, and
docs/train-on-many-machines.md for several processes.
"""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.cli.quiet import start_tensorflow
from training.overrides import apply_overrides
from training.overrides import load_recipe
from training.run.processes import Processes
from training.run.processes import find_launch
from training.run.processes import join

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence(failures=(ArithmeticError,))
def train(
    config: Annotated[str, typer.Option(help="Recipe in training/configs.")],
    workdir: Annotated[Path, typer.Option(help="Folder of this run.")],
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data set.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="key=value, replaces one field; repeat."),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Stop after N steps in all.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Replaces the recipe's seed.")
    ] = None,
    mixed_bfloat16: Annotated[
        bool | None, typer.Option(help="Replaces the recipe's precision.")
    ] = None,
    coordinator: Annotated[
        str | None,
        typer.Option(help="host:port of the first of several processes."),
    ] = None,
    num_processes: Annotated[
        int | None, typer.Option(help="How many processes train together.")
    ] = None,
    process_id: Annotated[
        int | None, typer.Option(help="Which of them this is, from 0.")
    ] = None,
) -> None:
    """Trains one recipe."""
    launch = find_launch(coordinator, num_processes, process_id)
    resolved = apply_overrides(load_recipe(config), set_ or [])
    if seed is not None:
        resolved = dataclasses.replace(resolved, seed=seed)
    if mixed_bfloat16 is not None:
        precision = "mixed_bfloat16" if mixed_bfloat16 else "float32"
        resolved = dataclasses.replace(resolved, precision=precision)
    processes = join(launch) if launch else Processes()
    # TensorFlow takes seconds to import: mistakes are told before that.
    start_tensorflow()
    from training.run.runner import run_training

    try:
        run_training(resolved, workdir, data, steps, processes=processes)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            "The same command continues after the last full epoch in "
            f"{workdir / 'checkpoints'}."
        ) from None


if __name__ == "__main__":
    app()
