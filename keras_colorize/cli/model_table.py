"""The table of `keras-colorize models`."""

from rich.console import Console
from rich.table import Table

from keras_colorize.presets import list_zoo

_PIPE_COLUMNS = 200


def print_models() -> None:
    """Prints each registered model with the weights that are in the box."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("Model", no_wrap=True)
    table.add_column("Weights in the box", no_wrap=True)
    table.add_column("Parameters", justify="right", no_wrap=True)
    table.add_column("Predicts", no_wrap=True)
    table.add_column("License", no_wrap=True)
    for row in list_zoo():
        table.add_row(
            row.model,
            "\n".join(row.weights) or "none",
            f"{row.params:,}",
            row.output_kind,
            row.license,
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PIPE_COLUMNS)  # whole lines for grep
    console.print(table)
