"""The table of `keras-colorize models`."""

from rich import box
from rich.console import Console
from rich.table import Table

from keras_colorize.serving.zoo import list_zoo


def print_models() -> None:
    """Prints each registered model with the weights that are in the box."""
    table = Table(box=box.SIMPLE)
    table.add_column("Model", no_wrap=True)
    table.add_column("Weights in the box", overflow="fold")
    table.add_column("Parameters", justify="right", no_wrap=True)
    table.add_column("Predicts", no_wrap=True)
    table.add_column("License of the code", no_wrap=True)
    for row in list_zoo():
        table.add_row(
            row.model,
            "\n".join(row.weights) or "none",
            f"{row.params:,}",
            row.output_kind,
            row.license,
        )
    Console().print(table)
